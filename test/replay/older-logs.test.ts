import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Command } from "../../src/domain/facts/command.ts";
import {
  balances,
  decide,
  describeMarket,
  evolveStep,
  hasPartsLeft,
  initialMarket,
  localTerms,
  nextDueMs,
  openOrders,
  type Market,
} from "../../src/domain/market.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { completeOrders } from "../../src/protocol/log/order-record.ts";
import { logKey, marketRules } from "../../src/protocol/log/log-record.ts";
import { stepShapes } from "../../src/protocol/log/steps-bytes.ts";
import { passTime } from "../../src/scenario/virtual-market.ts";
import { foldRecord, newLogFold, type LogFold, type Verdict } from "../../src/services/log-fold.ts";
import { kindsOf } from "../checker/shape-text.ts";
import { account, clearingTerms, noMargin } from "../clearing-given.ts";
import { buy, sell } from "../given.ts";
import { encodeSteps } from "../steps-record.ts";

/*
 * Logs that older programs wrote (commit 4fcd1e2, rules 2; e95d4b3, rules 3; a50c427, rules 4; the
 * first of format 2, shapes 1, in base64), a record's value a line, and the SHA-256 of what it made
 * of them after each record. Never made anew: no program of today writes the first three, and the
 * last must be read by every later one.
 */
const recorded = {
  "rules-2": ["half-paid-out", "freed", "crowd"],
  "rules-3": ["instant-crowd", "clearing-crowd"],
  "format-2": [
    "quarantine",
    "instant-crowd-2",
    "after-the-close",
    "cash-default",
    "short-bought-in",
    "devolved-trade",
    "strangers",
    "margin",
    "square-off",
    "short-closed-out",
    "clearing-crowd-8",
    "clearing-crowd-4",
  ],
  "rules-4": ["refused-sweep"],
} as const;

for (const [rules, names] of Object.entries(recorded))
  test(`a log of ${rules} is folded to the market that it was to its own program`, () => {
    const digests = names.flatMap((name) => {
      const market = initialMarket();
      const lines: string[] = [];
      for (const seq of foldInto(market, valuesOf(`${rules}/${name}`)))
        lines.push(`${digestOf(market)}  ${name}/${seq}`);
      return lines;
    });
    deepEqual(digests, digestsOf(rules));
  });

test("what a log of rules 3 made ended is remembered as far as the limits go, whoever reads it how", () => {
  const limits = { pageEntries: 7, pagesMax: 3, charactersMax: 1_500 };
  const [market, again] = [initialMarket({ limits }), initialMarket({ limits })];
  const values = valuesOf("rules-3/instant-crowd");
  for (const _ of foldInto(market, values));
  const steps = values.slice(1).flatMap((value) => parsed(value).steps);
  steps.forEach(completeOrders);
  for (const [index, step] of steps.entries()) evolveStep(again, step, index + 1);
  equal(describeMarket(market), describeMarket(again));
  const lines = describeMarket(market).split("\n");
  ok(lines.some((line) => line.startsWith("horizon A ")));
  ok(lines.filter((line) => line.startsWith("ended ")).length <= 21);
});

test("an order that a program of rules 4 refused for too many fills is repeated, and one like it trades in parts", () => {
  const market = initialMarket();
  for (const _ of foldInto(market, valuesOf("rules-4/refused-sweep")));
  const steps = 2_000;
  const [seller, resting] = ["SELLER", 1_001];
  const send = (command: Command, index: number): readonly string[] => {
    const kinds: string[] = [];
    const offset = steps + index;
    for (let part = 0; part === 0 || hasPartsLeft(market); part += 1) {
      const context = { at: market.clockMs, shard: 0, offset, seq: offset, part };
      const events = decide(market, command, context, localTerms);
      kinds.push(...events.map(({ type }) => type), "part");
    }
    return kinds;
  };
  const own = (offset: number) => ({
    source: { topicId: "later", topic: "sauda.orders", partition: 0, offset, timestampMs: 8 },
  });
  deepEqual(send({ ...buy("big", 1_001, 985_00), ...own(0) }, 0), ["Repeated", "part"]);
  for (let n = 1; n <= resting; n += 1)
    send({ ...sell(`new${n}`, 1, 980_00, { participant: seller }), ...own(n) }, n);
  const kinds = send({ ...buy("bigger", 1_001, 980_00), ...own(5_000) }, 5_000);
  equal(kinds.filter((kind) => kind === "TradeExecuted").length, 1_001);
  equal(kinds.filter((kind) => kind === "part").length, 2);
});

test("a pay-out that an older program left half done is ended as that program ended it", () => {
  const end = digestsOf("rules-2").find((line) => line.includes("  half-paid-out/352"));
  const read = initialMarket();
  let isHalf = false;
  for (const steps of foldInto(read, valuesOf("rules-2/half-paid-out"))) {
    if (steps < 341) continue; // orders still come
    const { settlements, shortfalls } = read.clearing;
    isHalf ||= settlements.size > 0 && shortfalls.debts.size > 0;
    const [market, folded] = [structuredClone(read), structuredClone(read)];
    passTime({ market, folded, terms, steps, onStep: () => {} }, Infinity);
    equal(`${digestOf(market)}  half-paid-out/352`, end, `from step ${steps} on`);
  }
  ok(isHalf, "debts are said and shares are not delivered yet after one of the steps");
});

