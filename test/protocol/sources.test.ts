import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Command, PlaceOrder } from "../../src/domain/facts/command.ts";
import type { Unfit } from "../../src/domain/facts/order-fields.ts";
import type { SourcePosition } from "../../src/domain/facts/origin.ts";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";
import { readSource, sourceReaders } from "../../src/protocol/sources.ts";
import { sourceTopics } from "../../src/protocol/topics.ts";
import { malformed, recordText, wellFormed } from "./malformed.ts";

const source: SourcePosition = {
  topicId: "dG9waWMtaWQtb2YtdGVzdA",
  topic: "x",
  partition: 0,
  offset: 7,
  timestampMs: 1767588300123,
};

function read(topic: string, value: Buffer | string | null, key: Buffer | null = null): Command {
  return readSource(topic, {
    key,
    value: typeof value === "string" ? Buffer.from(value) : value,
    source: { ...source, topic },
  });
}

const tradeOrder = '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0}';
const buyOrder =
  '{"order_id":"8c7a5d6e-0b6f-4c3e-9a64-2f7f7d4a1b2c","buyer":"HDFC","stock_symbol":"SBI",' +
  '"quantity":100,"price_per_unit":885.0,"timestamp":"2026-01-05T10:15:00.123456"}';

/** What the seed's record of flow A means. */
const seedA: PlaceOrder = {
  type: "PlaceOrder",
  participant: "HDFC",
  client: null,
  clientOrderId: null,
  symbol: "SBIN",
  symbolAsSent: "SBI",
  side: "BUY",
  quantity: 100,
  pricePaise: 98500,
  counterparty: "COUNTERPARTY",
  custodian: null,
  product: "CNC",
  unfit: null,
  source: { ...source, topic: "Trade_Order" },
};

const seedB: PlaceOrder = {
  ...seedA,
  clientOrderId: "8c7a5d6e-0b6f-4c3e-9a64-2f7f7d4a1b2c",
  pricePaise: 88500,
  counterparty: null,
  source: { ...source, topic: "buy-orders" },
};

test("every source topic has a reader, and no other topic has", () => {
  deepStrictEqual([...sourceReaders.keys()].toSorted(), sourceTopics.toSorted());
});

test("flow A's order is HDFC's, negotiated with COUNTERPARTY, without a client id", () => {
  deepStrictEqual(read("Trade_Order", tradeOrder), seedA);
});

test("flow A's order takes buyer, counterparty and order_id from the record where they are", () => {
  const more = '"buyer":"ICICI","counterparty":"M&M","order_id":"demo-a"';
  const record = `${tradeOrder.slice(0, -1)},${more}}`;
  const names = { participant: "ICICI", counterparty: "M&M", clientOrderId: "demo-a" };
  deepStrictEqual(read("Trade_Order", record), { ...seedA, ...names });
});

test("flow B's buy order is a limit order with the client's id", () => {
  deepStrictEqual(read("buy-orders", buyOrder), seedB);
});

test("flow B's offer is an unpriced sell with the client's id", () => {
  const offer =
    '{"offer_id":"S-1","seller":"SELLER","stock_symbol":"SBI","quantity":1000,' +
    '"timestamp":"2026-01-05T10:15:00"}';
  deepStrictEqual(read("sell-offers", offer), {
    ...seedB,
    participant: "SELLER",
    clientOrderId: "S-1",
    side: "SELL",
    quantity: 1000,
    pricePaise: null,
    source: { ...source, topic: "sell-offers" },
  });
});

test("CONFIRM and REJECT count in any case, trimmed, and travel with their original bytes", () => {
  const cases = [
    ["CONFIRM", "CONFIRM"],
    ["  confirm\\n", "CONFIRM"],
    ["Reject", "REJECT"],
    ["\\tREJECT ", "REJECT"],
  ] as const;
  for (const [text, answer] of cases) {
    const record = `{"type":"Counter_party","text":"${text}"}`;
    deepStrictEqual(read("Counter_party", record, Buffer.from([0xff])), {
      type: "AnswerOrder",
      answer,
      participant: "COUNTERPARTY",
      clientOrderId: null,
      orderId: null,
      symbol: null,
      source: { ...source, topic: "Counter_party" },
      original: { keyBase64: "/w==", valueBase64: Buffer.from(record).toString("base64") },
    });
  }
});

