import type { UnreadableReason } from "../../src/domain/facts/command.ts";

/** A record nobody can read, with the reason its dead letter must give. */
export type Malformed = {
  readonly topic: string;
  readonly name: string;
  readonly value: Buffer | null;
  readonly reason: UnreadableReason;
};

type Case = readonly [name: string, value: string | Buffer | null, reason: UnreadableReason];

/** What no topic can read. */
const bytes: readonly Case[] = [
  ["a tombstone", null, "TOMBSTONE"],
  ["an empty value", "", "NOT_JSON"],
  ["one byte above 64 KiB", `{"pad":"${"x".repeat(64 * 1024 - 9)}"}`, "TOO_LARGE"],
  ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), "NOT_UTF8"],
  ["a UTF-8 surrogate", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), "NOT_UTF8"],
  ["an overlong slash", Buffer.from([0x22, 0xc0, 0xaf, 0x22]), "NOT_UTF8"],
  ["a byte order mark", "\uFEFF{}", "NOT_JSON"],
  ["UTF-16", Buffer.from("{}", "utf16le"), "NOT_JSON"],
  ["half an object", '{"qty":', "NOT_JSON"],
  ["two objects", "{}{}", "NOT_JSON"],
  ["NaN", '{"qty":NaN}', "NOT_JSON"],
  ["Infinity", '{"qty":Infinity}', "NOT_JSON"],
  ["a number with a leading zero", '{"qty":0100}', "NOT_JSON"],
  ["single quotes", "{'qty':100}", "NOT_JSON"],
  ["a trailing comma", '{"qty":100,}', "NOT_JSON"],
  ["plain text", "100,SBI,985", "NOT_JSON"],
  ["an array", "[1]", "NOT_AN_OBJECT"],
  ["a text", '"CONFIRM"', "NOT_AN_OBJECT"],
  ["a number", "100", "NOT_AN_OBJECT"],
  ["null", "null", "NOT_AN_OBJECT"],
  ["an empty object", "{}", "MISSING_FIELD"],
  ["brackets 30,000 deep", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "NOT_AN_OBJECT"],
];

const wrongNumbers: readonly (readonly [string, string])[] = [
  ["a text for a number", '"100"'],
  ["null for a number", "null"],
  ["true for a number", "true"],
  ["an object for a number", '{"100":100}'],
];

const wrongWholes: readonly (readonly [string, string])[] = [
  ...wrongNumbers,
  ["a fraction of a share", "100.5"],
  ["a float of shares", "100.0"],
  ["shares with an exponent", "1e2"],
  ["shares with an endless exponent", "1e999999999"],
];

const wrongNames: readonly Case[] = [
  ["an empty name", '""', "INVALID_FIELD"],
  ["a name of 33 characters", `"${"A".repeat(33)}"`, "INVALID_FIELD"],
  ["a name with a slash", '"HDFC/7"', "INVALID_FIELD"],
  ["a name with a colon", '"opening:HDFC"', "INVALID_FIELD"],
  ["a name with a line feed at its end", '"HDFC\\n"', "INVALID_FIELD"],
  ["a number for a name", "7", "WRONG_FIELD_TYPE"],
];

const wrongIds: readonly Case[] = [
  ["an empty id", '""', "INVALID_FIELD"],
  ["an id of 129 characters", `"${"1".repeat(129)}"`, "INVALID_FIELD"],
  ["an id with a NUL", '"a\\u0000"', "INVALID_FIELD"],
  ["an id with half a surrogate pair", '"\\ud800"', "INVALID_FIELD"],
  ["a number for an id", "7", "WRONG_FIELD_TYPE"],
  ["a list for an id", '["a"]', "WRONG_FIELD_TYPE"],
];

const wrongSymbols: readonly Case[] = [
  ["an empty symbol", '""', "INVALID_FIELD"],
  ["a symbol of 65 characters", `"${"S".repeat(65)}"`, "INVALID_FIELD"],
  ["a number for a symbol", "500112", "WRONG_FIELD_TYPE"],
];

const wrongTimestamps: readonly Case[] = [
  ["a number for a time", "1767588300", "WRONG_FIELD_TYPE"],
];

/** JSON text by field, of a record that can be read. */
type Fields = Readonly<Record<string, string>>;

