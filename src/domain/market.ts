import { affirmTrade } from "./decide/clearing/affirming.ts";
import { answerOrder } from "./decide/negotiation/answering.ts";
import { cancelOrder, modifyOrder } from "./decide/order/cancelling.ts";
import { cancelAll, goOnCancelling } from "./decide/order/cancelling-all.ts";
import { firstWork } from "./state/clearing.ts";
import type { Command } from "./facts/command.ts";
import { isHalted } from "./state/halts.ts";
import { firstExpiryMs } from "./state/confirmation.ts";
import { emit, repeat, type Decision } from "./decide/decision.ts";
import type { MarketEvent, Step } from "./facts/event.ts";
import { evolve } from "./state/evolve.ts";
import { expireDue } from "./decide/tick/expiring.ts";
import { liftSuspension } from "./decide/funds/lifting-suspension.ts";
import { moveFunds } from "./decide/funds/moving-funds.ts";
import { offerInAuction } from "./decide/shortage/offering.ts";
import { payDues } from "./decide/funds/paying-dues.ts";
import { cureShort, updateMargins } from "./decide/margin/margining.ts";
import { payInEarly } from "./decide/margin/paying-in-early.ts";
import { liftHalt } from "./decide/quarantine/lifting-halt.ts";
import { placeOrder } from "./decide/order/placing.ts";
import { goOnSweeping } from "./decide/order/sweeping.ts";
import { quarantine } from "./decide/quarantine/quarantining.ts";
import { goOnSquaringOff } from "./decide/tick/squaring-off.ts";
import { settleDue } from "./decide/tick/settling.ts";
import { isTaken, type Market } from "./state/market-state.ts";
import { fillsMax } from "./facts/limits.ts";
import { remembersNothing } from "./state/remembered.ts";
import type { MarketTerms } from "./facts/terms.ts";
import { assert, failInvariant, type TimeMs } from "./facts/units.ts";

export { balances, describeMarket, listedInstruments, openOrders } from "./state/inspection.ts";
export type { AccountBalance } from "./state/inspection.ts";
export { initialMarket } from "./state/market-state.ts";
export type { Market, MarketMaking } from "./state/market-state.ts";
export { nothingToRemember } from "./state/remembered.ts";
export { localTerms } from "./facts/terms.ts";
export type { MarketTerms } from "./facts/terms.ts";

/**
 * Where and when a command is decided. `at` is the writer's clock, `offset` the command's in its
 * partition, `seq` the number its step will have, `part` which part of it this is (absent:
 * the first). `fillsMax`: tests let a part meet fewer resting orders.
 */
type DecideContext = {
  readonly at: TimeMs;
  readonly shard: number;
  readonly offset: number;
  readonly seq: number;
  readonly part?: number;
  readonly fillsMax?: number;
};

/**
 * Decides one command: returns what it causes, in order, with the market already changed by it. The
 * step's time is the market's clock afterwards: `max(clock, at)`, and of further parts that of the
 * first, since all of a command happens at one moment. Same market, command, context and
 * terms: same events. Where `hasPartsLeft` then, the same command is decided again with the next
 * part, and nothing else before (rule R10). Breaks only by a bug, and the market is then unfit
 * for use.
 */
export function decide(
  market: Market,
  command: Command,
  context: DecideContext,
  terms: MarketTerms,
): MarketEvent[] {
  const decision = begin(market, context, terms);
  assert(decision.part > 0 === hasPartsLeft(market), "a step's parts follow one another");
  if (decision.part > 0) goOn(decision, command);
  else decideOn(decision, command);
  updateMargins(decision);
  return decision.events;
}

/**
 * Refuses a command that broke every writer before, undecided, and halts what it is about (rule
 * R10). Returns the events, as `decide` does; the step is the command's last.
 */
export function refuseUndecided(
  market: Market,
  command: Command,
  context: DecideContext,
  terms: MarketTerms,
): MarketEvent[] {
  const decision = begin(market, context, terms);
  quarantine(decision, command);
  return decision.events;
}