test("an answer may name its order, symbol and counterparty", () => {
  const record =
    '{"type":"Counter_party","text":"CONFIRM","order_id":"A-0-7","symbol":"SBI",' +
    '"counterparty":"ICICI"}';
  const command = read("Counter_party", record);
  ok(command.type === "AnswerOrder");
  deepStrictEqual(
    [command.orderId, command.symbol, command.participant],
    ["A-0-7", "SBIN", "ICICI"],
  );
});

test("sauda.orders takes orders, cancels, answers and affirmations", () => {
  const commands = wellFormed
    .filter(({ topic }) => topic === "sauda.orders")
    .map(({ fields }) => read("sauda.orders", recordText(fields)));
  const own = { participant: "HDFC", symbol: "SBIN", source: { ...source, topic: "sauda.orders" } };
  const answers = commands.slice(3, 5).map((command) => {
    ok(command.type === "AnswerOrder");
    return [command.answer, command.clientOrderId, command.orderId, command.symbol];
  });
  const cancel = { ...own, clientOrderId: "C-2", origClientOrderId: "C-1" };
  deepStrictEqual(commands.slice(0, 3), [
    { ...seedA, ...own, clientOrderId: "C-2", symbolAsSent: "SBIN", counterparty: null },
    { type: "CancelOrder", ...cancel },
    { type: "ModifyOrder", ...cancel },
  ]);
  deepStrictEqual(answers, [
    ["CONFIRM", "C-2", "O-0-1", "SBIN"],
    ["REJECT", "C-2", "O-0-1", "SBIN"],
  ]);
  const word = { type: "AffirmTrade", ...own, clientOrderId: "C-2", tradeId: "T-0-7-0-0" };
  deepStrictEqual(commands.slice(5, 7), [
    { ...word, answer: "AFFIRM", side: "BUY", reason: null },
    { ...word, answer: "REJECT", side: "BUY", reason: null },
  ]);
});

test("sauda.orders takes offers in auctions, payments of dues and early pay-ins", () => {
  const offer = wellFormed[11]?.fields ?? {};
  const dues = wellFormed[12]?.fields ?? {};
  const early = wellFormed[13]?.fields ?? {};
  const own = {
    participant: "HDFC",
    client: null,
    clientOrderId: "C-2",
    source: { ...source, topic: "sauda.orders" },
  };
  const ofAsha = { client: '"asha"', symbol: '"SBI"', v: "1" };
  const lot = { symbol: "SBIN", quantity: 100 };
  for (const [over, client] of [
    [{}, null],
    [{ client: "null" }, null],
    [ofAsha, "asha"],
  ] as const) {
    const content = { ...own, client };
    const readOver = (fields: typeof offer): Command =>
      read("sauda.orders", recordText(fields, over));
    const price = { pricePaise: 98500 };
    deepStrictEqual(readOver(offer), { type: "OfferInAuction", ...content, ...lot, ...price });
    deepStrictEqual(readOver(dues), { type: "PayDues", ...content, amountPaise: 98500 });
    const settlementNumber = "M2026100";
    deepStrictEqual(readOver(early), { type: "PayInEarly", ...content, settlementNumber, ...lot });
  }
});

test("sauda.orders takes a cancel-all, of a client or in a symbol where it names one", () => {
  const fields = wellFormed[14]?.fields ?? {};
  const scope = { participant: "HDFC", clientOrderId: "C-2", client: null, symbol: null };
  const all = { type: "CancelAll", ...scope, source: { ...source, topic: "sauda.orders" } };
  const over = (more: Record<string, string>): Command =>
    read("sauda.orders", recordText(fields, more));
  deepStrictEqual(over({}), all);
  deepStrictEqual(over({ client: "null", symbol: "null" }), all);
  const narrow = over({ client: '"asha"', symbol: '"SBI"' });
  deepStrictEqual(narrow, { ...all, client: "asha", symbol: "SBIN" });
});

test("what is not allowed in a request of clearing is readable up to the last safe number", () => {
  const amount = (text: string): unknown => {
    const over = { amount_paise: text };
    const command = read("sauda.orders", recordText(wellFormed[12]?.fields ?? {}, over));
    return command.type === "PayDues" ? command.amountPaise : command.type;
  };
  deepStrictEqual(["0", "-0", "-5", "9007199254740991", "9007199254740992"].map(amount), [
    0,
    0,
    -5,
    9007199254740991,
    "Unreadable",
  ]);
});