const tradeOrder: Fields = { type: '"Trade_Order"', qty: "100", symbol: '"SBI"', price: "985.0" };
const counterParty: Fields = { type: '"Counter_party"', text: '"CONFIRM"' };
const buyOrder: Fields = {
  order_id: '"B-1"',
  buyer: '"HDFC"',
  stock_symbol: '"SBI"',
  quantity: "100",
  price_per_unit: "885.0",
};
const sellOffer: Fields = {
  offer_id: '"S-1"',
  seller: '"SELLER"',
  stock_symbol: '"SBI"',
  quantity: "100",
};
const request: Fields = { participant: '"HDFC"', client_order_id: '"C-2"', symbol: '"SBIN"' };
const newOrder: Fields = {
  ...request,
  type: '"NewOrder"',
  side: '"BUY"',
  quantity: "100",
  price_paise: "98500",
};
const cancel: Fields = { ...request, type: '"Cancel"', orig_client_order_id: '"C-1"' };
const modify: Fields = { ...cancel, type: '"Modify"' };
const confirm: Fields = { ...request, type: '"Confirm"', order_id: '"O-0-1"' };
const reject: Fields = { ...confirm, type: '"Reject"' };
const affirm: Fields = { ...request, type: '"Affirm"', trade_id: '"T-0-7-0-0"', side: '"BUY"' };
const rejectTrade: Fields = { ...affirm, type: '"RejectTrade"' };
const offer: Fields = {
  ...request,
  type: '"OfferInAuction"',
  quantity: "100",
  price_paise: "98500",
};
const payDues: Fields = {
  type: '"PayDues"',
  participant: '"HDFC"',
  client_order_id: '"C-2"',
  amount_paise: "98500",
};
const cancelAll: Fields = {
  type: '"CancelAll"',
  participant: '"HDFC"',
  client_order_id: '"C-2"',
};
const payInEarly: Fields = {
  ...request,
  type: '"PayInEarly"',
  settlement_number: '"M2026100"',
  quantity: "100",
};

/** A record of each kind that can be read, by topic. */
export const wellFormed: readonly { readonly topic: string; readonly fields: Fields }[] = [
  { topic: "Trade_Order", fields: tradeOrder },
  { topic: "Counter_party", fields: counterParty },
  { topic: "buy-orders", fields: buyOrder },
  { topic: "sell-offers", fields: sellOffer },
  { topic: "sauda.orders", fields: newOrder },
  { topic: "sauda.orders", fields: cancel },
  { topic: "sauda.orders", fields: modify },
  { topic: "sauda.orders", fields: confirm },
  { topic: "sauda.orders", fields: reject },
  { topic: "sauda.orders", fields: affirm },
  { topic: "sauda.orders", fields: rejectTrade },
  { topic: "sauda.orders", fields: offer },
  { topic: "sauda.orders", fields: payDues },
  { topic: "sauda.orders", fields: payInEarly },
  { topic: "sauda.orders", fields: cancelAll },
];

/** The record's text with some fields replaced; undefined leaves one out. */
export function recordText(fields: Fields, over: Record<string, string | undefined> = {}): string {
  const parts = Object.entries({ ...fields, ...over }).filter(([, text]) => text !== undefined);
  return `{${parts.map(([field, text]) => `${JSON.stringify(field)}:${text}`).join(",")}}`;
}

function without(fields: Fields): Case[] {
  return Object.keys(fields)
    .filter((field) => field !== "price_paise")
    .map((field) => [`no ${field}`, recordText(fields, { [field]: undefined }), "MISSING_FIELD"]);
}

/** Each field said twice, once with an escape in its name: nobody can tell which is meant. */
function twice(fields: Fields): Case[] {
  const text = recordText(fields).slice(0, -1);
  return Object.entries(fields).flatMap(([field, value]): Case[] => {
    const escaped = `\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}`;
    return [field, escaped].map((name) => [
      `${name} twice`,
      `${text},"${name}":${value}}`,
      "REPEATED_FIELD",
    ]);
  });
}

function withField(fields: Fields, field: string, cases: readonly Case[]): Case[] {
  return cases.map(([name, text, reason]) => [
    `${field}: ${name}`,
    recordText(fields, { [field]: String(text) }),
    reason,
  ]);
}

function wrongType(cases: readonly (readonly [string, string])[]): Case[] {
  return cases.map(([name, text]) => [name, text, "WRONG_FIELD_TYPE"]);
}

/** For these the market has no refusal of its own. */
const wrongSafeWholes: readonly Case[] = [
  ...wrongType(wrongWholes),
  ["the first whole number that is not safe", "9007199254740992", "INVALID_FIELD"],
  ["more than any store holds", "-123456789012345678901234567890", "INVALID_FIELD"],
];

const wrongSettlements: readonly Case[] = [
  ["an empty number", '""', "INVALID_FIELD"],
  ["small letters", '"m2026100"', "INVALID_FIELD"],
  ["a side of one", '"M2026100 SELL"', "INVALID_FIELD"],
  ["17 characters", '"M2026100000000000"', "INVALID_FIELD"],
  ["a number", "2026100", "WRONG_FIELD_TYPE"],
];

const otherType: readonly Case[] = [
  ["another topic's type", '"Cash_movement"', "WRONG_TYPE_NAME"],
  ["the type in small letters", '"trade_order"', "WRONG_TYPE_NAME"],
  ["the name of what every object has", '"constructor"', "WRONG_TYPE_NAME"],
  ["a number for the type", "7", "WRONG_FIELD_TYPE"],
];

const otherAnswer: readonly Case[] = [
  ["no answer", '""', "UNKNOWN_ANSWER"],
  ["another word", '"YES"', "UNKNOWN_ANSWER"],
  ["more than the word", '"CONFIRM please"', "UNKNOWN_ANSWER"],
  ["a word that only becomes CONFIRM in capitals", '"CON\\ufb01RM"', "UNKNOWN_ANSWER"],
  ["true", "true", "WRONG_FIELD_TYPE"],
];

