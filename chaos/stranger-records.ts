/** Bytes in pieces, so that megabytes are said in a few letters. Null is a tombstone. */
type Pieces = readonly { readonly hex: string; readonly times: number }[] | null;

/** What the foreign client is told to send; see `stranger_client.py`. */
export type StrangerRecord = {
  readonly topic: string;
  readonly partition?: number;
  /** The topic is given so many partitions before, where it has fewer. */
  readonly grow?: number;
  readonly codec: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  readonly value: Pieces;
  readonly key?: Pieces;
  readonly headers?: readonly (readonly [name: string, value: Pieces])[];
  readonly timestamp?: number;
  readonly count?: number;
  readonly end?: "plain" | "commit" | "abort" | "open" | "crash";
  /** How long the broker lets its transaction be open; 10 s where nothing is said. */
  readonly timeout_ms?: number;
};

/** What must become of every record of a kind: one outcome each, and which. */
export type Expected =
  | { readonly type: "dead"; readonly reasons: RegExp }
  | { readonly type: "rejected"; readonly reasons: RegExp }
  /** It has no offset that a committed reader sees, or none that counts. */
  | { readonly type: "nothing" };

/** A kind of hostile record. */
export type RecordKind = {
  readonly name: string;
  readonly expected: Expected;
  /** The records, made anew for every use; `id` is nobody else's. */
  readonly make: (id: string, topic: string) => StrangerRecord;
  /** Where it is sent in turn; all topics that strangers write where nothing is said. */
  readonly topics?: readonly string[];
  /** Sent in the first round only. */
  readonly isOnce?: boolean;
};

const all = ["Trade_Order", "Counter_party", "buy-orders", "sell-offers", "sauda.orders"] as const;
/** Where kinds go that say nothing else, in turn. */
export const strangersTopics: readonly string[] = all;

const text = (content: string): Pieces => [{ hex: Buffer.from(content).toString("hex"), times: 1 }];
const blanks = (times: number): Pieces => [{ hex: "20", times }];
const dead = (reasons: RegExp): Expected => ({ type: "dead", reasons });
const tooLarge = dead(/^TOO_LARGE$/);
const unreadable = dead(/^[A-Z_0-9]+$/);
const rejected = (reasons: RegExp): Expected => ({ type: "rejected", reasons });

const plain =
  (value: Pieces, more: Partial<StrangerRecord> = {}) =>
  (_: string, topic: string): StrangerRecord => ({ topic, codec: "none", value, ...more });

const ours = (id: string, more: object): string =>
  JSON.stringify({
    type: "NewOrder",
    participant: "HDFC",
    client_order_id: id,
    symbol: "SBIN",
    side: "BUY",
    quantity: 1,
    price_paise: 98_500,
    ...more,
  });

const order =
  (more: object): RecordKind["make"] =>
  (id) => ({
    topic: "sauda.orders",
    codec: "none",
    value: text(ours(id, more)),
  });

const seedBuy =
  (fields: string): RecordKind["make"] =>
  (id) => ({
    topic: "buy-orders",
    codec: "none",
    value: text(`{"order_id":"${id}","buyer":"HDFC","stock_symbol":"SBI",${fields}}`),
  });

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Large in the log, small on the wire, in every place and every codec. */
const sizes: RecordKind[] = codecs.flatMap((codec): RecordKind[] => [
  {
    name: `a value of 64 KiB and a byte, ${codec}`,
    expected: tooLarge,
    make: plain(blanks(65_537), { codec }),
  },
  {
    name: `a key of 100,000 bytes, ${codec}`,
    expected: tooLarge,
    make: plain(text("{}"), { codec, key: blanks(100_000) }),
  },
  {
    name: `a header of 100,000 bytes, ${codec}`,
    expected: tooLarge,
    make: plain(text("{}"), { codec, headers: [["x", blanks(100_000)]] }),
  },
  {
    name: `forty broken records in one batch, ${codec}`,
    expected: unreadable,
    make: plain(text("{"), { codec, count: 40 }),
  },
  ...(codec === "none"
    ? []
    : [
        {
          name: `2,200,000 blanks, ${codec}`,
          expected: tooLarge,
          make: plain(blanks(2_200_000), { codec }),
        },
        {
          name: `7,000,000 blanks, ${codec}`,
          expected: tooLarge,
          make: plain(blanks(7_000_000), { codec }),
        },
      ]),
]);

