import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import type { AffirmTrade, Command } from "../../src/domain/facts/command.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import {
  balances,
  describeMarket,
  evolveStep,
  initialMarket,
  localTerms,
  openOrders,
  type Market,
  type MarketTerms,
} from "../../src/domain/market.ts";
import { account } from "../clearing-given.ts";
import { newSource, play, playOne, type Played } from "../given.ts";
import { generatedOrders, plain } from "../orders.ts";

type Awaited = Extract<MarketEvent, { readonly type: "AffirmationAwaited" }>;
type Executed = Extract<MarketEvent, { readonly type: "TradeExecuted" }>;

const both = (shares: number) => ({ SBIN: shares, ZED: shares });

/**
 * Funds that cannot pay for everything; members that can, MEMB of them on margin. SBIN is netted,
 * ZED trade for trade.
 */
const terms: MarketTerms = {
  ...localTerms,
  clearing: {
    ...nseClearing,
    symbols: new Map([["ZED", { settlement: "T+1", series: "BE" }]]),
    accounts: new Map([
      ["CUST/F1", account("full", 120, both(9))],
      ["CUST/F2", account("full", 60, both(0))],
      ["BANK/F1", account("full", 0, both(12))],
      ["MEMB", account("margin", 1_000_000, both(1_000))],
    ]),
  },
};

const startMs = Date.parse("2026-06-01T10:00:00+05:30");
const tradedUntilMs = Date.parse("2026-06-01T21:00:00+05:30");
const cutOffMs = Date.parse("2026-06-02T08:30:00+05:30");
const payInMs = Date.parse("2026-06-02T10:30:00+05:30");
const payOutMs = Date.parse("2026-06-02T15:30:00+05:30");

type Act =
  | { readonly act: "order"; readonly command: Command }
  | {
      readonly act: "word";
      readonly pick: number;
      readonly content: Pick<AffirmTrade, "answer" | "clientOrderId">;
      readonly isStranger: boolean;
    }
  | { readonly act: "tick" };

const orders: fc.Arbitrary<Act> = fc
  .record({
    fields: generatedOrders({
      participant: fc.constantFrom("HDFC", "SELLER", "MEMB"),
      symbol: fc.constantFrom("SBIN", "SBIN", "ZED"),
      quantity: fc.integer({ min: 1, max: 6 }),
      ...plain,
    }),
    fund: fc.constantFrom(
      { client: null, custodian: null },
      { client: "F1", custodian: null },
      { client: "F1", custodian: "CUST" },
      { client: "F2", custodian: "CUST" },
      { client: "F1", custodian: "BANK" },
    ),
  })
  .map(({ fields, fund }) => ({
    act: "order",
    command: { type: "PlaceOrder", ...fields, ...fund, source: newSource() },
  }));

const words: fc.Arbitrary<Act> = fc.record({
  act: fc.constant("word" as const),
  pick: fc.nat({ max: 50 }),
  content: fc.record({
    answer: fc.constantFrom("AFFIRM" as const, "AFFIRM" as const, "REJECT" as const),
    clientOrderId: fc.integer({ min: 0, max: 30 }).map((n) => `w${n}`),
  }),
  isStranger: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
});

const history = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: orders },
    { weight: 4, arbitrary: words },
    { weight: 1, arbitrary: fc.constant<Act>({ act: "tick" }) },
  ),
  { minLength: 1, maxLength: 60, size: "max" },
);

const runs = { numRuns: 300 };

test("property: every trade that waits ends affirmed or devolved, once, by the cut-off", () => {
  fc.assert(
    fc.property(history, (acts) => {
      const played = playDay(acts);
      const events = eventsOf(played.steps);
      const names = (all: readonly MarketEvent[]): string[] =>
        all.flatMap((event) => ("side" in event && "tradeId" in event ? [nameOf(event)] : []));
      const waited = events.filter((event) => event.type === "AffirmationAwaited");
      const ended = events.filter(
        (event) => event.type === "TradeAffirmed" || event.type === "TradeDevolved",
      );
      deepEqual(names(ended).toSorted(), names(waited).toSorted());
      for (const { at, events: caused } of played.steps)
        for (const event of caused) {
          const isSilent = event.type === "TradeDevolved" && event.reason === "CUT_OFF";
          if (event.type === "TradeAffirmed" || event.type === "TradeDevolved")
            equal(at >= cutOffMs, isSilent);
        }
    }),
    runs,
  );
});

