import type { OrderJson } from "../wire.ts";
import { ordersCsv } from "./order-csv.ts";

/** Hands the orders to the browser as a file to keep. */
export function saveCsv(orders: readonly OrderJson[]): void {
  const file = new Blob([ordersCsv(orders)], { type: "text/csv" });
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = "sauda-orders.csv";
  link.click();
  URL.revokeObjectURL(address);
}
