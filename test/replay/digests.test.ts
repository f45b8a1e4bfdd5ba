import { deepEqual } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as pause } from "node:timers/promises";
import {
  unreadableReasons,
  type Command,
  type UnreadableReason,
} from "../../src/domain/facts/command.ts";
import type { DeadLetterReason, MarketEvent } from "../../src/domain/facts/event.ts";
import type { RejectReason } from "../../src/domain/facts/reject-reason.ts";
import { fundsTypes, type FundsEvent } from "../../src/domain/facts/funds-event.ts";
import type { HaltLifted, Quarantined, Trying } from "../../src/domain/facts/halt-event.ts";
import { marginTypes, type MarginEvent } from "../../src/domain/facts/margin-event.ts";
import { shortfallTypes, type ShortfallEvent } from "../../src/domain/facts/shortfall-event.ts";
import { replayAll } from "./digests.ts";

const path = join(import.meta.dirname, "digests.txt");
const howTo = "where it is meant: UPDATE_DOCS=1 npx node --test test/replay/digests.test.ts";

const commands = new Set<string>();
const events = new Set<string>();
const refused = new Set<string>();
const deadLetters = new Set<string>();

function see(event: MarketEvent): void {
  events.add(event.type);
  if (event.type === "DeadLettered") deadLetters.add(event.reason);
  else if (event.type.endsWith("Rejected") && "reason" in event) refused.add(String(event.reason));
}

test("every recorded market writes the bytes that it always wrote: log, public records, books", async () => {
  const digests: string[] = [];
  const onCommand = ({ type }: Command): void => void commands.add(type);
  for (const line of replayAll({ onStep: (step) => step.events.forEach(see), onCommand })) {
    digests.push(line);
    await pause(); // so that this process says that it is at work
  }
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, `${digests.join("\n")}\n`);
  deepEqual(digests, readFileSync(path, "utf8").trimEnd().split("\n"), howTo);
});

// After the test before, in which they are played.
test("the recorded markets hold every kind of command and event, and every reason", () => {
  deepEqual([...commands].toSorted(), Object.keys(everyCommand).toSorted());
  deepEqual([...events].toSorted(), everyEvent.toSorted());
  deepEqual([...refused].toSorted(), Object.keys(everyRefusal).toSorted());
  deepEqual([...deadLetters].toSorted(), everyDeadLetter.toSorted());
});

/**
 * What only a market makes that a command breaks: no recorded one does;
 * test/services/quarantine.test.ts plays it.
 */
type OfQuarantine = Trying | Quarantined | HaltLifted;

const everyCommand = {
  PlaceOrder: true,
  CancelOrder: true,
  CancelAll: true,
  ModifyOrder: true,
  AnswerOrder: true,
  AffirmTrade: true,
  Unreadable: true,
  InputsMissing: true,
  Tick: true,
  OfferInAuction: true,
  PayDues: true,
  PayInEarly: true,
  Deposit: true,
  Withdraw: true,
  LiftSuspension: true,
} satisfies Record<Exclude<Command["type"], "LiftHalt">, true>;

const everyEvent = [
  ...shortfallTypes,
  ...marginTypes,
  ...fundsTypes,
  ...Object.keys({
    InstrumentListed: true,
    JournalPosted: true,
    OrderAccepted: true,
    OrderRejected: true,
    TradeExecuted: true,
    TradeSettled: true,
    OrderCanceled: true,
    CancelAllBegun: true,
    CancelAllDone: true,
    SweepBegun: true,
    SweepDone: true,
    OrderExpired: true,
    OrderDeclined: true,
    AnswerKept: true,
    AnswerAccepted: true,
    RequestRejected: true,
    Repeated: true,
    DeadLettered: true,
    InputsMissingNoted: true,
    SettlementOpened: true,
    TradeNovated: true,
    TradingDayOpened: true,
    TradingDayClosed: true,
    SettlementStageBegun: true,
    SettlementWorkDone: true,
    ObligationDetermined: true,
    MemberObligationDetermined: true,
    InstructionUpdated: true,
    TradeDelivered: true,
    TradesConfirmed: true,
    MemberPaid: true,
    SettlementCompleted: true,
    AffirmationAwaited: true,
    AffirmationAnswered: true,
    TradeAffirmed: true,
    TradeDevolved: true,
  } satisfies Record<
    Exclude<MarketEvent, ShortfallEvent | MarginEvent | FundsEvent | OfQuarantine>["type"],
    true
  >),
];

const everyRefusal = {
  RESERVED_ID: true,
  DUPLICATE_ID: true,
  TOO_OLD_TO_CHECK: true,
  DEADLINE_PASSED: true,
  NOT_SUPPORTED: true,
  UNKNOWN_PARTICIPANT: true,
  MEMBER_SUSPENDED: true,
  UNKNOWN_SYMBOL: true,
  QUANTITY_OUT_OF_RANGE: true,
  PRICE_MISSING: true,
  PRICE_DECIMALS: true,
  PRICE_OUT_OF_RANGE: true,
  PRICE_OFF_TICK: true,
  VALUE_OUT_OF_RANGE: true,
  COUNTERPARTY_NOT_ALLOWED: true,
  PRODUCT_NOT_ALLOWED: true,
  CUSTODIAN_NOT_ALLOWED: true,
  INSUFFICIENT_FUNDS: true,
  INSUFFICIENT_HOLDINGS: true,
  INSUFFICIENT_MARGIN: true,
  UNKNOWN_ORDER: true,
  ORDER_CLOSED: true,
  NOT_YOUR_ORDER: true,
  UNKNOWN_TRADE: true,
  NOT_YOUR_TRADE: true,
  AFFIRMATION_CLOSED: true,
  NO_AUCTION: true,
  DEFAULTING_MEMBER: true,
  PRICE_OUT_OF_BAND: true,
  NOTHING_DUE: true,
  DUES_OWED: true,
  NOT_SUSPENDED: true,
} satisfies Record<
  Exclude<RejectReason, "QUARANTINED" | "SYMBOL_HALTED" | "NOT_HALTED" | "TOO_MANY_FILLS">,
  true
>;

const everyDeadLetter = [
  ...unreadableReasons,
  ...Object.keys({
    NO_ORDER_WAITING: true,
    ANSWER_REPEATED: true,
    NOT_YOUR_ORDER: true,
    ORDER_CLOSED: true,
  } satisfies Record<Exclude<DeadLetterReason, UnreadableReason | "QUARANTINED">, true>),
];