test("property: what is due adds up to nothing, and never changes for the clearing corporation", () => {
  fc.assert(
    fc.property(history, (acts) => {
      playDay(acts, ({ market }) => {
        const sums = new Map<string, number>();
        for (const { account, asset, due } of balances(market)) {
          sums.set(asset, (sums.get(asset) ?? 0) + due);
          if (account === "clearing:ccp") equal(due, 0);
        }
        for (const sum of sums.values()) equal(sum, 0);
      });
    }),
    runs,
  );
});

test("property: the final obligations are those of a naive sum over trades and affirmations", () => {
  fc.assert(
    fc.property(history, (acts) => {
      const events = eventsOf(playDay(acts).steps);
      const nets = new Map<string, number>();
      for (const event of events)
        if (event.type === "ObligationDetermined" && event.status === "Final")
          for (const { asset, amount } of event.obligations)
            if (amount !== 0)
              nets.set(`${keyOf(event.participant, event.client)} ${asset}`, amount);
      deepEqual(linesOf(nets), linesOf(naiveNets(events)));
    }),
    runs,
  );
});

test("property: after the day nothing is due, and what is blocked is for open orders", () => {
  fc.assert(
    fc.property(history, (acts) => {
      const played = playDay(acts);
      playOne(played, { command: { type: "Tick" }, atMs: payInMs }, terms);
      playOne(played, { command: { type: "Tick" }, atMs: payOutMs }, terms);
      const needed = neededBy(played);
      for (const { account, asset, blocked, due } of balances(played.market)) {
        equal(due, 0, `${account} ${asset}`);
        const margin = asset === "INR" ? marginOf(played.market, account) : 0;
        equal(blocked, margin + (needed.get(`${account} ${asset}`) ?? 0), `${account} ${asset}`);
      }
    }),
    runs,
  );
});

test("property: a member on margin is asked for none on what a custodian took over", () => {
  fc.assert(
    fc.property(history, (acts) => {
      const played = playDay(acts);
      const events = eventsOf(played.steps);
      const nets = naiveNets(events);
      const positions = played.market.clearing.margins.accounts.get("MEMB")?.securities;
      const counted = [...(positions?.get("SBIN")?.positions.values() ?? [])];
      const shares = counted.reduce((sum, position) => sum + position.shares, 0);
      equal(shares, nets.get("MEMB SBIN") ?? 0);
    }),
    runs,
  );
});

test("R5 property: a log with affirmations read back gives the same market", () => {
  fc.assert(
    fc.property(history, fc.nat(), (acts, cut) => {
      const part = acts.slice(0, cut % (acts.length + 1));
      const played = playActs(part);
      const folded = initialMarket();
      const read = JSON.parse(JSON.stringify(played.steps)) as Step[];
      for (const [index, step] of read.entries()) evolveStep(folded, step, index + 1);
      equal(describeMarket(folded), describeMarket(played.market));
    }),
    runs,
  );
});

test("property: the histories contain every outcome of a word", () => {
  const seen = new Set<string>();
  for (const acts of fc.sample(history, { numRuns: 1_000, seed: 7 }))
    for (const event of eventsOf(playDay(acts).steps)) {
      if (event.type === "RequestRejected") seen.add(`${event.request} ${event.reason}`);
      if (event.type === "TradeDevolved") seen.add(`Devolved ${event.reason}`);
      if (event.type === "Repeated" || event.type === "TradeAffirmed") seen.add(event.type);
    }
  const wanted = [
    "Affirm AFFIRMATION_CLOSED",
    "Affirm DUPLICATE_ID",
    "Affirm INSUFFICIENT_FUNDS",
    "Affirm INSUFFICIENT_HOLDINGS",
    "Affirm NOT_YOUR_TRADE",
    "RejectTrade AFFIRMATION_CLOSED",
    "RejectTrade NOT_YOUR_TRADE",
    "Devolved CUT_OFF",
    "Devolved REJECTED",
    "Repeated",
    "TradeAffirmed",
  ];
  deepEqual(
    wanted.filter((each) => !seen.has(each)),
    [],
    [...seen].toSorted().join(", "),
  );
});

