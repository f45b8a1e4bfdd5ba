import { deepEqual, match, ok } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Step } from "../../src/domain/facts/event.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import { tradeStates } from "../../src/protocol/ways/way-change.ts";
import { recordedMarkets } from "../replay/markets.ts";
import { runScenarioText } from "../scenario/run-text.ts";
import { checkJournals } from "./journals.ts";
import type { ValidStep } from "./log-reading.ts";
import { checkOrders } from "./orders.ts";
import { checkPublications, type PublishedRecord } from "./publications.ts";
import { committed } from "./small-market.ts";

const folder = join(import.meta.dirname, "..", "..", "examples", "scenarios");
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

type Played = { readonly steps: ValidStep[]; readonly published: PublishedRecord[] };

/** A scenario's steps and all that is published of them. */
function play(file: string): Played {
  return publish(runScenarioText(readFileSync(join(folder, file), "utf8")).taken);
}

function publish(taken: readonly Step[]): Played {
  const ways = newTradeWays();
  const published: PublishedRecord[] = [];
  const steps = taken.map((step, index) => {
    const context = { marketId: "00".repeat(16), shard: 0 };
    for (const record of publicRecords(takeStep(ways, step), index + 1, context))
      published.push(committed(record, published.length));
    return { seq: index + 1, offset: index, step };
  });
  return { steps, published };
}

function problemsOf({ steps, published }: Played): string[] {
  const found = checkPublications([steps], published, true);
  return [...found, ...checkJournals(steps), ...checkOrders(steps)].slice(0, 5);
}

function noteStates({ published }: Played, states: Set<unknown>): void {
  for (const { topic, value } of published)
    if (topic === "sauda.settlements")
      states.add((JSON.parse(String(value)) as { state?: string }).state);
}

test("no scenario and no recorded market has problems for the checker, whatever becomes of its trades", () => {
  const states = new Set<unknown>();
  for (const file of files) {
    const played = play(file);
    deepEqual(problemsOf(played), [], file);
    noteStates(played, states);
  }
  for (const { name, play: playIt } of recordedMarkets()) {
    const taken: Step[] = [];
    playIt({ onCommand: () => {}, onStep: (step) => taken.push(step) });
    const played = publish(taken);
    deepEqual(problemsOf(played), [], name);
    noteStates(played, states);
  }
  for (const state of [...tradeStates, "Netted", "PaidIn", "PaidOut", undefined])
    ok(states.has(state), `nothing is ${state}`);
});

/** The first record of `sauda.settlements` that says so; breaks where there is none. */
function recordOf(
  { published }: Played,
  type: "Trade" | "Instruction",
  state: string,
): [index: number, record: PublishedRecord] {
  const says = (value: Buffer | null): boolean => {
    const message = JSON.parse(String(value)) as Record<string, unknown>;
    return message["type"] === type && message["state"] === state;
  };
  const index = published.findIndex(
    ({ topic, value }) => topic === "sauda.settlements" && says(value),
  );
  const record = published[index];
  if (record === undefined) throw new Error(`nothing says ${type} ${state}`);
  return [index, record];
}

function rewrite(played: Played, type: "Trade" | "Instruction", state: string, over: object): void {
  const [index, record] = recordOf(played, type, state);
  const message = { ...(JSON.parse(String(record.value)) as object), ...over };
  played.published[index] = { ...record, value: Buffer.from(JSON.stringify(message)) };
}

function remove(played: Played, type: "Trade" | "Instruction", state: string): void {
  played.published.splice(recordOf(played, type, state)[0], 1);
}

/**
 * As a publisher would that forgot what it had said: a record more, under an id and a stamp of
 * its own.
 */
function double(played: Played, type: "Trade" | "Instruction", state: string): void {
  const [index, record] = recordOf(played, type, state);
  const headers = record.headers.map(([name, value]): [string, string] => {
    const parts = value.split("/");
    return [name, name === "sauda-stamp" ? `${parts[0]}/${parts[1]}/900` : `${value}-again`];
  });
  played.published.splice(index + 1, 0, { ...record, headers });
}

