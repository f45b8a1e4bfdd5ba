import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { accountKey } from "../../src/domain/facts/account.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { topicMessages } from "../../src/protocol/documents/messages.ts";
import type { PublicRecord } from "../../src/protocol/own/public-record.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import type { TradeChange, WayChange } from "../../src/protocol/ways/way-change.ts";
import { runScenarioText } from "../scenario/run-text.ts";

const folder = join(import.meta.dirname, "..", "..", "examples", "scenarios");
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
const ends = ["Settled", "ClosedOut", "Failed"];

type Told = {
  readonly file: string;
  readonly steps: readonly Step[];
  readonly events: readonly MarketEvent[];
  readonly changes: readonly WayChange[];
  readonly records: readonly PublicRecord[];
};

const told: readonly Told[] = files.map((file) => {
  const steps = runScenarioText(readFileSync(join(folder, file), "utf8")).taken;
  const ways = newTradeWays();
  const changes: WayChange[] = [];
  const records: PublicRecord[] = [];
  for (const [index, step] of steps.entries()) {
    const taken = takeStep(ways, step);
    changes.push(...taken.changes);
    records.push(...publicRecords(taken, index + 1, { marketId: "00", shard: 0 }));
  }
  deepEqual(
    [ways.byId.size, ways.settlements.size, ways.lots.size, ways.auctioned.size],
    [0, 0, 0, 0],
    file,
  );
  return { file, steps, events: steps.flatMap((step) => step.events), changes, records };
});

/** Those with a cycle: what settles at once has no way. */
const all = told.filter(({ changes }) => changes.length > 0);

const tradesOf = ({ changes }: Told): TradeChange[] =>
  changes.filter((change) => change.type === "Trade");

function messagesOf(told: Told, ...topics: string[]): Record<string, unknown>[] {
  return told.records
    .filter(({ topic }) => topics.includes(topic))
    .map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>);
}

