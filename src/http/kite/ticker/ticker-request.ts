import { z } from "zod";
import { readUniqueObject } from "../../../protocol/json-text.ts";
import { hasOnlyWholes } from "../../../protocol/whole-number.ts";
import type { TickMode } from "./tick-packet.ts";

const tokenList = z.array(z.int().nonnegative());
const request = z.union([
  z.object({ a: z.enum(["subscribe", "unsubscribe"]), v: tokenList }),
  z.object({ a: z.literal("mode"), v: z.tuple([z.enum(["ltp", "quote", "full"]), tokenList]) }),
]);

/** What a client of the ticker wants for some tokens: a mode, or nothing any more. */
export type TickerRequest = {
  readonly mode: TickMode | null;
  /** True where tokens that have a mode keep it. */
  readonly isSubscribe: boolean;
  readonly tokens: readonly number[];
};

/** Reads a message of the ticker's client; null for what is none. Kite subscribes in mode quote. */
export function readTickerRequest(data: Buffer): TickerRequest | null {
  const read = request.safeParse(parse(data));
  if (!read.success) return null;
  const { a, v } = read.data;
  if (a === "mode") return { mode: v[0], isSubscribe: false, tokens: v[1] };
  const isSubscribe = a === "subscribe";
  return { mode: isSubscribe ? "quote" : null, isSubscribe, tokens: v };
}

/** As strict as every other door: UTF-8, and numbers written as whole ones. */
function parse(data: Buffer): unknown {
  const read = readUniqueObject(data);
  if (!read.ok || !hasOnlyWholes(data.toString("utf8"))) return null;
  return read.value.fields;
}
