import { accountKey } from "../domain/facts/account.ts";
import { dayOf, momentOf } from "../domain/facts/calendar.ts";
import type { SettlementCompleted } from "../domain/facts/clearing-event.ts";
import type { Command } from "../domain/facts/command.ts";
import type { MarketEvent, Step } from "../domain/facts/event.ts";
import { balances, type Market, type MarketTerms } from "../domain/market.ts";
import { failInvariant } from "../domain/facts/units.ts";
import type { Expectation } from "./reading/expectation.ts";
import type { Scenario, ScenarioDay } from "./reading/scenario.ts";
import type { ScenarioStep } from "./reading/step.ts";
import {
  newOrderRecords,
  noteOrderEvent,
  type OrderRecord,
  type OrderRecords,
} from "../services/records/order-records.ts";
import {
  affirmTrade,
  answerOrder,
  cancelAll,
  cancelOrder,
  liftSuspension,
  moveFunds,
  offerInAuction,
  payDues,
  payInEarly,
  placeOrder,
} from "./commands.ts";
import { openCrowd, playCrowd } from "./crowd.ts";
import { findUnmet, type Unmet } from "./expecting.ts";
import { openFlow, type Chance, type Flow } from "./flow.ts";
import { placeOf } from "../services/step-place.ts";
import {
  foldsTheSame,
  openVirtualMarket,
  passTime,
  send,
  type VirtualMarket,
} from "./virtual-market.ts";

/** What an account will get, or owes (below zero): paise of INR, else shares. */
export type OpenDue = { readonly account: string; readonly asset: string; readonly amount: number };

/** How a run ended: the market as it is then, and the expectations that were not met. */
export type ScenarioResult = {
  readonly market: Market;
  readonly steps: number;
  /** Settlements that were completed, oldest first. */
  readonly completed: readonly SettlementCompleted[];
  /** What is due still, by account and asset. */
  readonly open: readonly OpenDue[];
  readonly expectations: number;
  readonly unmet: readonly Unmet[];
};

/**
 * What a run needs beside its scenario. `onStep` hears every step in order; `seq` counts from 1.
 */
type ScenarioWorld = {
  readonly terms: MarketTerms;
  readonly newChance: (seed: number) => Chance;
  readonly onStep: VirtualMarket["onStep"];
};

type Run = {
  readonly virtual: VirtualMarket;
  readonly steps: Step[];
  readonly events: MarketEvent[];
  readonly records: OrderRecords;
  /** Custodians of the accounts that have one, by account key. */
  readonly custodians: ReadonlyMap<string, string>;
  /** Our ids by the names that the lines gave, and who is to affirm. */
  readonly named: Map<string, { readonly orderId: string; readonly custodian: string | null }>;
  readonly unmet: Unmet[];
  expectations: number;
};

/**
 * Plays a scenario on a virtual clock, from its first line to the end of its last day, with
 * everything that becomes due on the way. Same scenario, same steps. Breaks where an asset does not
 * sum to zero after a step, or where the fold of the steps is not the market that made them.
 */
export function runScenario(scenario: Scenario, world: ScenarioWorld): ScenarioResult {
  const run = openRun(scenario, world);
  const flow = flowOf(scenario, world);
  for (const day of scenario.days) playDay(run, day, flow);
  if (!foldsTheSame(run.virtual)) failInvariant("the fold of the steps is another market");
  const { virtual, events, expectations, unmet } = run;
  const { market, steps } = virtual;
  const completed = events.filter((event) => event.type === "SettlementCompleted");
  const open = balances(market)
    .filter(({ due }) => due !== 0)
    .map(({ account, asset, due }) => ({ account, asset, amount: due }));
  return { market, steps, completed, open, expectations, unmet };
}

function openRun({ accounts }: Scenario, { terms, onStep }: ScenarioWorld): Run {
  const custodians = new Map<string, string>();
  for (const { participant, client, custodian } of accounts)
    if (custodian !== null) custodians.set(accountKey(participant, client), custodian);
  const steps: Step[] = [];
  const events: MarketEvent[] = [];
  const records = newOrderRecords(Number.MAX_SAFE_INTEGER);
  const virtual = openVirtualMarket(terms, (step, seq, market) => {
    steps.push(step);
    for (const event of step.events) {
      events.push(event);
      noteOrderEvent(records, event, placeOf(step, 0, seq, step.cause.offset));
    }
    onStep(step, seq, market);
  });
  const named: Run["named"] = new Map();
  return { virtual, steps, events, records, custodians, named, unmet: [], expectations: 0 };
}

