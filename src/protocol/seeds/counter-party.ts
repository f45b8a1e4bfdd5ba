import { z } from "zod";
import type { Answer, Command } from "../../domain/facts/command.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { carried } from "../carriage.ts";
import { clientId, participantName, readFields, symbolText, timestamp } from "../fields.ts";
import { readObject } from "../json-text.ts";
import { defaultCounterparty } from "./trade-order.ts";
import { shown, unreadable, type InputRecord } from "../unreadable.ts";

/** Flow A's answer to a waiting order: to the one it names, else to the oldest. */
export const counterPartySchema = z.object({
  type: z.literal("Counter_party").describe('"Counter_party"'),
  text: z.string().describe('"CONFIRM" or "REJECT" in any case'),
  order_id: clientId.nullish().describe("the id of the order that is answered, or nothing"),
  symbol: symbolText.nullish().describe("the order's symbol, needed where there are many shards"),
  counterparty: participantName.nullish().describe("who answers, COUNTERPARTY if missing"),
  timestamp,
});

/** Reads a record of `Counter_party`. */
export function readCounterParty(record: InputRecord): Command {
  const json = readObject(record.value);
  if (!json.ok) return unreadable(record, json.problem);
  const read = readFields(counterPartySchema, json.value);
  if (!read.ok) return unreadable(record, read.problem);
  const { text, order_id, symbol, counterparty } = read.value;
  const answer = readAnswer(text);
  if (answer === null) {
    const detail = `text: found ${shown(text)}, send "CONFIRM" or "REJECT"`;
    return unreadable(record, { reason: "UNKNOWN_ANSWER", detail });
  }
  return {
    type: "AnswerOrder",
    answer,
    participant: counterparty ?? defaultCounterparty,
    clientOrderId: null,
    orderId: order_id ?? null,
    symbol: typeof symbol === "string" ? canonicalSymbol(symbol) : null,
    source: record.source,
    original: carried(record).original,
  };
}

/** No toUpperCase: it would make CONFIRM of the ligature in "CONﬁRM". */
function readAnswer(text: string): Answer | null {
  const word = text.trim();
  if (/^confirm$/i.test(word)) return "CONFIRM";
  return /^reject$/i.test(word) ? "REJECT" : null;
}
