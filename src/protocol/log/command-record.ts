import { z } from "zod";
import { everyMember } from "../../domain/facts/account.ts";
import { isAtDoor } from "../../domain/facts/origin.ts";
import { unreadableReasons, type Command, type Unreadable } from "../../domain/facts/command.ts";
import { products } from "../../domain/facts/order-fields.ts";
import { carried, commandBytesMax } from "../carriage.ts";
import { participantPattern } from "../fields.ts";
import type { Result } from "../result.ts";
import { writtenOrder } from "./order-record.ts";
import { shown } from "../unreadable.ts";

/** The version of a command's bytes on `sauda.commands` that this program reads and writes. */
const commandFormat = 1;

/** The command as the bytes of a record of `sauda.commands`. */
export function encodeCommand(command: Command): Buffer {
  // Does not compile while a command may say a word that its shape does not read.
  const readable: z.output<(typeof shapes)[Command["type"]]> = command;
  const written = readable.type === "PlaceOrder" ? writtenOrder(readable) : readable;
  return Buffer.from(`{"format":${commandFormat},${JSON.stringify(written).slice(1)}`);
}

/**
 * Reads a record of `sauda.commands`. Never throws: what is not a whole command of a known format
 * becomes `Unreadable` with the original bytes; its cause says where it stands, so `source` is
 * null. Only what the schemas name is taken over, so nothing unknown can reach an event.
 */
export function readCommand(key: Buffer | null, value: Buffer | null): Command {
  const command = parse(value);
  if (command.ok) return command.value;
  return unreadableCommand(
    key,
    value,
    `${command.problem}: only this program's services may write here`,
  );
}

/** A record of `sauda.commands` that nobody could read. */
export function unreadableCommand(
  key: Buffer | null,
  value: Buffer | null,
  detail: string,
): Unreadable {
  const reason = "UNREADABLE_COMMAND";
  return { type: "Unreadable", reason, detail, source: null, ...carried({ key, value }) };
}

function parse(value: Buffer | null): Result<Command> {
  if (value === null) return no("a command without a value");
  if (value.length > commandBytesMax)
    return no(`a command of ${value.length} bytes, at most ${commandBytesMax}`);
  const text = decoded(value);
  if (text === null) return no("a command that is not UTF-8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return no("a command that is not JSON");
  }
  if (typeof json !== "object" || json === null) return no("a command that is not an object");
  const { format, type } = json as { readonly format?: unknown; readonly type?: unknown };
  if (format !== commandFormat)
    return no(`a command of format ${shown(format ?? null)}, known is ${commandFormat}`);
  const schema = schemas.get(type);
  if (schema === undefined) return no(`a command of type ${shown(type ?? null)}`);
  const read = schema.safeParse(json);
  if (!read.success) {
    const field = read.error.issues[0]?.path.join(".") ?? "";
    return no(`a command with a wrong or missing field "${field}"`);
  }
  // After the log a -0 would be 0, wherever it stands; nothing of ours writes one.
  if (mayBeBelowZero.test(text) && hasMinusZero(read.data)) return no("a command with a -0");
  const unsound = findUnsound(read.data);
  return unsound === null ? { ok: true, value: read.data } : no(unsound);
}

