import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import {
  findEnded,
  findEndedNamed,
  findEndedOrder,
  rememberEnded,
  type Ended,
} from "../../src/domain/state/ended.ts";
import { keyedHash, type HashKey } from "../../src/domain/state/keyed-hash.ts";
import {
  entriesOf,
  horizonOf,
  nothingRemembered,
  rememberedLimits,
  type Remembered,
} from "../../src/domain/state/remembered.ts";

const participants = ["A", "B", "C"];
const ids = ["1", "2", '"', "\ud800", "\u0905", "", "\\"];

const entry: fc.Arbitrary<Ended> = fc
  .record({
    participant: fc.constantFrom(...participants),
    clientOrderId: fc.constantFrom(null, ...ids),
    sentMs: fc.integer({ min: -1, max: 40 }),
    firstSeq: fc.nat({ max: 2 ** 40 }),
    orderId: fc.option(fc.integer({ min: 0, max: 30 }).map((offset) => `O-0-${offset}`)),
    counterparty: fc.constantFrom(null, ...participants),
    client: fc.option(fc.constantFrom("x", "y")),
    product: fc.constantFrom("CNC" as const, "MIS" as const),
    quantity: fc.nat(),
    pricePaise: fc.option(fc.nat()),
    answered: fc.boolean(),
    kind: fc.constantFrom("Order", "Order", "Order", "Request", "Clearing"),
  })
  .map(
    ({
      kind,
      orderId,
      answered,
      counterparty,
      client,
      product,
      quantity,
      pricePaise,
      ...sender
    }): Ended => {
      if (kind === "Request")
        return {
          ...sender,
          type: "Request",
          request: "Cancel",
          symbol: null,
          orderIds: ["O-0-1", "é"],
        };
      if (kind === "Clearing")
        return { ...sender, type: "Clearing", request: "PayDues", said: "[1]" };
      const terms = { symbol: "SBIN", side: "BUY" as const, quantity, pricePaise, custodian: null };
      const unfit = { field: "price", reason: "PRICE_DECIMALS", text: "1.005" } as const;
      const content = {
        ...terms,
        client,
        counterparty,
        product,
        unfit: orderId === null ? unfit : null,
      };
      const answer = answered ? ({ kind: "CONFIRM", seq: 9 } as const) : null;
      const end = orderId === null ? null : "filled";
      return { ...sender, type: "Order", orderId, end, answer, content };
    },
  );

/** The rule again, as a list of all that ever ended. */
function naiveOf(all: readonly Ended[], pageEntries: number, pagesMax: number) {
  const opened = Math.ceil(all.length / pageEntries);
  const first = Math.max(0, opened - pagesMax) * pageEntries;
  const kept = all.slice(first);
  const newestFirst = kept.toReversed();
  const orders = newestFirst.filter((each) => each.type === "Order" && each.orderId !== null);
  return {
    kept,
    byId: (participant: string, id: string) =>
      newestFirst.find((each) => each.participant === participant && each.clientOrderId === id),
    byOrder: (orderId: string) =>
      orders.find((each) => each.type === "Order" && each.orderId === orderId),
    byName: (id: string, counterparty: string) => {
      const named = orders.filter(
        (each) =>
          each.type === "Order" && each.clientOrderId === id && each.content.counterparty !== null,
      );
      const mine = named.find(
        (each) => each.type === "Order" && each.content.counterparty === counterparty,
      );
      return mine ?? named[0];
    },
    horizon: (participant: string) => {
      const gone = all.slice(0, first);
      const sent = gone.flatMap((each) =>
        each.participant === participant && each.clientOrderId !== null ? [each.sentMs + 1] : [],
      );
      return sent.length === 0 ? null : Math.max(...sent);
    },
  };
}

test("property: what is remembered is found, and what is forgotten moves its sender's horizon alone", () => {
  const limits = { charactersMax: 1e9 };
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 80 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 5 }),
      (all, pageEntries, pagesMax) => {
        const remembered = nothingRemembered({ ...limits, pageEntries, pagesMax }, [5, 7]);
        for (const ended of all) rememberEnded(remembered, ended);
        const naive = naiveOf(all, pageEntries, pagesMax);
        equal(entriesOf(remembered).length, naive.kept.length);
        for (const participant of participants) {
          for (const id of ids) {
            deepEqual(findEnded(remembered, participant, id), naive.byId(participant, id));
            deepEqual(findEndedNamed(remembered, id, participant), naive.byName(id, participant));
          }
          equal(horizonOf(remembered, participant), naive.horizon(participant));
        }
        for (let offset = 0; offset <= 30; offset += 1)
          deepEqual(findEndedOrder(remembered, `O-0-${offset}`), naive.byOrder(`O-0-${offset}`));
      },
    ),
    { numRuns: 1_000 },
  );
});

function orderOf(n: number, over: Partial<Ended> = {}): Ended {
  const order = { symbol: "SBIN", side: "BUY", quantity: 100, pricePaise: 98_500 } as const;
  const none = { client: null, counterparty: null, custodian: null, unfit: null } as const;
  return {
    type: "Order",
    participant: "HDFC",
    clientOrderId: `order-${n}`,
    sentMs: n,
    firstSeq: n,
    orderId: `O-0-${n}`,
    end: "filled",
    answer: null,
    content: { ...order, ...none, product: "CNC" },
    ...over,
  } as Ended;
}