/** Plays the acts of a day, then its end until obligations are final. */
function playDay(acts: readonly Act[], look: (played: Played) => void = () => {}): Played {
  const played = playActs(acts, look);
  for (const atMs of [tradedUntilMs, cutOffMs]) {
    playOne(played, { command: { type: "Tick" }, atMs }, terms);
    look(played);
  }
  return played;
}

function playActs(acts: readonly Act[], look: (played: Played) => void = () => {}): Played {
  const played = play([], terms);
  for (const [index, act] of acts.entries()) {
    const command = commandOf(played, act);
    if (command === undefined) continue;
    playOne(played, { command, atMs: startMs + index * 60_000 }, terms);
    look(played);
  }
  return played;
}

/** A word is on one of the sides that ever waited, whatever became of it. */
function commandOf({ steps }: Played, act: Act): Command | undefined {
  if (act.act === "tick") return { type: "Tick" };
  if (act.act === "order") return { ...act.command, source: newSource() } as Command;
  const waited = eventsOf(steps).filter((event) => event.type === "AffirmationAwaited");
  const side = waited[act.pick % Math.max(1, waited.length)];
  if (side === undefined) return undefined;
  const { tradeId, custodian, side: which, symbol } = side;
  return {
    type: "AffirmTrade",
    ...act.content,
    participant: act.isStranger ? "MEMB" : custodian,
    tradeId,
    side: which,
    symbol,
    reason: null,
    source: newSource(),
  };
}

/** Nets of the netted settlement, by account and asset; nothing that is zero. */
function naiveNets(events: readonly MarketEvent[]): Map<string, number> {
  const affirmed = new Map(
    events.flatMap((event) =>
      event.type === "TradeAffirmed"
        ? [[nameOf(event), keyOf(event.custodian, event.client)] as const]
        : [],
    ),
  );
  const nets = new Map<string, number>();
  const add = (account: string, asset: string, amount: number): void => {
    const key = `${account} ${asset}`;
    nets.set(key, (nets.get(key) ?? 0) + amount);
  };
  const trades = events.filter((event): event is Executed => event.type === "TradeExecuted");
  for (const { tradeId, symbol, quantity, amountPaise, buy, sell } of trades) {
    if (symbol === "ZED") continue;
    for (const [side, { participant, client, custodian }, sign] of [
      ["BUY", buy, 1],
      ["SELL", sell, -1],
    ] as const) {
      const own = keyOf(participant, custodian === undefined ? client : null);
      const account = affirmed.get(`${tradeId} ${side}`) ?? own;
      add(account, symbol, sign * quantity);
      add(account, "INR", 0 - sign * amountPaise);
    }
  }
  for (const [key, net] of nets) if (net === 0) nets.delete(key);
  return nets;
}

/** What the open orders need, on the accounts that their acceptance binds. */
function neededBy({ steps, market }: { readonly steps: readonly Step[]; readonly market: Market }) {
  const custodians = new Set<string>();
  const margins = new Set<string>();
  for (const event of eventsOf(steps)) {
    if (event.type !== "OrderAccepted") continue;
    if (event.custodian !== null) custodians.add(event.orderId);
    if (event.cover === "margin") margins.add(event.orderId);
  }
  const needed = new Map<string, number>();
  for (const open of openOrders(market)) {
    if (margins.has(open.orderId)) continue;
    const isBuy = open.side === "BUY";
    const client = custodians.has(open.orderId) ? null : open.client;
    const key = `${keyOf(open.participant, client)} ${isBuy ? "INR" : open.symbol}`;
    ok(open.pricePaise !== null);
    const need = open.leavesQuantity * (isBuy ? open.pricePaise : 1);
    needed.set(key, (needed.get(key) ?? 0) + need);
  }
  return needed;
}

function linesOf(nets: ReadonlyMap<string, number>): string[] {
  return [...nets].map(([key, net]) => `${key} ${net}`).toSorted();
}

function marginOf({ clearing }: Market, account: string): number {
  return clearing.margins.accounts.get(account)?.blockedPaise ?? 0;
}

function nameOf({ tradeId, side }: Pick<Awaited, "tradeId" | "side">): string {
  return `${tradeId} ${side}`;
}

function keyOf(participant: string, client: string | null): string {
  return client === null ? participant : `${participant}/${client}`;
}

function eventsOf(steps: readonly Step[]): MarketEvent[] {
  return steps.flatMap(({ events }) => [...events]);
}
