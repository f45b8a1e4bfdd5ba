import type { Command } from "../domain/facts/command.ts";
import type { Step } from "../domain/facts/event.ts";
import {
  decide,
  describeMarket,
  evolveStep,
  hasPartsLeft,
  initialMarket,
  nextDueMs,
  type Market,
  type MarketTerms,
} from "../domain/market.ts";
import { failInvariant, timeMs } from "../domain/facts/units.ts";
import { encodeCommand } from "../protocol/log/command-record.ts";
import { commandDigest } from "../protocol/log/log-record.ts";
import { uneven } from "../services/trial-balance.ts";

/**
 * A market of one shard on a clock that its owner moves. Every step is decided on `market` and
 * folded into `folded`, as a reader of the log would, so that the two can be compared.
 */
export type VirtualMarket = {
  readonly market: Market;
  readonly folded: Market;
  readonly terms: MarketTerms;
  /** Hears every step, right after it, and which market decided it. `seq` counts from 1. */
  readonly onStep: (step: Step, seq: number, market: Market) => void;
  steps: number;
};

/** A market before its first step; `making` as of `initialMarket`. */
export function openVirtualMarket(
  terms: MarketTerms,
  onStep: VirtualMarket["onStep"],
  making: Parameters<typeof initialMarket>[0] = {},
): VirtualMarket {
  const [market, folded] = [initialMarket(making), initialMarket(making)];
  return { market, folded, terms, onStep, steps: 0 };
}

/**
 * Moves the clock to `untilMs`: what is due on the way is done by ticks, each at its own time, as
 * the writer sends them.
 */
export function passTime(virtual: VirtualMarket, untilMs: number): void {
  const { market } = virtual;
  for (;;) {
    const dueMs = nextDueMs(market);
    if (dueMs === null || dueMs > untilMs) return;
    const step = send(virtual, { type: "Tick" }, Math.max(dueMs, market.clockMs));
    if (step.events.length === 0 && nextDueMs(market) === dueMs)
      failInvariant(`what is due at ${dueMs} is not done by a tick at ${step.at}`);
  }
}

/**
 * Decides a command at a moment, part by part (rule R10), and returns its last part. Breaks where
 * shares or cash are not conserved.
 */
export function send(virtual: VirtualMarket, command: Command, atMs: number): Step {
  const cause = {
    offset: virtual.steps,
    digest: commandDigest(null, encodeCommand(command)),
  };
  for (let part = 0; ; part += 1) {
    const step = sendPart(virtual, command, atMs, { cause, part });
    if (step.last) return step;
  }
}

function sendPart(
  virtual: VirtualMarket,
  command: Command,
  atMs: number,
  { cause, part }: Pick<Step, "cause" | "part">,
): Step {
  const { market, folded, terms } = virtual;
  const seq = virtual.steps + 1;
  const context = { at: timeMs(atMs), shard: 0, offset: cause.offset, seq, part };
  const events = decide(market, command, context, terms);
  const step: Step = { cause, part, last: !hasPartsLeft(market), at: market.clockMs, events };
  virtual.steps = seq;
  evolveStep(folded, step, seq);
  const wrong = uneven(market, assetsIn(step));
  if (wrong.length > 0) failInvariant(`step ${seq}: ${wrong.join(", ")}`);
  virtual.onStep(step, seq, market);
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