const nested = "[".repeat(5_000) + "]".repeat(5_000);
const encodings: RecordKind[] = (
  [
    ["no UTF-8", [{ hex: "7b22fffe227d", times: 1 }]],
    ["UTF-16", [{ hex: Buffer.from("{}", "utf16le").toString("hex"), times: 1 }]],
    ["a mark before the text", text("\uFEFF{}")],
    ["NaN", text('{"type":"Trade_Order","qty":NaN,"symbol":"SBI","price":985.0}')],
    ["nothing", text("")],
    ["a tombstone", null],
    ["a list", text("[]")],
    ["a bare number", text("1")],
    ["null", text("null")],
    ["nested 5,000 deep", text(nested)],
    ["nested inside an object", text(`{"type":${nested}}`)],
    ["a prototype", text('{"__proto__":{"type":"Trade_Order"}}')],
    ["many names", text(`{${Array.from({ length: 3_000 }, (_, at) => `"n${at}":1`).join(",")}}`)],
    ["zero bytes", [{ hex: "00", times: 200 }]],
  ] as const satisfies readonly (readonly [string, Pieces])[]
).map(([name, value]) => ({ name, expected: unreadable, make: plain(value) }));

const fields: RecordKind[] = [
  ["a quantity in quotes", seedBuy('"quantity":"100","price_per_unit":985.0'), unreadable],
  ["half a share", seedBuy('"quantity":100.5,"price_per_unit":985.0'), unreadable],
  ["no price", seedBuy('"quantity":100'), unreadable],
  ["less than nothing", seedBuy('"quantity":-1,"price_per_unit":985.0'), rejected(/QUANTITY/)],
  ["no end of rupees", seedBuy('"quantity":1,"price_per_unit":1e400'), rejected(/PRICE/)],
  ["a third decimal", seedBuy('"quantity":1,"price_per_unit":985.001'), rejected(/DECIMALS/)],
  ["off the tick", order({ price_paise: 98_501 }), rejected(/TICK/)],
  ["more shares than there are", order({ quantity: 2_000_000_000 }), rejected(/QUANTITY/)],
  ["an unknown type", order({ type: "Tick" }), unreadable],
  [
    "a forged source",
    order({ source: { topicId: "x", partition: 0, offset: 1 }, type: "PlaceOrder" }),
    unreadable,
  ],
  ["a forged payment", order({ type: "Deposit", amount_paise: 1 }), unreadable],
  [
    "our own id",
    (id: string) => order({ client_order_id: `A-0-${id}` })(id, ""),
    rejected(/RESERVED_ID/),
  ],
].map(([name, make, expected]) => ({ name, make, expected }) as RecordKind);

const dooms: RecordKind[] = [
  {
    name: "an order of an aborted transaction",
    expected: { type: "nothing" },
    make: (id) => ({ ...order({})(id, ""), end: "abort" }),
  },
  {
    name: "rubbish in a committed transaction",
    expected: unreadable,
    make: plain(text("{"), { end: "commit" }),
  },
  {
    name: "rubbish sent, aborted, sent again and committed",
    expected: unreadable,
    make: plain(text("{"), { end: "crash" }),
  },
  {
    name: "a transaction left open",
    expected: { type: "nothing" },
    // Where no honest order comes: it holds back its own partition until its time is over.
    make: (id) => ({ topic: "sell-offers", codec: "none", value: text(id), end: "open" }),
    isOnce: true,
  },
  {
    name: "rubbish in the log itself",
    expected: { type: "nothing" },
    make: (id) => ({ topic: "sauda.events", codec: "none", value: text(id) }),
  },
  {
    name: "a partition that was not there before",
    expected: unreadable,
    make: (id) => ({
      topic: "sell-offers",
      codec: "none",
      value: text(id),
      partition: 1,
      grow: 2,
    }),
  },
  {
    name: "a time before all times",
    expected: unreadable,
    make: plain(text("{"), { timestamp: 1 }),
  },
  {
    name: "a time to come",
    expected: unreadable,
    make: (id, topic) => plain(text("{"), { timestamp: Date.now() + 3_000_000 })(id, topic),
  },
  {
    name: "headers that only we write",
    expected: unreadable,
    make: plain(text("{"), {
      headers: [
        ["sauda-id", text("x")],
        ["sauda-stamp", text("0/1/0")],
      ],
    }),
  },
  {
    name: "a word for an order that is not there",
    expected: dead(/./),
    topics: ["Counter_party"],
    make: (id) => ({
      topic: "Counter_party",
      codec: "none",
      value: text(`{"type":"Counter_party","text":"CONFIRM","order_id":"${id}"}`),
    }),
  },
  {
    name: "a word that is none",
    expected: dead(/UNKNOWN_ANSWER/),
    topics: ["Counter_party"],
    make: plain(text('{"type":"Counter_party","text":"perhaps"}')),
  },
];

/** Every kind of hostile record, each with the one outcome that it must have. */
export const recordKinds: readonly RecordKind[] = [...sizes, ...encodings, ...fields, ...dooms];