test("a custodian's no may say why, its yes may not", () => {
  const why = { reason: '"not our trade"', side: '"SELL"' };
  const no = read("sauda.orders", recordText(wellFormed[10]?.fields ?? {}, why));
  ok(no.type === "AffirmTrade");
  deepStrictEqual([no.answer, no.side, no.reason], ["REJECT", "SELL", "not our trade"]);
  const yes = read("sauda.orders", recordText(wellFormed[9]?.fields ?? {}, why));
  ok(yes.type === "AffirmTrade");
  deepStrictEqual([yes.answer, yes.side, yes.reason], ["AFFIRM", "SELL", null]);
});

test("a NewOrder may name a client, a counterparty and a custodian, and may have no price", () => {
  const names = { client: '"C9"', counterparty: '"ICICI"', custodian: '"SBI-CUST"' };
  const over = { ...names, price_paise: undefined, v: "1" };
  const command = read("sauda.orders", recordText(wellFormed[4]?.fields ?? {}, over));
  ok(command.type === "PlaceOrder");
  deepStrictEqual(
    [command.client, command.counterparty, command.custodian, command.pricePaise],
    ["C9", "ICICI", "SBI-CUST", null],
  );
});

test("a NewOrder is CNC unless it says MIS, and no other product is", () => {
  const product = (text: string): Command =>
    read("sauda.orders", recordText(wellFormed[4]?.fields ?? {}, { product: text }));
  const [plain, cnc, mis, mtf] = ["null", '"CNC"', '"MIS"', '"MTF"'].map(product);
  ok(plain?.type === "PlaceOrder" && plain.product === "CNC");
  deepStrictEqual(cnc, plain);
  ok(mis?.type === "PlaceOrder");
  deepStrictEqual(mis, { ...plain, product: "MIS" });
  ok(mtf?.type === "Unreadable" && mtf.detail.includes("product"));
});

test("extra fields are ignored, a timestamp may be missing or null", () => {
  const record =
    '{"extra":{"price":1,"deep":[[{}]]},"__proto__":{"qty":5},"timestamp":null,' +
    tradeOrder.slice(1);
  deepStrictEqual(read("Trade_Order", record), seedA);
});

test("985 is 985.0 and 9.85e2; SBI is SBIN but echoed as sent", () => {
  for (const price of ["985", "985.0", "985.00", "9.85e2"])
    deepStrictEqual(read("Trade_Order", tradeOrder.replace("985.0", price)), seedA);
  const renamed = read("Trade_Order", tradeOrder.replace("SBI", "SBIN"));
  deepStrictEqual(renamed, { ...seedA, symbolAsSent: "SBIN" });
});

test("numbers that are not allowed are readable, and the command says what was sent", () => {
  const price = (reason: Unfit["reason"], text: string): Unfit => ({
    field: "price",
    reason,
    text,
  });
  const large = "123456789012345678901234567890";
  const tooMany: Unfit = { field: "quantity", reason: "QUANTITY_OUT_OF_RANGE", text: large };
  const cases = [
    { qty: "0", price: "985.0", quantity: 0, pricePaise: 98500, unfit: null },
    { qty: "-0", price: "-0.0", quantity: 0, pricePaise: 0, unfit: null },
    { qty: "-100", price: "-985.0", quantity: -100, pricePaise: -98500, unfit: null },
    { qty: "9007199254740991", price: "0", quantity: 9007199254740991, pricePaise: 0, unfit: null },
    { qty: "100", price: "985.03", quantity: 100, pricePaise: 98503, unfit: null },
    {
      qty: "100",
      price: "985.001",
      quantity: 100,
      pricePaise: null,
      unfit: price("PRICE_DECIMALS", "985.001"),
    },
    {
      qty: "100",
      price: "1e30",
      quantity: 100,
      pricePaise: null,
      unfit: price("PRICE_OUT_OF_RANGE", "1e30"),
    },
    {
      qty: "100",
      price: "1e999999999",
      quantity: 100,
      pricePaise: null,
      unfit: price("PRICE_OUT_OF_RANGE", "1e999999999"),
    },
    { qty: large, price: "985.0", quantity: 0, pricePaise: 98500, unfit: tooMany },
    { qty: large, price: "985.001", quantity: 0, pricePaise: null, unfit: tooMany },
  ];
  for (const { qty, price: text, quantity, pricePaise, unfit } of cases) {
    const record = tradeOrder.replace("100", qty).replace("985.0", text);
    deepStrictEqual(read("Trade_Order", record), { ...seedA, quantity, pricePaise, unfit });
  }
});