const ordersOfOurs: readonly Case[] = [
  ...without(newOrder),
  ...without(cancel),
  ...without(modify),
  ...without(confirm),
  ...without(reject),
  ...withField(newOrder, "type", otherType),
  ...withField(newOrder, "v", [
    ["another version", "2", "INVALID_FIELD"],
    ["a text for the version", '"1"', "WRONG_FIELD_TYPE"],
  ]),
  ...withField(newOrder, "side", [
    ["small letters", '"buy"', "INVALID_FIELD"],
    ["a FIX number", "1", "WRONG_FIELD_TYPE"],
  ]),
  ...withField(newOrder, "quantity", wrongType(wrongWholes)),
  ...withField(
    newOrder,
    "price_paise",
    wrongType(wrongWholes.filter(([, text]) => text !== "null")),
  ),
  ...withField(newOrder, "participant", wrongNames),
  ...withField(newOrder, "client", wrongNames),
  ...withField(newOrder, "counterparty", wrongNames),
  ...withField(newOrder, "client_order_id", wrongIds),
  ...withField(newOrder, "symbol", wrongSymbols),
  ...withField(newOrder, "timestamp", wrongTimestamps),
  ...withField(cancel, "orig_client_order_id", wrongIds),
  ...withField(confirm, "order_id", wrongIds),
  ...without(affirm),
  ...withField(affirm, "trade_id", wrongIds),
  ...withField(newOrder, "custodian", wrongNames),
  ...without(offer),
  ["an offer without a price", recordText(offer, { price_paise: undefined }), "MISSING_FIELD"],
  ...withField(offer, "participant", wrongNames),
  ...withField(offer, "client", wrongNames),
  ...withField(offer, "quantity", wrongSafeWholes),
  ...withField(offer, "price_paise", wrongSafeWholes),
  ...without(payDues),
  ...withField(payDues, "client", wrongNames),
  ...withField(payDues, "client_order_id", wrongIds),
  ...withField(payDues, "amount_paise", wrongSafeWholes),
  ...without(payInEarly),
  ...withField(payInEarly, "settlement_number", wrongSettlements),
  ...withField(payInEarly, "quantity", wrongSafeWholes),
  ...withField(payInEarly, "symbol", wrongSymbols),
  ...[newOrder, cancel, confirm, affirm, offer, payDues, payInEarly, cancelAll].flatMap(twice),
  ["a field no schema knows twice", '{"pad":1,"pad":1}', "REPEATED_FIELD"],
];

const casesByTopic: ReadonlyMap<string, readonly Case[]> = new Map([
  [
    "Trade_Order",
    [
      ...without(tradeOrder),
      ...withField(tradeOrder, "type", otherType),
      ...withField(tradeOrder, "qty", wrongType(wrongWholes)),
      ...withField(tradeOrder, "price", wrongType(wrongNumbers)),
      ...withField(tradeOrder, "symbol", wrongSymbols),
      ...withField(tradeOrder, "order_id", wrongIds),
      ...withField(tradeOrder, "buyer", wrongNames),
      ...withField(tradeOrder, "counterparty", wrongNames),
      ...withField(tradeOrder, "timestamp", wrongTimestamps),
    ],
  ],
  [
    "Counter_party",
    [
      ...without(counterParty),
      ...withField(counterParty, "type", otherType),
      ...withField(counterParty, "text", otherAnswer),
      ...withField(counterParty, "order_id", wrongIds),
      ...withField(counterParty, "symbol", wrongSymbols),
      ...withField(counterParty, "counterparty", wrongNames),
    ],
  ],
  [
    "buy-orders",
    [
      ...without(buyOrder),
      ...withField(buyOrder, "quantity", wrongType(wrongWholes)),
      ...withField(buyOrder, "price_per_unit", wrongType(wrongNumbers)),
      ...withField(buyOrder, "order_id", wrongIds),
      ...withField(buyOrder, "buyer", wrongNames),
      ...withField(buyOrder, "stock_symbol", wrongSymbols),
      ...withField(buyOrder, "timestamp", wrongTimestamps),
    ],
  ],
  [
    "sell-offers",
    [
      ...without(sellOffer),
      ...withField(sellOffer, "quantity", wrongType(wrongWholes)),
      ...withField(sellOffer, "offer_id", wrongIds),
      ...withField(sellOffer, "seller", wrongNames),
      ...withField(sellOffer, "stock_symbol", wrongSymbols),
      ...withField(sellOffer, "timestamp", wrongTimestamps),
    ],
  ],
  ["sauda.orders", ordersOfOurs],
]);

/** Every malformed record, by topic: the acceptance test on a real Kafka sends the same ones. */
export const malformed: readonly Malformed[] = [...casesByTopic].flatMap(([topic, cases]) =>
  [...bytes, ...cases].map(([name, value, reason]) => ({
    topic,
    name,
    value: typeof value === "string" ? Buffer.from(value) : value,
    reason,
  })),
);