/** A day on which nothing is bought in of what lacks, and one on which a part is. */
const [shortDay, boughtInDay] = ["short-closed-out.yaml", "short-bought-in.yaml"];

type Defect = readonly [what: string, spoil: (played: Played) => void, says: RegExp, file?: string];

const defects: readonly Defect[] = [
  [
    "a novation nobody hears of",
    (all) => remove(all, "Trade", "Novated"),
    /says type "Trade".*"Novated"/,
  ],
  [
    "an end nobody hears of",
    (all) => remove(all, "Trade", "ClosedOut"),
    /says type "Trade".*"ClosedOut"/,
  ],
  [
    "a netting nobody hears of",
    (all) => remove(all, "Instruction", "Netted"),
    /"Instruction".*"Netted"/,
  ],
  [
    "a pay-out nobody hears of",
    (all) => remove(all, "Instruction", "PaidOut"),
    /"Instruction".*"PaidOut"/,
  ],
  [
    "a trade's change said twice",
    (all) => double(all, "Trade", "Short"),
    /sauda.settlements says .*"Short"/,
  ],
  [
    "an instruction's change said twice",
    (all) => double(all, "Instruction", "PaidIn"),
    /sauda.settlements says .*"PaidIn"/,
  ],
  ["a wrong reason", (all) => rewrite(all, "Trade", "Short", { reason: "LACK" }), /reason "CLAC"/],
  [
    "a wrong quantity received",
    (all) => rewrite(all, "Trade", "ClosedOut", { settled_quantity: 100 }),
    /settled_quantity \d+/,
  ],
  [
    "legs of what was not received",
    (all) => rewrite(all, "Trade", "Settled", { legs: [] }),
    /legs \[\{/,
  ],
  [
    "another settlement's number",
    (all) => rewrite(all, "Trade", "Novated", { settlement_number: "M2026001" }),
    /settlement_number/,
  ],
  [
    "an end before the end",
    (all) => rewrite(all, "Trade", "PartiallySettled", { settled_at: "2026-06-02T10:00:00.000Z" }),
    /settled_at null/,
    boughtInDay,
  ],
  [
    "an instruction of another account",
    (all) => rewrite(all, "Instruction", "Netted", { account: "NOBODY" }),
    /account "/,
  ],
  [
    "paid in without its amount",
    (all) => rewrite(all, "Instruction", "PaidIn", { settled_quantity: 1, settled_paise: 1 }),
    /says type "Instruction".*"PaidIn"/,
  ],
  [
    "the other direction",
    (all) => rewrite(all, "Instruction", "PaidOut", { movement: "DELI" }),
    /movement "RECE"/,
  ],
];

for (const [what, spoil, says, file = shortDay] of defects)
  test(`the checker finds in a market with a cycle ${what}`, () => {
    const played = play(file);
    spoil(played);
    match(checkPublications([played.steps], played.published, true).join("\n"), says);
  });

test("the checker finds a leg of a short trade that tells more than was received", () => {
  const played = play(shortDay);
  const place = played.published.findIndex(({ topic }) => topic === "demat-transfers");
  const record = played.published[place];
  if (record === undefined) throw new Error("no leg");
  const leg = JSON.parse(String(record.value)) as { quantity: number };
  const value = Buffer.from(JSON.stringify({ ...leg, quantity: leg.quantity + 1 }));
  played.published[place] = { ...record, value };
  match(checkPublications([played.steps], played.published, true).join(), /demat leg is/);
});

test("the checker finds a trade that is short beyond what it bought", () => {
  const played = play(shortDay);
  const steps = JSON.parse(JSON.stringify(played.steps)) as ValidStep[];
  for (const { step } of steps)
    for (const event of step.events as unknown as { type: string; quantity: number }[])
      if (event.type === "ShortageFound") event.quantity = 1_000_000;
  match(checkPublications([steps], played.published, true).join(), /shares of .* are of no trade/);
});
