import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command } from "../../src/domain/facts/command.ts";
import type { SourcePosition } from "../../src/domain/facts/origin.ts";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";

const source: SourcePosition = {
  topicId: "dG9waWMtaWQtb2YtdGVzdA",
  topic: "sauda.orders",
  partition: 0,
  offset: 7,
  timestampMs: 1767588300123,
};
const original = { keyBase64: null, valueBase64: "e30=" };
const order = {
  type: "PlaceOrder",
  participant: "HDFC",
  client: null,
  clientOrderId: "C-1",
  symbol: "SBIN",
  symbolAsSent: "SBI",
  side: "BUY",
  quantity: 100,
  pricePaise: 98500,
  counterparty: null,
  custodian: null,
  product: "CNC",
  unfit: null,
  source,
} as const;
const request = { participant: "HDFC", clientOrderId: "C-2", symbol: "SBIN", source };
const word = { ...request, type: "AffirmTrade", tradeId: "T-0-7-0-0", side: "BUY" } as const;
const answer = { ...request, type: "AnswerOrder", answer: "CONFIRM", original } as const;

const door = { requestId: "r", receivedAtMs: 1, deadlineMs: 2, redriveOf: null };
const funds = { participant: "HDFC", client: null, clientOrderId: "C-4", source: door };

/** One of each kind, and of each choice within a kind. */
const commands: readonly Command[] = [
  order,
  { ...order, client: "C9", counterparty: "M&M", clientOrderId: null, side: "SELL" },
  { ...order, quantity: -5, pricePaise: null },
  {
    ...order,
    quantity: 0,
    unfit: { field: "quantity", reason: "QUANTITY_OUT_OF_RANGE", text: "1e9" },
  },
  {
    ...order,
    pricePaise: null,
    unfit: { field: "price", reason: "PRICE_DECIMALS", text: "0.001" },
  },
  { ...request, type: "CancelOrder", origClientOrderId: "C-1" },
  { ...request, type: "CancelAll", client: null },
  { ...request, type: "CancelAll", client: "C9", symbol: null },
  { ...request, type: "CancelAll", participant: "*", client: null, source: door },
  { ...request, type: "ModifyOrder", origClientOrderId: "C-1" },
  { ...order, client: "FUND", custodian: "CUST" },
  { ...order, product: "MIS" },
  { ...word, answer: "AFFIRM", reason: null },
  { ...word, answer: "REJECT", side: "SELL", reason: "wrong fund" },
  { ...answer, orderId: "O-0-1" },
  { ...answer, answer: "REJECT", orderId: null, symbol: null, clientOrderId: null },
  { type: "Unreadable", reason: "NOT_JSON", detail: "no", source, original },
  { type: "Unreadable", reason: "TOMBSTONE", detail: "no", source: null, original },
  { type: "InputsMissing", from: 1, to: 7, source },
  { type: "Tick" },
  { ...request, type: "OfferInAuction", client: null, quantity: 100, pricePaise: 98500 },
  {
    type: "PayDues",
    participant: "HDFC",
    client: "C9",
    clientOrderId: "C-3",
    amountPaise: 5,
    source,
  },
  { ...funds, type: "Deposit", asset: "INR", amount: 98_500_00 },
  { ...funds, type: "Withdraw", client: "C9", asset: "SBIN", amount: 7 },
  { type: "LiftSuspension", participant: "HDFC", clientOrderId: "C-4", source: door },
  { type: "LiftHalt", participant: "*", clientOrderId: "C-5", symbol: null, source: door },
  {
    ...request,
    type: "PayInEarly",
    client: null,
    settlementNumber: "M2026100",
    quantity: 100,
  },
];

test("every kind of command comes back from its bytes as it was", () => {
  for (const command of commands)
    deepStrictEqual(readCommand(null, encodeCommand(command)), command);
});

test("a command's bytes say their format first", () => {
  strictEqual(String(encodeCommand({ type: "Tick" })), '{"format":1,"type":"Tick"}');
});

const key = Buffer.from([0, 255]);

function isUnreadable(value: Buffer | null): void {
  const command = readCommand(key, value);
  ok(command.type === "Unreadable", `read as ${JSON.stringify(command)}`);
  const valueBase64 = value === null ? null : value.toString("base64");
  deepStrictEqual(command, {
    type: "Unreadable",
    reason: "UNREADABLE_COMMAND",
    detail: command.detail,
    source: null,
    original: { keyBase64: key.toString("base64"), valueBase64 },
  });
}