function begin(market: Market, context: DecideContext, terms: MarketTerms): Decision {
  assert(!remembersNothing(market.remembered), "who decides remembers what has ended");
  const { part = 0 } = context;
  if (part === 0 && context.at > market.clockMs) market.clockMs = context.at;
  market.seq = context.seq;
  const cause = `${context.shard}-${context.offset}`;
  const made = { events: [], touched: [], journals: 0, trades: 0, lots: 0 };
  return { market, terms, cause, part, fillsMax: context.fillsMax ?? fillsMax, ...made };
}

/**
 * True while the step that was decided last is not whole: its next part comes before any
 * other command.
 */
export function hasPartsLeft({ cancelAll, sweep }: Market): boolean {
  return cancelAll !== null || sweep !== null;
}

/**
 * Changes the market by a step read from the log: the state `decide` left when it made the step.
 */
export function evolveStep(market: Market, step: Step, seq: number): void {
  market.clockMs = step.at;
  market.seq = seq;
  for (const event of step.events) evolve(market, event);
}

/** When the first thing is due that a `Tick` does; null where nothing waits. */
export function nextDueMs(market: Market): TimeMs | null {
  if (isHalted(market.halts, null)) return null;
  const expiryMs = firstExpiryMs(market.confirmations);
  const clearingMs = firstWork(market.clearing)?.dueMs ?? null;
  if (expiryMs === null) return clearingMs;
  return clearingMs === null || expiryMs < clearingMs ? expiryMs : clearingMs;
}

function goOn(decision: Decision, command: Command): void {
  if (command.type === "CancelAll") return goOnCancelling(decision, command);
  if (command.type === "PlaceOrder") return void goOnSweeping(decision, command);
  if (command.type !== "Tick") return failInvariant(`a ${command.type} has no parts`);
  goOnSquaringOff(decision);
  endTick(decision);
}

function decideOn(decision: Decision, command: Command): void {
  if (command.type === "Tick") return tick(decision);
  if (command.source !== null && isTaken(decision.market, command.source))
    return sayTaken(decision, command, command.source);
  switch (command.type) {
    case "PlaceOrder":
      return placeOrder(decision, command);
    case "CancelOrder":
      return cancelOrder(decision, command);
    case "CancelAll":
      return cancelAll(decision, command);
    case "ModifyOrder":
      return modifyOrder(decision, command);
    case "AnswerOrder":
      return answerOrder(decision, command);
    case "OfferInAuction":
      return offerInAuction(decision, command);
    case "PayDues":
      return payDues(decision, command);
    case "PayInEarly":
      return payInEarly(decision, command);
    case "Deposit":
    case "Withdraw":
      return moveFunds(decision, command);
    case "LiftSuspension":
      return liftSuspension(decision, command);
    case "LiftHalt":
      return liftHalt(decision, command);
    case "AffirmTrade":
      return affirmTrade(decision, command);
    case "InputsMissing": {
      const { from, to, source } = command;
      return emit(decision, { type: "InputsMissingNoted", from, to, source });
    }
    case "Unreadable": {
      const { type: _, ...letter } = command;
      return emit(decision, { type: "DeadLettered", ...letter });
    }
  }
}

function tick(decision: Decision): void {
  if (isHalted(decision.market.halts, null)) return;
  expireDue(decision);
  settleDue(decision);
  endTick(decision);
}

function endTick(decision: Decision): void {
  if (hasPartsLeft(decision.market)) return;
  if (decision.market.clearing.margins.short.size > 0) cureShort(decision);
}

/**
 * A relay sent its record again after an indeterminate append: the first time counted (rule R12).
 */
function sayTaken(
  decision: Decision,
  command: Exclude<Command, { readonly type: "Tick" }>,
  source: NonNullable<typeof command.source>,
): void {
  const isAnybodys = command.type === "Unreadable" || command.type === "InputsMissing";
  if (isAnybodys) return repeat(decision, source, null, null, null);
  repeat(decision, source, command.participant, command.clientOrderId, null);
}
