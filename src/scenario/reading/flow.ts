import { z } from "zod";
import type { ScenarioAccount } from "./market.ts";
import { positiveRupees, symbol, whole } from "./fields.ts";
import { fieldsOf } from "./text.ts";

/** A crowd that trades by itself, by a seed: the same seed trades the same. */
export type ScenarioFlow = {
  readonly seed: number;
  readonly members: number;
  readonly clients: number;
  /** Every so many-th client is on margin; null: nobody. */
  readonly marginEvery: number | null;
  readonly symbols: readonly string[];
  /** What each client opens with: paise, and shares of each symbol. */
  readonly cashPaise: number;
  readonly sharesEach: number;
};

const count = whole.refine((value) => value >= 1, "write a whole number from 1 on");

/** The fields of `flow`. */
export const flowFields = fieldsOf({
  seed: whole,
  members: count,
  clients: count,
  margin_every: count.optional(),
  symbols: z.array(symbol, "write a list of symbols").min(1, "write at least one symbol"),
  cash: positiveRupees,
  shares: whole,
});

/** The flow as the file says it. */
export function flowOf(read: z.output<typeof flowFields>): ScenarioFlow {
  const { seed, members, clients, margin_every: marginEvery = null, symbols } = read;
  const { cash: cashPaise, shares: sharesEach } = read;
  return { seed, members, clients, marginEvery, symbols, cashPaise, sharesEach };
}

/**
 * The accounts of a flow: members `M01`, `M02`, ... with nothing, and their clients `M01/C001`,
 * `M02/C002`, ... dealt out in turn.
 */
export function flowAccounts(flow: ScenarioFlow, line: number): ScenarioAccount[] {
  const { members, clients, marginEvery, symbols, cashPaise, sharesEach } = flow;
  const empty = {
    line,
    isOfFlow: true,
    cover: "full",
    custodian: null,
    collateralPaise: 0,
  } as const;
  const memberOf = (index: number): string => named("M", (index % members) + 1, members);
  return [
    ...Array.from({ length: members }, (_, index) => ({
      ...empty,
      participant: memberOf(index),
      client: null,
      cashPaise: 0,
      holdings: new Map<string, number>(),
    })),
    ...Array.from({ length: clients }, (_, index): ScenarioAccount => ({
      ...empty,
      participant: memberOf(index),
      client: named("C", index + 1, clients),
      cover: marginEvery !== null && index % marginEvery === 0 ? "margin" : "full",
      cashPaise,
      holdings: new Map(symbols.map((each) => [each, sharesEach])),
    })),
  ];
}

/** `M07` of 20: as many digits as the last one has. */
function named(letter: string, number: number, last: number): string {
  return `${letter}${String(number).padStart(String(last).length, "0")}`;
}
