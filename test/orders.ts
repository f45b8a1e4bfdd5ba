import fc from "fast-check";
import type { PlaceOrder } from "../src/domain/facts/command.ts";
import type { OrderFields } from "../src/domain/facts/order-fields.ts";
import type { Origin } from "../src/domain/facts/origin.ts";

/** What nobody can leave out of an order, and what else it says. */
type GivenOrder = Partial<OrderFields> &
  Pick<
    OrderFields,
    "participant" | "clientOrderId" | "symbol" | "side" | "quantity" | "pricePaise"
  >;

/** An order for a member's own account, in the book, to be delivered, but for what is said. */
export function orderOf(fields: GivenOrder, source: Origin): PlaceOrder {
  const { symbol, participant, side, quantity, pricePaise, clientOrderId } = fields;
  return {
    type: "PlaceOrder",
    symbol,
    participant,
    side,
    quantity,
    pricePaise,
    client: fields.client ?? null,
    clientOrderId,
    symbolAsSent: fields.symbolAsSent ?? symbol,
    counterparty: fields.counterparty ?? null,
    custodian: fields.custodian ?? null,
    product: fields.product ?? "CNC",
    unfit: fields.unfit ?? null,
    source,
  };
}

type Generators = {
  readonly [Field in Exclude<keyof OrderFields, "symbolAsSent">]: fc.Arbitrary<OrderFields[Field]>;
};

const everything: Generators = {
  participant: fc.constantFrom("A", "B", "C"),
  client: fc.constantFrom(null, null, "x"),
  clientOrderId: fc.constant(null),
  symbol: fc.constantFrom("SBIN", "ZED"),
  side: fc.constantFrom("BUY", "SELL"),
  quantity: fc.integer({ min: 1, max: 9 }),
  pricePaise: fc.constantFrom(5, 10, 10, 15),
  counterparty: seldom("A", "B"),
  custodian: seldom("C"),
  product: fc.nat({ max: 9 }).map((dice) => (dice === 0 ? "MIS" : "CNC")),
  unfit: seldom(
    { field: "quantity", reason: "QUANTITY_OUT_OF_RANGE", text: "1e99" },
    { field: "price", reason: "PRICE_DECIMALS", text: "1.005" },
  ),
};

/** For markets that are not about any of these. */
export const plain = {
  counterparty: fc.constant(null),
  custodian: fc.constant(null),
  product: fc.constant("CNC"),
  unfit: fc.constant(null),
} satisfies Partial<Generators>;

/**
 * Orders that say everything an order can say, those of these fields as a test wants them. The one
 * generator of all property tests: a field that is new is generated in each of them.
 */
export function generatedOrders(wanted: Partial<Generators> = {}): fc.Arbitrary<OrderFields> {
  return fc.record({ ...everything, ...wanted }).map((fields) => ({
    ...fields,
    symbolAsSent: fields.symbol,
    quantity: fields.unfit?.field === "quantity" ? 0 : fields.quantity,
    pricePaise: fields.unfit?.field === "price" ? null : fields.pricePaise,
  }));
}

/** Mostly null. */
function seldom<Value>(...values: readonly Value[]): fc.Arbitrary<Value | null> {
  return fc.option(fc.constantFrom(...values), { freq: 12 }).map((value) => value);
}