test("what is no command becomes Unreadable with its original bytes and no source", () => {
  isUnreadable(null);
  isUnreadable(Buffer.from([0xff, 0x7b]));
  const texts = ["", "null", "[]", "1", '"Tick"', "{}", '{"type":"Tick"}', '{"format":1}'];
  for (const text of texts) isUnreadable(Buffer.from(text));
  for (const format of ["2", "0", '"1"', "null", "true", "[1]"])
    isUnreadable(Buffer.from(`{"format":${format},"type":"Tick"}`));
  for (const type of ["Tock", "constructor", "__proto__", "toString", ""])
    isUnreadable(Buffer.from(`{"format":1,"type":"${type}"}`));
  isUnreadable(Buffer.from('{"format":1,"__proto__":{"type":"Tick"}}'));
});

function isWrong(over: object): void {
  isUnreadable(Buffer.from(JSON.stringify({ format: 1, ...order, ...over })));
}

test("an order whose fields contradict each other is no command", () => {
  const unfitPrice = { field: "price", reason: "PRICE_DECIMALS", text: "0.001" };
  isWrong({ unfit: unfitPrice });
  isWrong({ unfit: { ...unfitPrice, field: "quantity" } });
  for (const name of ["", "HDFC/7", "opening:HDFC", "HDFC\n", "A".repeat(33)]) {
    isWrong({ participant: name });
    isWrong({ client: name });
    isWrong({ counterparty: name });
    isWrong({ custodian: name });
  }
  isUnreadable(encodeCommand({ ...answer, participant: "a/b", orderId: null }));
});

test("a -0, which the log could not keep, is in no command, whichever field and however it is written", () => {
  for (const command of commands)
    for (const [whole, name] of String(encodeCommand(command)).matchAll(/"(\w+)":\d+/g))
      for (const zero of ["-0", " -0.0", "-0e3", "-1e-400"])
        isUnreadable(
          Buffer.from(String(encodeCommand(command)).replace(whole, `"${name}":${zero}`)),
        );
});

test("what is nested however deep beside a command's fields is no part of it, and stops nobody", () => {
  for (const number of ["1", "-1", "-0"]) {
    const deep = `${"[".repeat(30_000)}${number}${"]".repeat(30_000)}`;
    const text = `{"format":1,"type":"Tick","deep":${deep}}`;
    deepStrictEqual(readCommand(null, Buffer.from(text)), { type: "Tick" });
  }
});

test("a cancel-all of all members is one at a door alone, and names no client", () => {
  const ofAll = { ...request, type: "CancelAll", participant: "*", client: null } as const;
  isUnreadable(encodeCommand(ofAll));
  isUnreadable(encodeCommand({ ...ofAll, client: "C9", source: door }));
  isUnreadable(
    encodeCommand({ ...funds, participant: "*", type: "Deposit", asset: "INR", amount: 1 }),
  );
});

test("numbers that are no safe integers are no command's", () => {
  for (const number of ["100.5", "9007199254740993", "1e999", '"100"', "true", "{}"]) {
    const text = String(encodeCommand(order));
    isUnreadable(Buffer.from(text.replace('"quantity":100', `"quantity":${number}`)));
    isUnreadable(Buffer.from(text.replace('"offset":7', `"offset":${number}`)));
  }
});

test("unknown fields do not travel on into events", () => {
  const text = String(encodeCommand(order)).replace("{", '{"extra":1,"__proto__":{"x":1},');
  const read = readCommand(null, Buffer.from(text));
  deepStrictEqual(Object.keys(read).toSorted(), Object.keys(order).toSorted());
  deepStrictEqual(read, order);
});

/** Naive and independent: the types in `src/domain/facts/command.ts`, once more, by hand. */
const text = (value: unknown): boolean => typeof value === "string";
const maybe = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value);
const whole = (value: unknown): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);
const shape =
  (fields: Record<string, (value: unknown) => boolean>) =>
  (value: unknown): boolean => {
    if (typeof value !== "object" || value === null) return false;
    const entries = Object.entries(value);
    return (
      entries.length === Object.keys(fields).length &&
      entries.every(([field, part]) => fields[field]?.(part) === true)
    );
  };
const oneOf =
  (...words: string[]) =>
  (value: unknown) =>
    words.includes(String(value)) && text(value);
