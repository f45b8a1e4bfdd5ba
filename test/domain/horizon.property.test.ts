import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { isAtDoor, type Origin } from "../../src/domain/facts/origin.ts";
import { describeMarket, evolveStep, initialMarket } from "../../src/domain/market.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { play, playOne, type Sent } from "../given.ts";
import { history, scarce } from "./market-histories.ts";

const limitsOf = fc.record({
  pageEntries: fc.integer({ min: 1, max: 4 }),
  pagesMax: fc.integer({ min: 1, max: 3 }),
  charactersMax: fc.constant(1e9),
});

/** The histories' orders, each sent a while before it is decided, some long before, some after. */
const timed = fc
  .tuple(
    history,
    fc.array(fc.constantFrom(0, 0, 1, 30, 300, -20), { minLength: 60, maxLength: 60 }),
  )
  .map(([all, ages]) =>
    all.map((sent, index): Sent => {
      const { command, atMs = 0 } = sent;
      if (command.type === "Tick" || command.source === null) return sent;
      const ms = Math.max(0, atMs - (ages[index] ?? 0));
      return { command: { ...command, source: sentAt(command.source, ms) } as Command, atMs };
    }),
  );

function sentAt(source: Origin, ms: number): Origin {
  if (!isAtDoor(source)) return { ...source, timestampMs: ms };
  const { redriveOf } = source;
  if (redriveOf === null) return { ...source, receivedAtMs: ms };
  return { ...source, redriveOf: { ...redriveOf, timestampMs: ms } };
}

/** What ended of a participant's, and whether it had an id that counts. */
type Gone = { readonly participant: string; readonly id: string | null; readonly sentMs: number };

/** Rule R14, read once more: everything is kept in lists for ever, and looked at anew each time. */
class NaiveIds {
  readonly #live = new Map<string, Gone>();
  readonly #gone: Gone[] = [];
  readonly #limits: { readonly pageEntries: number; readonly pagesMax: number };

  constructor(limits: { readonly pageEntries: number; readonly pagesMax: number }) {
    this.#limits = limits;
  }

