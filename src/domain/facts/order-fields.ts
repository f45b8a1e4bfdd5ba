import type { Side } from "./side.ts";
import type { Participant, Ticker } from "./units.ts";

/** A number that was readable but fits no unit, with the text as it was sent. */
export type Unfit = {
  readonly field: "quantity" | "price";
  readonly reason: "QUANTITY_OUT_OF_RANGE" | "PRICE_DECIMALS" | "PRICE_OUT_OF_RANGE";
  readonly text: string;
};

/**
 * What may become of an order's shares: CNC, delivered; MIS, squared off on the day, what is left
 * is delivered.
 */
export const products = ["CNC", "MIS"] as const;
/** One of them. */
export type Product = (typeof products)[number];

/**
 * What an order says, and says again where it is sent again. No field may be absent: nothing is a
 * value too. `client` null: the member's own account. `pricePaise` null: unpriced. `counterparty`
 * set: negotiated. `quantity` and `pricePaise` are safe integers that may still be out of range;
 * where `unfit` names one of them, it holds 0 (quantity) or null (price). `custodian` set: who
 * settles the trades once it has affirmed them, for its client `client`; until then they are the
 * member's own. A field that is added here does not compile until every place that makes, carries,
 * compares or shows an order has it.
 */
export type OrderContent = {
  readonly client: string | null;
  /** NSE's symbol, aliases resolved. */
  readonly symbol: Ticker;
  readonly side: Side;
  readonly quantity: number;
  readonly pricePaise: number | null;
  readonly counterparty: Participant | null;
  readonly custodian: Participant | null;
  readonly product: Product;
  readonly unfit: Unfit | null;
};

/** An order with whose it is. `clientOrderId` null: the sender gave none (flow A). */
export type OrderFields = OrderContent & {
  readonly participant: Participant;
  readonly clientOrderId: string | null;
  /** The symbol as the sender wrote it, echoed on the seeds' topics. */
  readonly symbolAsSent: string;
};

/** What is said when an order enters, and neither again at its end nor on `sauda.executions`. */
export type EntryOnlyField = "symbolAsSent" | "counterparty" | "custodian" | "product" | "unfit";
