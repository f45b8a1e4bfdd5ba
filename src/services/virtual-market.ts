import type { Command } from "../domain/command.ts";
import type { Step } from "../domain/event.ts";
import { decide, describeMarket, evolveStep, initialMarket, nextDueMs } from "../domain/market.ts";
import type { Market, MarketTerms } from "../domain/market.ts";
import { broken, timeMs } from "../domain/units.ts";
import { encodeCommand } from "../protocol/command-record.ts";
import { commandDigest } from "../protocol/log-record.ts";
import { uneven } from "./trial-balance.ts";

/**
 * A market of one shard on a clock that its owner moves. Every step is decided on `market` and folded into
 * `folded`, as a reader of the log would, so that the two can be compared.
 */
export type VirtualMarket = {
  readonly market: Market;
  readonly folded: Market;
  readonly terms: MarketTerms;
  /** Hears every step, right after it. `seq` counts from 1. */
  readonly onStep: (step: Step, seq: number) => void;
  steps: number;
};

/** A market before its first step. */
export function openVirtualMarket(
  terms: MarketTerms,
  onStep: VirtualMarket["onStep"],
): VirtualMarket {
  return { market: initialMarket(), folded: initialMarket(), terms, onStep, steps: 0 };
}

/**
 * Moves the clock to `untilMs`: what is due on the way is done by ticks, each at its own time, as the
 * writer sends them.
 */
export function passTime(virtual: VirtualMarket, untilMs: number): void {
  const { market } = virtual;
  for (;;) {
    const dueMs = nextDueMs(market);
    if (dueMs === null || dueMs > untilMs) return;
    const step = send(virtual, { type: "Tick" }, Math.max(dueMs, market.clockMs));
    if (step.events.length === 0 && nextDueMs(market) === dueMs)
      broken(`what is due at ${dueMs} is not done by a tick at ${step.at}`);
  }
}

/** Decides a command at a moment. Breaks where shares or cash are not conserved. */
export function send(virtual: VirtualMarket, command: Command, atMs: number): Step {
  const { market, folded, terms } = virtual;
  const offset = virtual.steps;
  const seq = offset + 1;
  const events = decide(market, command, { at: timeMs(atMs), shard: 0, offset, seq }, terms);
  const digest = commandDigest(null, encodeCommand(command));
  const cause = { offset, digest };
  const step: Step = { cause, part: 0, last: true, at: market.clockMs, events };
  virtual.steps = seq;
  evolveStep(folded, step, seq);
  const wrong = uneven(market, assetsIn(step));
  if (wrong.length > 0) broken(`step ${seq}: ${wrong.join(", ")}`);
  virtual.onStep(step, seq);
  return step;
}

/** True if the fold of the steps is the market that decided them. */
export function foldsTheSame({ market, folded }: VirtualMarket): boolean {
  return describeMarket(market) === describeMarket(folded);
}

function assetsIn(step: Step): Set<string> {
  const assets = new Set<string>();
  for (const event of step.events)
    if (event.type === "JournalPosted")
      for (const { asset } of event.journal.postings) assets.add(asset);
  return assets;
}