function flowOf({ flow, accounts }: Scenario, { terms, newChance }: ScenarioWorld): Flow | null {
  if (flow === null) return null;
  const crowd = accounts.filter(({ isOfFlow, client }) => isOfFlow && client !== null);
  return openFlow(flow, crowd, terms.instruments, newChance(flow.seed));
}

function playDay(run: Run, day: ScenarioDay, flow: Flow | null): void {
  const { virtual } = run;
  const dawn = momentOf(dayOf(day.date), 0);
  const crowd = flow === null ? null : openCrowd(flow, dawn, day.trades);
  for (const step of day.steps) {
    const atMs = dawn + step.atMs;
    if (crowd !== null) playCrowd(virtual, crowd, atMs);
    passTime(virtual, atMs);
    play(run, step, atMs);
  }
  const dayEndMs = momentOf(dayOf(day.date) + 1, 0) - 1;
  if (crowd !== null) playCrowd(virtual, crowd, dayEndMs);
  if (crowd !== null && crowd.tradesLeft > 0) {
    const expected = `${day.trades} trades by the flow on ${day.date}`;
    const was = `${day.trades - crowd.tradesLeft} by 15:15`;
    run.unmet.push({ line: day.line, expected, was });
  }
  passTime(virtual, dayEndMs);
}

function play(run: Run, step: ScenarioStep, atMs: number): void {
  if (step.kind === "expect") return compare(run, step.expectations);
  if (step.kind === "affirm") return affirmAll(run, step, atMs);
  send(run.virtual, commandOf(run, step, atMs), atMs);
}

function commandOf(
  run: Run,
  step: Exclude<ScenarioStep, { readonly kind: "expect" | "affirm" }>,
  atMs: number,
): Command {
  const name = `L${step.line}`;
  switch (step.kind) {
    case "order":
      return placeOrder({ ...step, custodian: nameOrder(run, step) }, atMs);
    case "cancel":
      return cancelOrder(orderOf(run, step.order), name, atMs);
    case "answer":
      return answerOrder(orderOf(run, step.order), step.answer, name, atMs);
    case "offer":
      return offerInAuction(step, name, atMs);
    case "payInEarly":
      return payInEarly(step, name, atMs);
    case "payDues":
      return payDues(step, name, atMs);
    case "moveFunds":
      return moveFunds(step, name, atMs);
    case "liftSuspension":
      return liftSuspension(step.participant, name, atMs);
    case "cancelAll":
      return cancelAll(step, name, atMs);
  }
}

/** Keeps the name of the order that comes next. Returns who is to affirm its trades. */
function nameOrder(
  { virtual, named, custodians }: Run,
  { account, name, custodian: given }: Extract<ScenarioStep, { readonly kind: "order" }>,
): string | null {
  const custodian =
    given ?? custodians.get(accountKey(account.participant, account.client)) ?? null;
  named.set(name, { orderId: `O-0-${virtual.steps}`, custodian });
  return custodian;
}

function compare(run: Run, expectations: readonly Expectation[]): void {
  for (const expectation of expectations) {
    const unmet = findUnmet(expectation, {
      market: run.virtual.market,
      steps: run.steps,
      events: run.events,
      findOrder: (order) => findOrder(run, order),
    });
    run.expectations += 1;
    if (unmet !== null) run.unmet.push(unmet);
  }
}

/** The custodian's word on every trade that the order has made so far. */
function affirmAll(
  run: Run,
  { order, answer, line }: Extract<ScenarioStep, { kind: "affirm" }>,
  atMs: number,
): void {
  const record = orderOf(run, order);
  // An order without a custodian waits for nobody; its member's word is refused like anybody's.
  const custodian = run.named.get(order)?.custodian ?? record.participant;
  for (const [index, tradeId] of record.tradeIds.entries()) {
    const name = `L${line}-${index + 1}`;
    send(run.virtual, affirmTrade(record, tradeId, { custodian, answer }, name, atMs), atMs);
  }
}

function findOrder({ records, named }: Run, name: string): OrderRecord | undefined {
  const made = named.get(name);
  return made === undefined ? undefined : records.byId.get(made.orderId);
}

/** The reader lets a line mean only an order of a line above. */
function orderOf(run: Run, name: string): OrderRecord {
  return findOrder(run, name) ?? failInvariant(`no order is named ${name}`);
}