const isSource = shape({
  topicId: text,
  topic: text,
  partition: whole,
  offset: whole,
  timestampMs: whole,
});
const isOriginal = shape({ keyBase64: maybe(text), valueBase64: maybe(text) });
const isRequest = shape({
  type: oneOf("CancelOrder", "ModifyOrder"),
  participant: text,
  clientOrderId: text,
  origClientOrderId: text,
  symbol: text,
  source: isSource,
});
const isDoor = shape({
  requestId: text,
  receivedAtMs: whole,
  deadlineMs: whole,
  redriveOf: maybe(isSource),
});
const isOwnDoor = { type: text, participant: text, clientOrderId: text, source: isDoor };
const isFunds = shape({
  type: oneOf("Deposit", "Withdraw"),
  participant: text,
  client: maybe(text),
  clientOrderId: text,
  asset: text,
  amount: whole,
  source: isDoor,
});
const orderFields = {
  type: text,
  participant: text,
  client: maybe(text),
  clientOrderId: maybe(text),
  symbol: text,
  symbolAsSent: text,
  side: oneOf("BUY", "SELL"),
  quantity: whole,
  pricePaise: maybe(whole),
  counterparty: maybe(text),
  custodian: maybe(text),
  product: oneOf("CNC", "MIS"),
  unfit: maybe(shape({ field: oneOf("quantity", "price"), reason: text, text })),
  source: isSource,
};
const isCommand: Record<Command["type"], (value: unknown) => boolean> = {
  PlaceOrder: shape(orderFields),
  CancelOrder: isRequest,
  ModifyOrder: isRequest,
  CancelAll: shape({
    type: text,
    participant: text,
    clientOrderId: text,
    client: maybe(text),
    symbol: maybe(text),
    source: (value) => isSource(value) || isDoor(value),
  }),
  AnswerOrder: shape({
    type: text,
    answer: oneOf("CONFIRM", "REJECT"),
    participant: text,
    clientOrderId: maybe(text),
    orderId: maybe(text),
    symbol: maybe(text),
    source: isSource,
    original: isOriginal,
  }),
  AffirmTrade: shape({
    type: text,
    answer: oneOf("AFFIRM", "REJECT"),
    participant: text,
    clientOrderId: text,
    tradeId: text,
    side: oneOf("BUY", "SELL"),
    symbol: text,
    reason: maybe(text),
    source: isSource,
  }),
  Unreadable: shape({
    type: text,
    reason: text,
    detail: text,
    source: maybe(isSource),
    original: isOriginal,
  }),
  InputsMissing: shape({ type: text, from: whole, to: whole, source: isSource }),
  Tick: shape({ type: text }),
  OfferInAuction: shape({
    type: text,
    participant: text,
    client: maybe(text),
    clientOrderId: text,
    symbol: text,
    quantity: whole,
    pricePaise: whole,
    source: isSource,
  }),
  PayDues: shape({
    type: text,
    participant: text,
    client: maybe(text),
    clientOrderId: text,
    amountPaise: whole,
    source: isSource,
  }),
  PayInEarly: shape({
    type: text,
    participant: text,
    client: maybe(text),
    clientOrderId: text,
    settlementNumber: text,
    symbol: text,
    quantity: whole,
    source: isSource,
  }),
  Deposit: isFunds,
  Withdraw: isFunds,
  LiftSuspension: shape(isOwnDoor),
  LiftHalt: shape({ ...isOwnDoor, symbol: maybe(text) }),
};

type Path = readonly string[];

function paths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([field, part]) => paths(part, [...path, field]))];
}

function changed(value: unknown, [field, ...rest]: Path, to: unknown): unknown {
  if (field === undefined) return to;
  const copy = { ...(value as Record<string, unknown>) };
  if (rest.length === 0 && to === undefined) delete copy[field];
  else copy[field] = changed(copy[field], rest, to);
  return copy;
}

test("property: with any field changed to anything it is a whole command or Unreadable", () => {
  const sometimes = fc.constantFrom<unknown>(
    undefined,
    null,
    0,
    -0,
    1.5,
    "",
    "BUY",
    [],
    {},
    1e300,
    true,
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...commands),
      fc.nat(),
      fc.oneof(sometimes, fc.jsonValue()),
      (command, pick, to) => {
        const envelope = { format: 1, ...command };
        const all = paths(envelope).slice(1);
        const path = all[pick % all.length] ?? [];
        const read = readCommand(null, Buffer.from(JSON.stringify(changed(envelope, path, to))));
        ok(isCommand[read.type](read), JSON.stringify(read));
      },
    ),
    { numRuns: 5000 },
  );
});

test("property: with any bytes changed it is a whole command or Unreadable", () => {
  const change = fc.record({
    at: fc.nat(1000),
    byte: fc.nat(255),
    kind: fc.constantFrom("set", "drop", "add"),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...commands),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (command, changes) => {
        const bytes = [...encodeCommand(command)];
        for (const { at, byte, kind } of changes)
          bytes.splice(
            at % bytes.length,
            kind === "add" ? 0 : 1,
            ...(kind === "drop" ? [] : [byte]),
          );
        const read = readCommand(null, Buffer.from(bytes));
        ok(isCommand[read.type](read), JSON.stringify(read));
      },
    ),
    { numRuns: 5000 },
  );
});