  expects(participant: string, id: string, sentMs: number): "known" | "too old" | "new" {
    const { pageEntries, pagesMax } = this.#limits;
    const pages = Math.ceil(this.#gone.length / pageEntries);
    const first = Math.max(0, pages - pagesMax) * pageEntries;
    const isIt = (each: Gone): boolean => each.participant === participant && each.id === id;
    if ([...this.#live.values()].some(isIt) || this.#gone.slice(first).some(isIt)) return "known";
    const times = this.#gone
      .slice(0, first)
      .filter((each) => each.participant === participant && each.id !== null)
      .map((each) => each.sentMs);
    return times.length > 0 && sentMs <= Math.max(...times) ? "too old" : "new";
  }

  take(event: MarketEvent, clockMs: number): void {
    const counted = (source: Origin): number =>
      isAtDoor(source) && source.redriveOf === null
        ? source.receivedAtMs
        : Math.min(timeOf(source), clockMs);
    const used = (participant: string, id: string, source: Origin): void =>
      void this.#gone.push({ participant, id, sentMs: counted(source) });
    const { type } = event;
    if (type === "OrderAccepted") {
      const { participant, clientOrderId, source, orderId } = event;
      const id = clientOrderId?.startsWith("A-") === true ? null : clientOrderId;
      this.#live.set(orderId, { participant, id, sentMs: counted(source) });
    } else if (type === "TradeExecuted") {
      for (const { orderId, leavesQuantity } of [event.buy, event.sell])
        if (orderId !== null && leavesQuantity === 0) this.#end(orderId);
    } else if (type === "OrderCanceled") {
      if (event.source !== null) used(event.participant, event.requestId, event.source);
      this.#end(event.orderId);
    } else if (type === "OrderExpired" || type === "OrderDeclined") this.#end(event.orderId);
    else if (usesIdUp(event)) used(event.participant, event.clientOrderId, event.source);
  }

  #end(orderId: string): void {
    const live = this.#live.get(orderId);
    if (live === undefined) throw new Error(`${orderId} ended twice`);
    this.#live.delete(orderId);
    this.#gone.push(live);
  }
}

type UsingUp = Extract<MarketEvent, { readonly clientOrderId: string; readonly source: Origin }>;

const refusals = ["OrderRejected", "RequestRejected", "ClearingRequestRejected"];
const requests = ["AnswerAccepted", "CancelAllDone", "Deposited", "Withdrawn", "SuspensionLifted"];

/** True for what uses its id up at once: a request, or a refusal that is not about the id. */
function usesIdUp(event: MarketEvent): event is UsingUp {
  if (!("clientOrderId" in event) || event.clientOrderId === null) return false;
  if (requests.includes(event.type)) return true;
  if (!refusals.includes(event.type) || event.clientOrderId.startsWith("A-")) return false;
  const { reason, source } = event as Extract<MarketEvent, { type: "OrderRejected" }>;
  const isRedrive = isAtDoor(source) && source.redriveOf !== null;
  const isLate = reason === "DEADLINE_PASSED" && isRedrive;
  return !isLate && !["DUPLICATE_ID", "RESERVED_ID", "TOO_OLD_TO_CHECK"].includes(reason);
}

function timeOf(source: Origin): number {
  if (!isAtDoor(source)) return source.timestampMs;
  return source.redriveOf?.timestampMs ?? source.receivedAtMs;
}

const seen = new Set<string>();

test("R14 property: what is known, too old and new is what a naive reading of the rule says", () => {
  fc.assert(
    fc.property(timed, limitsOf, (all, limits) => {
      const played = play([], scarce, { limits });
      const naive = new NaiveIds(limits);
      for (const sent of all) {
        const { command } = sent;
        const own = ownOf(command);
        const expected = own === null ? null : naive.expects(own.participant, own.id, own.sentMs);
        const events = playOne(played, sent, scarce);
        const outcome = outcomeOf(events, command);
        if (expected !== null && outcome !== null) {
          equal(outcome, expected);
          seen.add(outcome);
        }
        for (const event of events) naive.take(event, played.market.clockMs);
      }
    }),
    { numRuns: 2_000 },
  );
  deepEqual([...seen].toSorted(), ["known", "new", "too old"]);
});

function ownOf(command: Command): { participant: string; id: string; sentMs: number } | null {
  if (!("clientOrderId" in command) || command.clientOrderId === null) return null;
  const { participant, clientOrderId: id, source } = command;
  return { participant, id, sentMs: timeOf(source) };
}

/** What the market took the id for; null where it did not look: a relay's repeat, a reserved id. */
function outcomeOf(events: readonly MarketEvent[], command: Command): string | null {
  if (!("source" in command) || command.source === null) return null;
  const repeated = events.find((event) => event.type === "Repeated");
  if (repeated !== undefined) return repeated.firstSeq === null ? null : "known";
  const refused = events.find((event) => event.type.endsWith("Rejected"));
  const reason = refused !== undefined && "reason" in refused ? refused.reason : null;
  if (reason === "RESERVED_ID") return null;
  if (reason === "DUPLICATE_ID") return "known";
  return reason === "TOO_OLD_TO_CHECK" ? "too old" : "new";
}

test("R5 property: a market that forgets is the same folded, wherever reading ends, and goes on so", () => {
  fc.assert(
    fc.property(timed, limitsOf, fc.nat(), (all, limits, cut) => {
      const at = cut % (all.length + 1);
      const whole = play(all, scarce, { limits });
      const upTo = play(all.slice(0, at), scarce, { limits });
      const folded = initialMarket({ limits, hashKey: [cut, 9] });
      for (const [index, step] of asRead(upTo.steps).entries()) evolveStep(folded, step, index + 1);
      equal(describeMarket(folded), describeMarket(upTo.market));
      const later = { market: folded, steps: upTo.steps, nowMs: upTo.nowMs };
      for (const each of all.slice(at)) playOne(later, each, scarce);
      equal(describeMarket(folded), describeMarket(whole.market));
      deepEqual(asRead(later.steps), asRead(whole.steps));
    }),
    { numRuns: 300 },
  );
});

/** The steps as they come out of the log. */
function asRead(steps: readonly Step[]): Step[] {
  return JSON.parse(JSON.stringify(steps)) as Step[];
}
