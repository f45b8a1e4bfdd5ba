import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeOrders } from "../../bench/orders.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { localTerms, nextDueMs, type Market, type MarketTerms } from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import type { RememberedLimits } from "../../src/domain/state/remembered.ts";
import { Random } from "../../src/memory/random.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { runScenario } from "../../src/scenario/run.ts";
import { scenarioTerms } from "../../src/scenario/terms.ts";
import { openVirtualMarket, passTime, send } from "../../src/scenario/virtual-market.ts";
import { account, clearingTerms } from "../clearing-given.ts";
import { readGood } from "../scenario/run-text.ts";
import { playCrowd, type CrowdPlan } from "./crowd.ts";
import type { Heard } from "./streams.ts";
import { strangersLines } from "./strangers-lines.ts";

/** A market that is the same whenever it is played, step by step. */
export type RecordedMarket = {
  readonly name: string;
  /** Absent: those of every market. */
  readonly limits?: RememberedLimits;
  readonly play: (heard: Heard) => Market;
};

const library = join(import.meta.dirname, "..", "..", "examples", "scenarios");
/**
 * Wednesday before a bank holiday, 18 March 2026, 09:00 in India; an exchange holiday follows on
 * the 26th.
 */
const startMs = Date.parse("2026-03-18T09:00:00+05:30");
const benchOrders = 1_500;
/** So few that what comes again is often forgotten (rule R14). */
const forgetful: RememberedLimits = { pageEntries: 5, pagesMax: 4, charactersMax: 2_000 };
const cycle: MarketTerms = { ...localTerms, clearing: nseClearing };

/**
 * The library of scenarios, what the benches trade, what strangers write, and crowds that
 * do everything.
 */
export function recordedMarkets(): RecordedMarket[] {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, each) => each + 1);
  return [
    ...readdirSync(library).toSorted().map(scenario),
    { name: "bench", play: (heard) => playAll(localTerms, makeOrders(benchOrders), heard) },
    { name: "bench-T+1", play: (heard) => playAll(cycle, makeOrders(benchOrders), heard) },
    { name: "strangers", play: (heard) => playAll(localTerms, strangersCommands(), heard) },
    { name: "full-book", play: (heard) => playAll(localTerms, fullBook(), heard) },
    ...numbers(4).map((seed) => instantCrowd(seed)),
    ...numbers(8).map((seed) => clearingCrowd(seed)),
    instantCrowd(5, forgetful),
    clearingCrowd(10, forgetful),
  ];
}

function scenario(file: string): RecordedMarket {
  return {
    name: file,
    play({ onStep }) {
      const told = readGood(readFileSync(join(library, file), "utf8"));
      const newChance = (seed: number): Random => new Random(seed);
      return runScenario(told, { terms: scenarioTerms(told), newChance, onStep }).market;
    },
  };
}

/** A command a second, and then all that becomes due. */
function playAll(
  terms: MarketTerms,
  commands: readonly Command[],
  { onStep, onCommand }: Heard,
): Market {
  const virtual = openVirtualMarket(terms, onStep);
  for (const [index, command] of commands.entries()) {
    passTime(virtual, startMs + index * 1_000);
    onCommand(command);
    send(virtual, command, startMs + index * 1_000);
  }
  for (let due = nextDueMs(virtual.market); due !== null; due = nextDueMs(virtual.market))
    passTime(virtual, due);
  return virtual.market;
}

function strangersCommands(): Command[] {
  return strangersLines.map(([topic, text], offset) => {
    const source = { topicId: `id-${topic}`, topic, partition: 0, offset, timestampMs: 1 };
    return readSource(topic, {
      key: null,
      value: text === null ? null : Buffer.from(text),
      source,
    });
  });
}

/** More orders rest than two parts may take: of an order, then of a cancel-all (rule R10). */
function fullBook(): Command[] {
  const resting = makeOrders(1_400).map((order, index): Command => ({
    ...order,
    participant: "M1",
    symbol: "SBIN",
    symbolAsSent: "SBIN",
    side: "SELL",
    quantity: 1,
    pricePaise: 100_000 + 5 * (index % 7),
  }));
  const [taking] = makeOrders(1);
  const source = { topicId: "bench", topic: "sauda.orders", partition: 1, timestampMs: 0 };
  if (taking === undefined) throw new Error("the bench makes orders");
  return [
    ...resting,
    {
      ...taking,
      clientOrderId: "all",
      symbol: "SBIN",
      side: "BUY",
      quantity: 1_100,
      pricePaise: 200_000,
      source: { ...source, offset: 0 },
    },
    {
      type: "CancelAll",
      participant: "M1",
      clientOrderId: "none",
      client: null,
      symbol: null,
      source: { ...source, offset: 1 },
    },
  ];
}

