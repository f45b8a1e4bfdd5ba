import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { after, before, test } from "node:test";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { runArchive } from "../../src/cli/audit/run-archive.ts";
import { makeOutput } from "../../src/cli/output.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import {
  emptyChain,
  encodeClaim,
  logKey,
  marketRules,
  nextChain,
} from "../../src/protocol/log/log-record.ts";
import { realClock } from "../../src/services/clock.ts";
import { act, personAtTerminal, type Acted } from "./act.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";
import { memoryMarket, memoryTopics, type MemoryMarket } from "./memory-market.ts";

// Each order is one step: 1 to 4, then the cancel is the fifth.
const market: MemoryMarket = memoryMarket();

type Json = Readonly<Record<string, unknown>>;
const json = (line: string): Json => JSON.parse(line) as Json;

function audit(words: string): Promise<Acted> {
  return act(market.logClient, words.split(" "));
}

before(async () => {
  for (const line of [
    "SELLER --symbol TCS --side SELL --quantity 60 --price 3000 --client-order-id mine",
    "HDFC --client C1 --symbol TCS --side BUY --quantity 25 --price 3001 --client-order-id b-1",
    "HDFC --symbol TCS --side BUY --quantity 25 --price 2990 --client-order-id mine",
    "HDFC --symbol SBI --side BUY --quantity 1 --price 985.03 --client-order-id b-2",
  ])
    await audit(`order --participant ${line}`);
  await audit("cancel O-0-0 --participant SELLER --symbol TCS");
});
after(() => market.close());

test("verify says what a market in memory has written, as it does of Kafka's", async () => {
  const { out, code } = await audit("verify --json");
  equal(code, 0);
  const [{ type, seq, claims, waiting, commands } = {}, ...more] = out.map(json);
  deepEqual([type, seq, claims, waiting, more.length], ["verified", 5, 1, 0, 0]);
  deepEqual(commands, { next: 5, batches: 0, bytes: 0 });
  const none = memoryTopics();
  match(String((await act(none.logClient, ["verify"])).out[0]), /nothing was written yet$/);
  await none.close();
});

