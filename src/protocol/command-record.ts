import { z } from "zod";
import type { Command } from "../domain/command.ts";
import { participantPattern } from "./fields.ts";
import type { Result } from "./result.ts";
import { originalRecord, shown } from "./unreadable.ts";

/** The version of a command's bytes on `sauda.commands` that this program reads and writes. */
export const commandFormat = 1;

/** The command as the bytes of a record of `sauda.commands`. */
export function encodeCommand(command: Command): Buffer {
  return Buffer.from(`{"format":${commandFormat},${JSON.stringify(command).slice(1)}`);
}

/**
 * Reads a record of `sauda.commands`. Never throws: what is not a whole command of a known format
 * becomes `Unreadable` with the original bytes; its cause says where it stands, so `source` is null.
 * Only what the schemas name is taken over, so nothing unknown can reach an event.
 */
export function readCommand(key: Buffer | null, value: Buffer | null): Command {
  const command = parse(value);
  if (command.ok) return command.value;
  return {
    type: "Unreadable",
    reason: "UNREADABLE_COMMAND",
    detail: `${command.problem}: only this program's services may write here`,
    source: null,
    original: originalRecord(key, value),
  };
}

function parse(value: Buffer | null): Result<Command> {
  if (value === null) return { ok: false, problem: "a command without a value" };
  const text = decoded(value);
  if (text === null) return { ok: false, problem: "a command that is not UTF-8" };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: "a command that is not JSON" };
  }
  if (typeof json !== "object" || json === null)
    return { ok: false, problem: "a command that is not an object" };
  const format = "format" in json ? json.format : undefined;
  if (format !== commandFormat)
    return {
      ok: false,
      problem: `a command of format ${shown(format ?? null)}, known is ${commandFormat}`,
    };
  const read = commandSchema.safeParse(json);
  if (read.success) return { ok: true, value: read.data };
  const field = read.error.issues[0]?.path.join(".") ?? "";
  return { ok: false, problem: `a command with a wrong or missing field "${field}"` };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(value: Buffer): string | null {
  try {
    return utf8.decode(value);
  } catch {
    return null;
  }
}

/** A safe integer. Adding 0 makes -0 a plain 0, as it will be after the log. */
const whole = z.int().overwrite((value) => value + 0);
const text = z.string();
const name = z.string().regex(participantPattern);
const answer = z.enum(["CONFIRM", "REJECT"]);

const source = z.object({
  topicId: text,
  topic: text,
  partition: whole,
  offset: whole,
  timestampMs: whole,
});

const original = z.object({ keyBase64: text.nullable(), valueBase64: text.nullable() });

const placeOrder = z
  .object({
    type: z.literal("PlaceOrder"),
    participant: name,
    client: name.nullable(),
    clientOrderId: text.nullable(),
    symbol: text,
    symbolAsSent: text,
    side: z.enum(["BUY", "SELL"]),
    quantity: whole,
    pricePaise: whole.nullable(),
    counterparty: name.nullable(),
    unfit: z
      .object({
        field: z.enum(["quantity", "price"]),
        reason: z.enum(["QUANTITY_OUT_OF_RANGE", "PRICE_DECIMALS", "PRICE_OUT_OF_RANGE"]),
        text,
      })
      .nullable(),
    source,
  })
  .refine(({ unfit, quantity, pricePaise }) => {
    if (unfit === null) return true;
    return unfit.field === "quantity" ? quantity === 0 : pricePaise === null;
  });

const cancelOrder = z.object({
  type: z.literal("CancelOrder"),
  participant: name,
  clientOrderId: text,
  origClientOrderId: text,
  symbol: text,
  source,
});

const modifyOrder = cancelOrder.extend({ type: z.literal("ModifyOrder") });

const answerOrder = z.object({
  type: z.literal("AnswerOrder"),
  answer,
  participant: name,
  clientOrderId: text.nullable(),
  orderId: text.nullable(),
  symbol: text.nullable(),
  source,
  original,
});

const unreadableRecord = z.object({
  type: z.literal("Unreadable"),
  reason: z.enum([
    "NOT_UTF8",
    "NOT_JSON",
    "NOT_AN_OBJECT",
    "WRONG_FIELD_TYPE",
    "MISSING_FIELD",
    "INVALID_FIELD",
    "WRONG_TYPE_NAME",
    "TOO_LARGE",
    "TOMBSTONE",
    "UNKNOWN_ANSWER",
    "UNREADABLE_COMMAND",
  ]),
  detail: text,
  source: source.nullable(),
  original,
});

const inputsMissing = z.object({
  type: z.literal("InputsMissing"),
  from: whole,
  to: whole,
  source,
});

const tick = z.object({ type: z.literal("Tick") });

/** What `decide` may be given. */
const commandSchema = z.discriminatedUnion("type", [
  placeOrder,
  cancelOrder,
  modifyOrder,
  answerOrder,
  unreadableRecord,
  inputsMissing,
  tick,
]);

/** Does not compile while the domain has a command that the schemas do not know. */
const knowsEveryCommand: Command extends z.output<typeof commandSchema> ? true : false = true;
void knowsEveryCommand;