test("R14: of a million and a half ids a million is known, in bounded memory, and none is left half known", () => {
  const remembered = nothingRemembered();
  const before = used();
  const count = 1_500_000;
  let mostBytes = 0;
  for (let n = 0; n < count; n += 1) {
    rememberEnded(remembered, orderOf(n));
    if (n % 250_000 === 0) mostBytes = Math.max(mostBytes, used() - before);
  }
  const kept = remembered.next - (remembered.pages[0]?.first ?? 0);
  ok(kept > 999_000 && kept <= 1_000_000, `${kept} are known`);
  ok(mostBytes < 160e6, `${mostBytes} bytes`);
  const oldest = count - kept;
  equal(findEnded(remembered, "HDFC", `order-${oldest}`)?.firstSeq, oldest);
  equal(findEnded(remembered, "HDFC", `order-${oldest - 1}`), undefined);
  equal(findEndedOrder(remembered, `O-0-${oldest}`)?.firstSeq, oldest);
  equal(findEndedOrder(remembered, `O-0-${oldest - 1}`), undefined);
  equal(horizonOf(remembered, "HDFC"), oldest);
  equal(horizonOf(remembered, "SBI"), null);
});

/** Objects and buffers that are in use. */
function used(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("ids of the greatest length are bounded by their characters, not by their number", () => {
  const remembered = nothingRemembered();
  const long = "\u0905".repeat(120);
  for (let n = 0; n < 800_000; n += 1)
    rememberEnded(remembered, orderOf(n, { clientOrderId: `${long}${n}` }));
  const { charactersMax, pageEntries } = rememberedLimits;
  ok(remembered.characters <= charactersMax);
  ok(remembered.characters > charactersMax - 2 * 250 * pageEntries);
  equal(findEnded(remembered, "HDFC", `${long}799999`)?.firstSeq, 799_999);
  equal(findEnded(remembered, "HDFC", `${long}0`), undefined);
});

test("participants without end share a horizon, and who trades on keeps its own", () => {
  const limits = { pageEntries: 10, pagesMax: 2, charactersMax: 1e9 };
  const remembered = nothingRemembered(limits);
  for (let n = 0; n < 30_000; n += 1) {
    rememberEnded(remembered, orderOf(1_000_000 + n, { participant: `made-up-${n}` }));
    rememberEnded(remembered, orderOf(n));
  }
  equal(remembered.horizons.size, 10_000);
  equal(horizonOf(remembered, "HDFC"), 29_990);
  ok((horizonOf(remembered, "made-up-3") ?? 0) > 1_019_000);
  equal(horizonOf(remembered, "never seen"), horizonOf(remembered, "made-up-3"));
});

test("property: which bucket an entry is found in changes nothing", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  const limits = { pageEntries: 3, pagesMax: 4, charactersMax: 1e9 };
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), word, word, (all, low, high) => {
      const made = (hashKey: readonly [number, number]): Remembered => {
        const remembered = nothingRemembered(limits, hashKey);
        for (const ended of all) rememberEnded(remembered, ended);
        return remembered;
      };
      const [one, other] = [made([0, 0]), made([low, high])];
      deepEqual(entriesOf(one), entriesOf(other));
      for (const participant of participants)
        for (const id of ids)
          deepEqual(findEnded(one, participant, id), findEnded(other, participant, id));
    }),
    { numRuns: 200 },
  );
});

test("an entry is known by its number also after the links have come round", () => {
  const limits = { pageEntries: 3, pagesMax: 2, charactersMax: 1e9 };
  const remembered = nothingRemembered(limits);
  remembered.next = 2 ** 30 - 4;
  for (let n = 0; n < 12; n += 1) {
    rememberEnded(remembered, orderOf(n));
    equal(findEnded(remembered, "HDFC", `order-${n}`)?.firstSeq, n);
    const isKept = Math.floor(n / 3) - Math.floor(Math.max(0, n - 3) / 3) < 2;
    if (n >= 3)
      equal(findEnded(remembered, "HDFC", `order-${n - 3}`)?.firstSeq, isKept ? n - 3 : undefined);
  }
});

test("who is found by a name that many orders share does not depend on the hash's key", () => {
  const orderOf = (name: string, counterparty: string, firstSeq: number): Ended => ({
    type: "Order",
    participant: "A",
    clientOrderId: name,
    sentMs: 1,
    firstSeq,
    orderId: `O-0-${firstSeq}`,
    end: "filled",
    answer: null,
    content: {
      symbol: "SBIN",
      side: "BUY",
      quantity: 1,
      pricePaise: 100,
      client: null,
      counterparty,
      custodian: null,
      product: "CNC",
      unfit: null,
    },
  });
  // Another name in the bucket of "x" under this key: the upper 21 bits are the same.
  const key: HashKey = [1, 2];
  const neighbour = "y2509037";
  equal(keyedHash(key, neighbour) >>> 11, keyedHash(key, "x") >>> 11);
  for (const hashKey of [key, [3, 4]] as const) {
    const remembered = nothingRemembered(rememberedLimits, hashKey);
    rememberEnded(remembered, orderOf("x", "B", 0));
    for (let seq = 1; seq < 1_000; seq += 1) rememberEnded(remembered, orderOf("x", "C", seq));
    rememberEnded(remembered, orderOf(neighbour, "C", 1_000));
    equal(findEndedNamed(remembered, "x", "B")?.orderId, "O-0-0");
  }
});