function sums(entries: readonly (readonly [string, number])[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const [key, value] of entries) if (value > 0) sum.set(key, (sum.get(key) ?? 0) + value);
  return new Map([...sum].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

test("every trade with a cycle is novated once, has one end, and every share of it one fate", () => {
  let novated = 0;
  for (const told of all) {
    const trades = told.events.filter((event) => event.type === "TradeNovated");
    novated += trades.length;
    const byTrade = Map.groupBy(tradesOf(told), ({ trade }) => trade.tradeId);
    equal(byTrade.size, trades.length, told.file);
    for (const [tradeId, way] of byTrade) {
      const states = way.map(({ state }) => state);
      const words = `${tradeId}: ${states.join(", ")}`;
      const last = way.at(-1);
      equal(states[0], "Novated", tradeId);
      equal(states.filter((state) => ends.includes(state)).length, 1, words);
      ok(last !== undefined && ends.includes(last.state), words);
      const { trade, delivered, closedOut, short, boughtIn } = last;
      if (last.state === "Failed") continue;
      equal(delivered + closedOut, trade.quantity, tradeId);
      ok(boughtIn + closedOut >= short, tradeId);
    }
  }
  ok(novated > 10_000 && all.length >= files.length - 2);
});

test("the buyer's two legs come once for a trade, at its end, of what was received, and never apart", () => {
  for (const told of all) {
    const shares = messagesOf(told, "Demat_allocation", "demat-transfers");
    const cash = messagesOf(told, "Cash_movement", "cash-movements");
    const due = tradesOf(told).filter(
      ({ state, delivered }) => ends.includes(state) && state !== "Failed" && delivered > 0,
    );
    deepEqual(
      shares.map((leg) => [leg["trade_id"], leg["qty"] ?? leg["quantity"], leg["account"]]),
      due.map(({ trade, delivered, buyer }) => [
        trade.tradeId,
        delivered,
        accountKey(buyer.participant, buyer.client),
      ]),
      told.file,
    );
    deepEqual(
      cash.map((leg) => [leg["trade_id"], Math.round(Number(leg["amount"]) * 100)]),
      due.map(({ trade, delivered }) => [trade.tradeId, delivered * trade.pricePaise]),
    );
    for (const step of told.steps) ok(step.events.length < 5_000);
  }
});

test("shares short, bought in, delivered and closed out are those of the lots, receiver by receiver", () => {
  for (const told of all) {
    const netted = new Set(
      told.events.flatMap((event) =>
        event.type === "ObligationDetermined" ? [event.settlementNumber] : [],
      ),
    );
    const last = [...Map.groupBy(tradesOf(told), ({ trade }) => trade.tradeId).values()].flatMap(
      (way) => way.at(-1) ?? [],
    );
    const ofTrades = (count: (change: TradeChange) => number) =>
      sums(
        last
          .filter(({ settlementNumber }) => netted.has(settlementNumber))
          .map((change) => {
            const { settlementNumber, buyer, trade } = change;
            const account = accountKey(buyer.participant, buyer.client);
            return [`${settlementNumber} ${account} ${trade.symbol}`, count(change)];
          }),
      );
    const lots = new Map(
      told.events.flatMap((event) =>
        event.type === "ShortageFound" ? [[event.lotId, event]] : [],
      ),
    );
    const ofLots = (type: "ShortageFound" | "BoughtIn" | "ClosedOut") =>
      sums(
        told.events.flatMap((event) => {
          if (event.type !== type) return [];
          const lot = lots.get(event.lotId);
          const { participant = "", client = null } = lot?.receiver ?? {};
          const account = accountKey(participant, client);
          const name = `${lot?.settlementNumber} ${account} ${event.symbol}`;
          return [[name, event.quantity] as const];
        }),
      );
    deepEqual(
      ofTrades(({ short }) => short),
      ofLots("ShortageFound"),
      told.file,
    );
    deepEqual(
      ofTrades(({ boughtIn }) => boughtIn),
      ofLots("BoughtIn"),
      told.file,
    );
    deepEqual(
      ofTrades(({ boughtInReceived }) => boughtInReceived),
      ofLots("BoughtIn"),
      told.file,
    );
    deepEqual(
      ofTrades(({ closedOut }) => closedOut),
      ofLots("ClosedOut"),
      told.file,
    );
  }
});

test("every record is within its topic's schema and has an id of its own", () => {
  for (const told of all) {
    const ids = new Set<string>();
    for (const { topic, value, headers } of told.records) {
      const id = headers.find(([name]) => name === "sauda-id")?.[1];
      ids.add(`${topic} ${id}`);
      topicMessages.find((one) => one.topic === topic)?.schema.parse(JSON.parse(String(value)));
    }
    equal(ids.size, told.records.length, told.file);
  }
});

test("a step tells of so many trades' ends at most, however many an account had", () => {
  const three = all.find(({ file }) => file === "three-days.yaml");
  ok(three);
  const perStep = three.steps.map((step) => {
    const rows = step.events.filter((event) => event.type === "TradesConfirmed");
    return rows.reduce((sum, { count }) => sum + count, 0);
  });
  ok(Math.max(...perStep) > 100 && Math.max(...perStep) <= 1_100, `${Math.max(...perStep)}`);
});

test("each instruction ends, or stands for a reason; its last word is the market's", () => {
  for (const told of all) {
    const changes = told.changes.filter((change) => change.type === "Instruction");
    const updated = new Map(
      told.events.flatMap((event) =>
        event.type === "InstructionUpdated" ? [[event.instructionId, event]] : [],
      ),
    );
    const paid = changes.filter(({ state }) => state === "PaidIn" || state === "PaidOut");
    const last = new Map(paid.map((change) => [change.instructionId, change]));
    deepEqual(
      [...last.values()].map(({ instructionId, status, reason, settledAmount, amount }) => [
        instructionId,
        status,
        reason,
        settledAmount,
        amount,
      ]),
      [...updated.values()].map(({ instructionId, status, reason, settledAmount, amount }) => [
        instructionId,
        status,
        reason,
        settledAmount,
        amount,
      ]),
    );
    for (const { state, reason, status } of changes)
      ok(state !== "Netted" || (status === "Pending" && reason === "FUTU"));
  }
});