/** So little cash and so few shares that orders run short; windows that time steps cross. */
function instantCrowd(seed: number, limits?: RememberedLimits): RecordedMarket {
  const terms: MarketTerms = {
    ...localTerms,
    mode: seed % 2 === 0 ? "strict" : "open",
    participants: ["A", "B", "C", "BANK"].map((participant) => ({
      participant,
      cashPaise: paise(4_000),
      sharesEach: 50,
    })),
    openingCashPaise: paise(400),
    openingShares: 6,
    answerWindowMs: 5 * 60_000,
    confirmationWindowMs: 60 * 60_000,
  };
  return crowd(`instant-crowd-${seed}`, {
    seed,
    terms,
    ...(limits === undefined ? {} : { limits }),
    holders: ["A", "A/x", "B", "C"],
    symbols: seed % 2 === 0 ? ["SBIN", "ITC"] : ["SBIN", "ZED"],
  });
}

/** Little of everything, so that everything lacks at times. */
function clearingCrowd(seed: number, limits?: RememberedLimits): RecordedMarket {
  // Shares enough to be delivered, and not even the fund has the cash for them.
  const isPoor = seed % 4 === 0;
  const wealth = { times: 1, shares: isPoor ? 300 : 9, isPoor };
  return crowd(`clearing-crowd-${seed}`, {
    ...clearingPlan(seed, wealth),
    ...(limits === undefined ? {} : { limits }),
    symbols: isPoor ? ["ZED", "ZED", "SBIN"] : everySettlement,
  });
}

/** A crowd like these that trades for years: those who have anything have it a thousandfold. */
export function lastingCrowd(deeds: number): CrowdPlan {
  const wealth = { times: 1_000, shares: 9_000, isPoor: false };
  const plan = { ...clearingPlan(7, wealth), symbols: everySettlement };
  return { ...plan, startMs, deeds, pricesPaise };
}

/** SBIN is T+1, ZED trade for trade, FAST T+0, NOW at once. */
const everySettlement = ["SBIN", "SBIN", "ZED", "FAST", "NOW"];

function clearingPlan(
  seed: number,
  { times, shares, isPoor }: { times: number; shares: number; isPoor: boolean },
): Pick<CrowdPlan, "seed" | "terms" | "holders"> {
  const few = { SBIN: shares, ZED: shares, FAST: shares, NOW: shares };
  const terms = clearingTerms({
    symbols: new Map([
      ["ZED", { settlement: "T+1", series: "BE" }],
      ["FAST", { settlement: "T+0", series: "EQ" }],
      ["NOW", { settlement: "instant", series: "EQ" }],
    ]),
    accounts: new Map([
      ["A", account("full", isPoor ? 0 : 400, { SBIN: 4 })],
      ["A/x", account("margin", 300, { SBIN: 3, ZED: 2, FAST: 2, NOW: 3 })],
      ["A/y", account("full", 900 * times, few)],
      ["B", account("margin", isPoor ? 0 : 150, { SBIN: 2 })],
      ["B/x", account("margin", 100, { SBIN: 1 })],
      ["B/z", account("margin", 0)],
      ["C", account("full", 1_000 * times, few)],
      ["C/y", account("full", 2_000 * times, few)],
      ["BANK/fund", account("full", 600 * times, few)],
    ]),
    collateral: new Map([["B", paise(seed % 2 === 0 ? 0 : 100)]]),
    guaranteeFundPaise: paise([0, 50, 400, 5_000][seed % 4] ?? 0),
    ...(seed > 4 ? { withdrawalRules: nseClearing.withdrawalRules } : {}),
    shortageRates: nseClearing.shortageRates.map((rates) => ({
      ...rates,
      auctionBandPercent: 60,
    })),
  });
  const windows = { confirmationWindowMs: 30 * 60_000, answerWindowMs: 60_000 };
  return {
    seed: 100 + seed,
    terms: { ...terms, ...windows },
    holders: ["A", "A/x", "A/y", "B", "B/x", "B/z", "C", "C/y"],
  };
}

const pricesPaise = [20, 25, 30, 30, 30, 35, 40, 60];

function crowd(
  name: string,
  plan: Omit<CrowdPlan, "startMs" | "deeds" | "pricesPaise">,
): RecordedMarket {
  const all = { ...plan, startMs, deeds: 700, pricesPaise };
  const play = (heard: Heard): Market => playCrowd(all, heard);
  const { limits } = plan;
  return limits === undefined ? { name, play } : { name: `forgetful-${name}`, limits, play };
}