function no(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/**
 * What types alone do not say. Plain code: inside the schemas it takes three times as long as all
 * the rest.
 */
function findUnsound(command: Command): string | null {
  if (command.type === "PlaceOrder") {
    const { participant, client, counterparty, custodian, unfit, quantity, pricePaise } = command;
    const isNamed = isName(participant) && isNameOrNull(client);
    if (!isNamed || !isNameOrNull(counterparty) || !isNameOrNull(custodian))
      return "an order with a name that no account can have";
    if (unfit?.field === "quantity" && quantity !== 0) return "an order with an unfit quantity";
    return unfit?.field === "price" && pricePaise !== null ? "an order with an unfit price" : null;
  }
  if (command.type === "AnswerOrder" && command.clientOrderId === null && isAtDoor(command.source))
    return "an answer at a door without an id of its own";
  if ("client" in command && !isNameOrNull(command.client))
    return "a request with a name that no account can have";
  if (command.type === "LiftHalt")
    return command.participant === everyMember ? null : "a lift of a halt that names a member";
  // The doors ask who may; what strangers write to a topic never gets here with this name.
  if (command.type === "CancelAll" && command.participant === everyMember)
    return isAtDoor(command.source) && command.client === null
      ? null
      : "a cancel-all of all members that names a client, or of no door";
  const hasName = "participant" in command;
  return hasName && !isName(command.participant) ? "a name that no account can have" : null;
}

/** No number of a command is below zero but a time before 1970: the rest is not looked at. */
const mayBeBelowZero = /[\s:[,]-/;

/** Looks at what the schemas took over: as deep as they are, whatever was sent. */
function hasMinusZero(read: unknown): boolean {
  if (typeof read === "object" && read !== null) return Object.values(read).some(hasMinusZero);
  return Object.is(read, -0);
}

function isName(name: string): boolean {
  return participantPattern.test(name);
}

function isNameOrNull(name: string | null): boolean {
  return name === null || participantPattern.test(name);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(value: Buffer): string | null {
  try {
    return utf8.decode(value);
  } catch {
    return null;
  }
}

const whole = z.int();
const text = z.string();

const source = z.object({
  topicId: text,
  topic: text,
  partition: whole,
  offset: whole,
  timestampMs: whole,
});

const door = z.object({
  requestId: text,
  receivedAtMs: whole,
  deadlineMs: whole,
  redriveOf: source.nullable(),
});

const origin = z.union([source, door]);

const original = z.object({ keyBase64: text.nullable(), valueBase64: text.nullable() });

const placeOrder = z.object({
  type: z.literal("PlaceOrder"),
  participant: text,
  client: text.nullable(),
  clientOrderId: text.nullable(),
  symbol: text,
  symbolAsSent: text,
  side: z.enum(["BUY", "SELL"]),
  quantity: whole,
  pricePaise: whole.nullable(),
  counterparty: text.nullable(),
  // Orders from before there were custodians say nothing of one.
  custodian: text.nullable().default(null),
  product: z.enum(products).default("CNC"),
  unfit: z
    .object({
      field: z.enum(["quantity", "price"]),
      reason: z.enum(["QUANTITY_OUT_OF_RANGE", "PRICE_DECIMALS", "PRICE_OUT_OF_RANGE"]),
      text,
    })
    .nullable(),
  source: origin,
});

const cancelOrder = z.object({
  type: z.literal("CancelOrder"),
  participant: text,
  clientOrderId: text,
  origClientOrderId: text,
  symbol: text,
  source: origin,
});

const cancelAll = z.object({
  type: z.literal("CancelAll"),
  participant: text,
  clientOrderId: text,
  client: text.nullable(),
  symbol: text.nullable(),
  source: origin,
});

const modifyOrder = cancelOrder.extend({ type: z.literal("ModifyOrder") });

const answerOrder = z.object({
  type: z.literal("AnswerOrder"),
  answer: z.enum(["CONFIRM", "REJECT"]),
  participant: text,
  clientOrderId: text.nullable(),
  orderId: text.nullable(),
  symbol: text.nullable(),
  source: origin,
  original,
});

const affirmTrade = z.object({
  type: z.literal("AffirmTrade"),
  answer: z.enum(["AFFIRM", "REJECT"]),
  participant: text,
  clientOrderId: text,
  tradeId: text,
  side: z.enum(["BUY", "SELL"]),
  symbol: text,
  reason: text.nullable(),
  source: origin,
});

const cut = z.union([
  z.object({
    keyBytes: whole.nullable(),
    valueBytes: whole.nullable(),
    headerBytes: whole,
    sha256: text,
  }),
  z.object({ firstOffset: whole, lastOffset: whole, packedBytes: whole, sha256: text }),
]);

const unreadableRecord = z.object({
  type: z.literal("Unreadable"),
  reason: z.enum(unreadableReasons),
  detail: text,
  source: source.nullable(),
  original,
  cut: cut.exactOptional(),
});

const inputsMissing = z.object({
  type: z.literal("InputsMissing"),
  from: whole,
  to: whole,
  source,
});

const tick = z.object({ type: z.literal("Tick") });

const offerInAuction = z.object({
  type: z.literal("OfferInAuction"),
  participant: text,
  client: text.nullable(),
  clientOrderId: text,
  symbol: text,
  quantity: whole,
  pricePaise: whole,
  source: origin,
});

const payDues = z.object({
  type: z.literal("PayDues"),
  participant: text,
  client: text.nullable(),
  clientOrderId: text,
  amountPaise: whole,
  source: origin,
});

const payInEarly = z.object({
  type: z.literal("PayInEarly"),
  participant: text,
  client: text.nullable(),
  clientOrderId: text,
  settlementNumber: text,
  symbol: text,
  quantity: whole,
  source: origin,
});

const moveFunds = z.object({
  participant: text,
  client: text.nullable(),
  clientOrderId: text,
  asset: text,
  amount: whole,
  source: door,
});

const liftSuspension = z.object({
  type: z.literal("LiftSuspension"),
  participant: text,
  clientOrderId: text,
  source: door,
});

const liftHalt = liftSuspension.extend({ type: z.literal("LiftHalt"), symbol: text.nullable() });

/** A schema for every field, also of those that may be absent: what has none is not taken over. */
type ShapeOf<Fields> = { readonly [Field in keyof Fields]-?: z.ZodType<Fields[Field]> };

/**
 * The shape of each command. Does not compile while the domain has one, or a field, that is
 * not here.
 */
const shapes = {
  PlaceOrder: placeOrder,
  CancelOrder: cancelOrder,
  CancelAll: cancelAll,
  ModifyOrder: modifyOrder,
  AnswerOrder: answerOrder,
  AffirmTrade: affirmTrade,
  Unreadable: unreadableRecord,
  InputsMissing: inputsMissing,
  Tick: tick,
  OfferInAuction: offerInAuction,
  PayDues: payDues,
  PayInEarly: payInEarly,
  Deposit: moveFunds.extend({ type: z.literal("Deposit") }),
  Withdraw: moveFunds.extend({ type: z.literal("Withdraw") }),
  LiftSuspension: liftSuspension,
  LiftHalt: liftHalt,
} satisfies { [Type in Command["type"]]: z.ZodObject<ShapeOf<Extract<Command, { type: Type }>>> };

/** A map, because `type` comes from outside and may be the name of something every object has. */
const schemas: ReadonlyMap<unknown, z.ZodType<Command>> = new Map(Object.entries(shapes));