test("a log goes on under a newer program's claim, which an older program does not know", () => {
  const fold = newLogFold();
  const values = valuesOf("rules-2/crowd");
  for (const value of values) foldValue(fold, value);
  const claim = { ...parsed(values[0]), epoch: 2, rules: marketRules };
  for (const rules of [1, marketRules + 1]) {
    const verdict = foldValue(fold, Buffer.from(JSON.stringify({ ...claim, rules })));
    match(
      verdict.type === "stop" ? verdict.why : verdict.type,
      /this program knows rules 2, 3, 4 and 5 only/,
    );
  }
  equal(foldValue(fold, Buffer.from(JSON.stringify(claim))).type, "claim");
});

test("a log that begins in format 1 goes on in format 2 under the next claim, to the same market", () => {
  for (const name of recorded["rules-3"]) {
    const values = valuesOf(`rules-3/${name}`);
    const half = Math.floor(values.length / 2);
    const [fold, market] = [newLogFold(), initialMarket()];
    const take = (value: Buffer): void => {
      const verdict = foldValue(fold, value);
      if (verdict.type === "stop") throw new Error(verdict.why);
      for (const [index, step] of verdict.type === "steps" ? verdict.steps.entries() : [])
        evolveStep(market, step, verdict.type === "steps" ? verdict.seq + index : 0);
    };
    values.slice(0, half).forEach(take);
    const claim = { ...parsed(values[0]), epoch: 2, rules: marketRules, format: 2, shapes: 1 };
    take(Buffer.from(JSON.stringify(claim)));
    for (const value of values.slice(half)) {
      const { steps } = parsed(value);
      steps.forEach(completeOrders);
      take(encodeSteps(fold.epoch, fold.seq + 1, fold.chain, steps));
    }
    ok(digestsOf("rules-3").includes(`${digestOf(market)}  ${name}/${fold.seq}`));
  }
});

test("the recorded log of format 2 holds every kind of event, and but for the generation its bytes are written so today", () => {
  const kinds = new Set<string>();
  for (const name of recorded["format-2"]) {
    const fold = newLogFold();
    for (const value of valuesOf(`format-2/${name}`)) {
      const { epoch, seq, chain } = fold;
      const verdict = foldValue(fold, value);
      if (verdict.type !== "steps") continue;
      for (const { events } of verdict.steps) for (const { type } of events) kinds.add(type);
      const today = encodeSteps(epoch, seq + 1, chain, verdict.steps);
      equal(today[1], stepShapes);
      deepEqual(today.fill(1, 1, 2), value);
    }
  }
  deepEqual([...kinds].toSorted(), kindsOf(1));
});

/** Those that it was played under. Nobody but R has anything, and nobody steps in. */
const terms = clearingTerms({
  accounts: new Map([
    ...Array.from({ length: 340 }, (_, each) => [`M${each}`, account("margin", 0)] as const),
    ["R", account("full", 0, { SBIN: 340 })],
  ]),
  marginRates: noMargin,
  guaranteeFundPaise: paise(0),
  collateral: new Map(),
});

function digestsOf(rules: string): string[] {
  const path = join(import.meta.dirname, rules, "digests.txt");
  return readFileSync(path, "utf8").trimEnd().split("\n");
}

function valuesOf(name: string): Buffer[] {
  const path = join(import.meta.dirname, `${name}.log.gz`);
  const text = gunzipSync(readFileSync(path)).toString("utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => Buffer.from(line, line.startsWith("{") ? "utf8" : "base64"));
}

function parsed(value: Buffer | undefined): { readonly steps: Step[] } {
  return JSON.parse(String(value)) as { readonly steps: Step[] };
}

function foldValue(fold: LogFold, value: Buffer): Verdict {
  const record = { offset: fold.offset, timestampMs: 0, isControl: false };
  return foldRecord(fold, { ...record, key: logKey, value });
}

/** Folds the log; gives the number of the last step after each record that has some. */
function* foldInto(market: Market, values: readonly Buffer[]): Generator<number> {
  const fold = newLogFold();
  for (const value of values) {
    const verdict = foldValue(fold, value);
    if (verdict.type === "claim") continue;
    if (verdict.type !== "steps") throw new Error(`${fold.offset} is no step: ${verdict.type}`);
    for (const [index, step] of verdict.steps.entries())
      evolveStep(market, step, verdict.seq + index);
    yield fold.seq;
  }
}

/** Of what every program can tell: balances, live orders, and what is due next. */
function digestOf(market: Market): string {
  const facts = [
    ...balances(market).map(({ account: of, asset, free, blocked, transit, due }) =>
      [of, asset, free, blocked, transit, due].join(" "),
    ),
    ...openOrders(market).map((order) =>
      [order.orderId, order.leavesQuantity, order.status].join(" "),
    ),
    `next ${nextDueMs(market)}`,
  ];
  return createHash("sha256").update(facts.join("\n")).digest("hex");
}
