import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionWords } from "../../web/src/frame/connection-words.ts";
import type { StreamState } from "../../web/src/gateway/stream-client.ts";
import { coalesced, throttled } from "../../web/src/frame/coalesce.ts";
import { timeLeft } from "../../web/src/inbox/time-left.ts";
import { legsOf, chartHops, readable, sideOf, wholeSpanMs } from "../../web/src/journey/lanes.ts";
import { settlementWords, standingChip } from "../../web/src/journey/standing.ts";
import { priced } from "../../web/src/positions/worth.ts";
import type { JourneyJson, LegJson, OrderJson, StandingJson } from "../../web/src/wire.ts";

function hop(lane: "broker" | "exchange" | "counterparty" | "settlement", at: string | null) {
  const where = { topic: "sauda.events", partition: 0, offset: 1 };
  return { hop: "event" as const, lane, title: "", ...where, at, since_last_ms: 0, record: null };
}

test("hops stand in their lanes, with the time since the first", () => {
  const hops = [
    hop("broker", "2026-01-05T10:00:00.000Z"),
    hop("exchange", null),
    hop("settlement", "2026-01-05T10:00:00.092Z"),
  ];
  const charted = chartHops({ hops } as unknown as JourneyJson);
  assert.deepEqual(
    charted.map(({ column, sinceStartMs }) => [column, sinceStartMs]),
    [
      [0, 0],
      [1, null],
      [3, 92],
    ],
  );
  assert.equal(wholeSpanMs(charted), 92);
});

test("the legs are told in the buyer's words first: DEMAT and DEBIT", () => {
  const legs = [
    { account: "S", asset: "SBIN", direction: "DELI", quantity: 100 },
    { account: "S", asset: "INR", direction: "CREDIT", amount_paise: 9_850_000 },
    { account: "B", asset: "INR", direction: "DEBIT", amount_paise: 9_850_000 },
    { account: "B", asset: "SBIN", direction: "RECE", quantity: 100 },
  ];
  assert.deepEqual(
    legsOf({ legs: legs as LegJson[] }).map(({ word, account, amount }) => [word, account, amount]),
    [
      ["DEMAT", "B", 100],
      ["DEBIT", "B", -9_850_000],
      ["CREDIT", "S", 9_850_000],
      ["DELIVER", "S", -100],
    ],
  );
});

test("records that are JSON are indented, others shown as they are", () => {
  assert.equal(readable('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(readable("DEMAT 100 SBI"), "DEMAT 100 SBI");
  for (const depth of [33, 2_000, 30_000]) {
    const deep = `{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    assert.equal(readable(deep), deep);
  }
  assert.match(readable(`{"text":"${"[".repeat(99)}"}`), /^\{\n {2}"text"/);
});

test("a member's side in a trade", () => {
  assert.equal(sideOf({ buyer: "A", seller: "B" }, "A"), "BUY");
  assert.equal(sideOf({ buyer: "A", seller: "B" }, "B"), "SELL");
  assert.equal(sideOf({ buyer: "A", seller: "A" }, "A"), null);
  assert.equal(sideOf({ buyer: "A", seller: "B" }, null), null);
});

test("a countdown ends at nothing and warns before", () => {
  const order = {
    expires_at: "2026-01-05T10:01:00.000Z",
    place: { at: "2026-01-05T10:00:00.000Z" },
  } as OrderJson;
  const startMs = Date.parse(order.place.at);
  assert.deepEqual(timeLeft(order, startMs), { ms: 60_000, part: 1, isSoon: false });
  assert.deepEqual(timeLeft(order, startMs + 50_000).isSoon, true);
  assert.deepEqual(timeLeft(order, startMs + 90_000), { ms: 0, part: 0, isSoon: true });
});

test("a gain is what closing at the last price would leave", () => {
  const row = { account: "A", symbol: "SBIN", last_price_paise: 110 };
  const long = { ...row, bought: 10, bought_paise: 1_000, sold: 4, sold_paise: 480, net: 6 };
  const flat = { ...row, bought: 5, bought_paise: 500, sold: 5, sold_paise: 490, net: 0 };
  const [first, second] = priced([long, flat], []);
  assert.deepEqual([first?.gainPaise, first?.boughtAtPaise], [480 - 1_000 + 660, 100]);
  assert.equal(second?.gainPaise, -10);
  const unpriced = priced([{ ...long, last_price_paise: null }], [])[0];
  assert.equal(unpriced?.gainPaise, null);
});

test("the connection is always said in words", () => {
  const now = 10_000;
  const shown = { isResyncing: false, isStandstill: false };
  const wordOf = (state: StreamState, more: Partial<typeof shown> = {}) =>
    connectionWords(state, now, { ...shown, ...more }).word;
  assert.equal(wordOf({ type: "live" }), "live");
  assert.equal(wordOf({ type: "live" }, { isResyncing: true }), "resyncing");
  assert.equal(wordOf({ type: "live" }, { isStandstill: true }), "nothing decided");
  assert.equal(wordOf({ type: "stale", sinceMs: 4_000 }), "stale 6 s");
  const waiting = { type: "waiting", untilMs: 12_000, why: "" } as const;
  assert.equal(wordOf(waiting), "no gateway, again in 2 s");
  const crowd = { code: "TOO_MANY_STREAMS", detail: "close one", untilMs: 15_000 };
  assert.equal(wordOf({ type: "crowded", ...crowd }), "TOO_MANY_STREAMS, again in 5 s");
});

test("however much changes, it is drawn once a frame", () => {
  const frames: (() => void)[] = [];
  let drawn = 0;
  const draw = coalesced(
    () => (drawn += 1),
    (run) => frames.push(run),
  );
  for (let change = 0; change < 100; change += 1) draw();
  assert.equal(frames.length, 1);
  frames.pop()?.();
  assert.equal(drawn, 1);
  draw();
  assert.equal(frames.length, 1);
});

test("throttled work is done at once, and once more for all that came meanwhile", async () => {
  let done = 0;
  const work = throttled(() => (done += 1), 20);
  for (let ask = 0; ask < 50; ask += 1) work();
  assert.equal(done, 1);
  await new Promise((resolve) => setTimeout(resolve, 70));
  assert.equal(done, 2);
});

test("how far a trade is stands in a word, a mark and a tone, and what came short in numbers", () => {
  assert.deepEqual(standingChip({ state: "Settled" }), {
    word: "settled",
    mark: "●",
    tone: "good",
  });
  assert.equal(standingChip({ state: "AwaitingAffirmation" }).word, "awaiting affirmation");
  assert.equal(standingChip({ state: "PaidIn" }).tone, "");
  assert.equal(standingChip({ state: "Short" }).tone, "bad");
  const trade = { settlement_number: "M2026100", settlement_date: "2026-06-02", quantity: 100 };
  const short = { ...trade, settled_quantity: 60, short_quantity: 40 } as StandingJson;
  assert.equal(
    settlementWords(short),
    "settlement M2026100 on 2026-06-02, 60 of 100 received, 40 came short",
  );
  assert.equal(settlementWords({ ...short, settlement_number: null }), null);
});