test("archive names the folder that it cannot write to, and asks for another", async () => {
  const { logClient } = market;
  const terminal = personAtTerminal();
  const output = makeOutput(false, terminal);
  const { signal } = new AbortController();
  const context = { logClient, terminal, output, clock: realClock, signal };
  await rejects(runArchive(context, "/dev/null", { fileMib: 1 }), {
    name: "Failure",
    message: /^\/dev\/null\/manifest.json: a part of the way is no folder; name another \(ENOTDIR/,
  });
});

test("replay prints the market as it was after a step, and at a time between two", async () => {
  const early = await audit("replay --at 1 --symbol TCS");
  deepEqual(early.out.slice(1), [
    "BALANCE SELLER TCS  free 99,99,99,940  blocked 60",
    "BALANCE opening:SELLER TCS  free -1,00,00,00,000",
    "ORDER O-0-0 SELLER SELL 60 of 60 TCS @ 3,000.00  New",
    "BOOK TCS SELL 3,000.00  60  in 1",
  ]);
  match(early.err, /shard 0: 5 events of 1 steps in .* events\/s/);
  const states = new Map<string, Json>();
  for (const at of ["0", "2", "5"]) {
    const { out } = await audit(`replay --at ${at} --json`);
    states.set(at, json(String(out[0])));
  }
  const whole = json(String((await audit("replay --json")).out[0]));
  deepEqual(whole, states.get("5"));
  deepEqual([states.get("0")?.["seq"], states.get("0")?.["at"]], [0, null]);
  const at = String(states.get("2")?.["at"]);
  const then = json(String((await audit(`replay --at ${at} --json`)).out[0]));
  ok(Number(then["seq"]) >= 2 && String(then["at"]) === at, JSON.stringify(then));
  const digests = [...states.values()].map(({ digest }) => digest);
  equal(new Set(digests).size, 3);
});

test("what a diff says changed makes the one state of the other, between all steps", async () => {
  const facts = async (seq: number): Promise<Map<string, Json>> => {
    const { out } = await audit(`replay --at ${seq} --json`);
    return new Map(
      out
        .slice(1)
        .map(json)
        .map((fact) => [keyOf(fact), fact]),
    );
  };
  const all: Map<string, Json>[] = [];
  for (let seq = 0; seq <= 5; seq += 1) all.push(await facts(seq));
  for (const [from, before] of all.entries())
    for (let to = from; to <= 5; to += 1) {
      const { out } = await audit(`replay --at ${from} --diff ${to} --json`);
      const made = new Map(before);
      for (const { before: was, after: now } of out.slice(1).map(json)) {
        if (was !== null) made.delete(keyOf(was as Json));
        if (now !== null) made.set(keyOf(now as Json), now as Json);
      }
      const sorted = (state: Map<string, Json>): Json[] =>
        [...state.keys()].toSorted().map((key) => state.get(key) ?? {});
      deepEqual(sorted(made), sorted(all[to] ?? new Map()), `${from} to ${to}`);
    }
});

function keyOf({ type, account, asset, order_id, symbol, side, price_paise, line }: Json): string {
  if (type === "price") return JSON.stringify([symbol, side, price_paise]);
  return JSON.stringify([type, account, asset, order_id, line]);
}

test("a diff for people has accounts, orders and books; only later points follow earlier ones", async () => {
  const { out } = await audit("replay --at 2 --diff 5 --account SELLER");
  match(String(out[0]), /^CHANGES {2}from step 2 to shard 0 {3}step 5 {3}.* {3}2 changed$/);
  deepEqual(out.slice(1), [
    "- ORDER O-0-0 SELLER SELL 35 of 60 TCS @ 3,000.00  PartiallyFilled",
    "~ BALANCE SELLER TCS  free 99,99,99,940  blocked 35",
    "  -> BALANCE SELLER TCS  free 99,99,99,975",
  ]);
  const back = await audit("replay --at 5 --diff 2");
  deepEqual([back.code, /--diff must be the later point/.test(back.err)], [2, true]);
});

test("points that are none are told: not a number, after the end, of no shard", async () => {
  for (const [words, code, why] of [
    ["replay --at x", 2, /give a step's number such as 1200, or 30m/],
    ["replay --at -1", 2, /--at <point>.*-1/],
    ["replay --at 2026-11-30", 2, /a time with its zone/],
    ["replay --at 6", 2, /there is no step 6 yet: shard 0 has 5, give one of 0 to 5/],
    ["replay --at 1 --diff 99", 2, /there is no step 99 yet/],
    ["replay --shard 1", 2, /--shard 1: the market has 1, from 0 on/],
    ["replay --shard x", 2, /give a shard's number/],
  ] as const) {
    const { code: ended, out, err } = await audit(words);
    deepEqual([ended, out], [code, []], words);
    match(err, why);
  }
  const later = await audit("replay --at 2999-01-01T00:00:00Z --json");
  equal(json(String(later.out[0]))["seq"], 5);
  match(later.err, /2999-01-01T00:00:00.000Z is to come: this is the market as it is now/);
  const before = await audit("replay --at 2001-01-01T00:00:00Z");
  match(String(before.out[0]), /before its first step/);
});

test("each shard numbers its own steps: a number needs --shard, a time does not", async () => {
  const log = openMemoryLog(openMemoryCluster(2), "two");
  const two = { log, shards: 2, close: () => log.close() };
  const numbered = await act(two, ["replay", "--at", "1"]);
  deepEqual([numbered.code, /add --shard <n>/.test(numbered.err)], [2, true]);
  const timed = await act(two, ["replay", "--at", "1m", "--json"]);
  const states = timed.out.map(json).filter(({ type }) => type === "state_at");
  deepEqual([timed.code, states.map(({ shard }) => shard)], [0, [0, 1]]);
  equal((await act(two, ["verify"])).out.length, 2);
  match((await act(two, ["explain", "O-7-1"])).err, /no order O-7-1 in the log's 2 shards/);
  await log.close();
});

test("explain tells an order's life with every place, its trade, and the book around each step", async () => {
  const { out, code } = await audit("explain O-0-0");
  equal(code, 0);
  const text = out.join("\n").replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T");
  equal(
    text,
    [
      "ORDER  O-0-0   SELLER   SELL 60 TCS @ 3,000.00   its id mine",
      "T  step 1",
      "  asked    sauda.orders-0@0   T",
      "  command  sauda.commands-0@0   place order, by SELLER",
      "  event    sauda.events-0@1",
      "    ORDER mine SELLER SELL 60 TCS @ 3,000.00",
      "    JOURNAL BLOCK O-0-0",
      "      SELLER TCS free -60",
      "      SELLER TCS blocked +60",
      "  book     - | -   ->   - | 3,000.00 x 60",
      "T  step 2",
      "  asked    sauda.orders-0@1   T",
      "  command  sauda.commands-0@1   place order, by HDFC",
      "  event    sauda.events-0@2",
      "    TRADE T-0-1-0-0 25 TCS @ 3,000.00: HDFC/C1 buys from SELLER",
      "    JOURNAL DVP T-0-1-0-0",
      "      HDFC/C1 INR blocked -75,000.00",
      "      SELLER INR free +75,000.00",
      "      SELLER TCS blocked -25",
      "      HDFC/C1 TCS free +25",
      "    SETTLED T-0-1-0-0 at once, shares against cash",
      "  book     - | 3,000.00 x 60   ->   - | 3,000.00 x 35",
      "T  step 5",
      "  asked    sauda.orders-0@4   T",
      "  command  sauda.commands-0@4   cancel order, by SELLER",
      "  event    sauda.events-0@5",
      "    ORDER mine canceled: 35 of 60 TCS taken out",
      "    JOURNAL RELEASE O-0-0",
      "      SELLER TCS blocked -35",
      "      SELLER TCS free +35",
      "  book     2,990.00 x 25 | 3,000.00 x 35   ->   2,990.00 x 25 | -",
    ].join("\n"),
  );
});

test("explain finds an order by its sender's id, asks whose where two have it, and says what is none", async () => {
  const both = await audit("explain mine");
  deepEqual([both.code, both.out], [2, []]);
  match(both.err, /SELLER, HDFC each have an order mine: add --participant <name>/);
  const own = await audit("explain mine --participant HDFC --json");
  const [head, step, ...more] = own.out.map(json);
  deepEqual([head?.["order_id"], more.length], ["O-0-2", 0]);
  deepEqual(step?.["command"], {
    topic: "sauda.commands",
    partition: 0,
    offset: 2,
    type: "PlaceOrder",
  });
  deepEqual([step?.["seq"], step?.["book_after"]], [3, "2,990.00 x 25 | 3,000.00 x 35"]);
  const refused = await audit("explain O-0-3");
  match(refused.out.join("\n"), /rejected: PRICE_OFF_TICK/);
  for (const id of ["nobody", "O-0-4", "o-0-0"]) {
    const none = await audit(`explain ${id}`);
    deepEqual([none.code, none.out], [1, []]);
    match(none.err, new RegExp(`no order ${id} in the log`));
  }
});

test("a step that cannot have happened stops every command, and is named by its place", async () => {
  const planted = memoryTopics();
  const head = { type: "Claim", format: 1, rules: marketRules, epoch: 1, nonce: "n" } as const;
  const claim = encodeClaim({ ...head, owner: "test", genesis });
  const chain = nextChain(emptyChain, logKey, claim);
  const cause = { offset: 0, digest: "d".repeat(64) };
  const about = { orderId: "O-none", participant: "HDFC", symbol: "SBIN", orders: 1 };
  const forged = { part: 0, last: true, at: timeMs(1), events: [{ type: "SweepDone", ...about }] };
  const steps = encodeSteps(1, 1, chain, [{ cause, ...forged } as Step]);
  const events = planted.cluster.partition("sauda.events", 0);
  for (const value of [claim, steps]) events.append([{ key: logKey, value }], 0);
  const told = /offset 1 of the log: step 1 cannot have happened: .*O-none has met/;
  for (const words of ["accounts", "orders"]) {
    const { code, err } = await act(planted.logClient, words.split(" "));
    equal(code, 3, words);
    match(err, told);
  }
  for (const words of ["replay", "explain O-none"]) {
    const { code, err } = await act(planted.logClient, words.split(" "));
    equal(code, 1, words);
    match(err, /sauda.events-0@1: expected .*found step 1 cannot have happened: .*O-none has met/);
  }
  await planted.close();
});