test("any symbol of 1 to 64 characters is readable: the market refuses what it does not list", () => {
  for (const symbol of ["reliance", "सौदा", "A".repeat(64), "M&M", " "]) {
    const command = read("Trade_Order", tradeOrder.replace("SBI", symbol));
    ok(command.type === "PlaceOrder" && command.symbolAsSent === symbol);
  }
});

for (const { topic, name, value, reason } of malformed) {
  test(`${topic}: ${name} is a dead letter for ${reason}`, () => {
    const key = Buffer.from([1, 255]);
    const command = read(topic, value, key);
    ok(command.type === "Unreadable", JSON.stringify(command));
    strictEqual(command.reason, reason, command.detail);
    deepStrictEqual(command.source, { ...source, topic });
    strictEqual(command.original.keyBase64, key.toString("base64"));
    const carried = reason === "TOO_LARGE" ? value?.subarray(0, 4096) : value;
    strictEqual(command.original.valueBase64, carried?.toString("base64") ?? null);
    ok(command.detail.isWellFormed() && command.detail.length < 250, command.detail);
  });
}

test("a detail names the field, the value and the fix", () => {
  const cases = [
    [
      tradeOrder.replace("100", '"100"'),
      'qty: found "100", send a whole number of shares such as 100',
    ],
    [tradeOrder.replace("100", "100.5"), "qty: found 100.5, send a whole number such as 100"],
    [
      tradeOrder.replace('"qty":100,', ""),
      "qty is missing: send a whole number of shares such as 100",
    ],
    [tradeOrder.replace("Trade_Order", "Order"), 'type: found "Order", send "Trade_Order"'],
  ] as const;
  for (const [record, detail] of cases) {
    const command = read("Trade_Order", record);
    ok(command.type === "Unreadable");
    strictEqual(command.detail, detail);
  }
});

const mutations = fc.array(
  fc.record({ at: fc.nat(400), byte: fc.nat(255), kind: fc.constantFrom("set", "drop", "add") }),
  { minLength: 1, maxLength: 4 },
);

function mutated(
  text: string,
  changes: readonly { at: number; byte: number; kind: string }[],
): Buffer {
  const bytes = [...Buffer.from(text)];
  for (const { at, byte, kind } of changes)
    bytes.splice(at % bytes.length, kind === "add" ? 0 : 1, ...(kind === "drop" ? [] : [byte]));
  return Buffer.from(bytes);
}

test("property: however its bytes are changed, a record is one command that survives the log", () => {
  fc.assert(
    fc.property(fc.constantFrom(...wellFormed), mutations, ({ topic, fields }, changes) => {
      const value = mutated(recordText(fields), changes);
      const command = read(topic, value);
      deepStrictEqual(readCommand(null, encodeCommand(command)), command);
      if (command.type !== "Unreadable") return;
      strictEqual(command.original.valueBase64, value.toString("base64"));
    }),
    { numRuns: 5000 },
  );
});

test("property: any bytes on any source topic are one command", () => {
  const bytes = fc.uint8Array({ maxLength: 100 }).map((list) => Buffer.from(list));
  const anyJson = fc.json().map((text) => Buffer.from(text));
  fc.assert(
    fc.property(fc.constantFrom(...sourceTopics), fc.oneof(bytes, anyJson), (topic, value) => {
      strictEqual(read(topic, value).type, "Unreadable");
    }),
    { numRuns: 2000 },
  );
});

test("on the seeds' topics the last of a field said twice counts, as for the seeds; on ours it is refused by name", () => {
  const last = tradeOrder.replace('"qty":100', '"qty":7,"qty":100');
  deepStrictEqual(read("Trade_Order", last), seedA);
  deepStrictEqual(
    read("buy-orders", buyOrder.replace('"buyer"', '"buyer":"SELLER","buyer"')),
    seedB,
  );
  const ours = '{"type":"NewOrder","quantity":1,"quantity":1000}';
  const command = read("sauda.orders", ours);
  strictEqual(command.type, "Unreadable");
  strictEqual(command.detail, "quantity stands twice: send it once");
});
