/** Side of an order (FIX 54). */
export type Side = "BUY" | "SELL";
