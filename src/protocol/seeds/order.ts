import type { z } from "zod";
import type { Command } from "../../domain/facts/command.ts";
import { readFields, readWhole } from "../fields.ts";
import { readObject, type JsonObject } from "../json-text.ts";
import { orderFields, type OrderAsSent } from "../order-fields.ts";
import { unreadable, type InputRecord } from "../unreadable.ts";

/** What no seed's record says. */
const plain = { client: null, custodian: null, product: "CNC" } as const;

/**
 * Reads a record of a seed's topic that holds an order, for a member's own account: the fields that
 * its schema asks for, and the number of shares. `toOrder` tells who wants what at which price.
 */
export function readSeedOrder<Shape extends z.ZodRawShape>(
  record: InputRecord,
  schema: z.ZodObject<Shape>,
  quantityField: "quantity" | "qty",
  toOrder: (
    fields: z.output<z.ZodObject<Shape>>,
    json: JsonObject,
  ) => Omit<OrderAsSent, keyof typeof plain | "quantity">,
): Command {
  const json = readObject(record.value);
  if (!json.ok) return unreadable(record, json.problem);
  const read = readFields(schema, json.value);
  if (!read.ok) return unreadable(record, read.problem);
  const quantity = readWhole(json.value, quantityField, "quantity");
  if (!quantity.ok) return unreadable(record, quantity.problem);
  const order = toOrder(read.value, json.value);
  return {
    type: "PlaceOrder",
    ...orderFields({ ...plain, ...order, quantity: quantity.value }),
    source: record.source,
  };
}
