import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  balances,
  describeMarket,
  evolveStep,
  initialMarket,
  nextDueMs,
  openOrders,
  type Market,
} from "../../src/domain/market.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { paise } from "../../src/domain/facts/units.ts";
import { completeOrders } from "../../src/protocol/log/order-record.ts";
import { logKey, marketRules } from "../../src/protocol/log/log-record.ts";
import { passTime } from "../../src/scenario/virtual-market.ts";
import { foldRecord, newLogFold, type LogFold, type Verdict } from "../../src/services/log-fold.ts";
import { account, clearingTerms, noMargin } from "../clearing-given.ts";
import { encodeSteps } from "../steps-record.ts";

/*
 * Logs that older programs wrote (commit 4fcd1e2, rules 2; e95d4b3, rules 3; the first of format 2,
 * shapes 1, in base64), a record's value a line, and the SHA-256 of what it made of them after each
 * record. Never made anew: no program of today writes the first two, and the last must be read by
 * every later one.
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
      /this program knows rules 2, 3 and 4 only/,
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

test("the recorded log of format 2 holds every kind of event, and its bytes are written so today", () => {
  const kinds = new Set<string>();
  for (const name of recorded["format-2"]) {
    const fold = newLogFold();
    for (const value of valuesOf(`format-2/${name}`)) {
      const { epoch, seq, chain } = fold;
      const verdict = foldValue(fold, value);
      if (verdict.type !== "steps") continue;
      for (const { events } of verdict.steps) for (const { type } of events) kinds.add(type);
      deepEqual(encodeSteps(epoch, seq + 1, chain, verdict.steps), value);
    }
  }
  const shapes = readFileSync(join(import.meta.dirname, "../../docs/log-shapes/1.txt"), "utf8");
  deepEqual([...kinds].toSorted(), shapes.match(/^\w+/gm)?.toSorted());
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
