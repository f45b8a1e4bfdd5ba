import { sideName, type AwaitedSide } from "../../domain/facts/affirmation.ts";
import type { TradeDevolved } from "../../domain/facts/affirmation-event.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { Participant } from "../../domain/facts/units.ts";
import { Fifo } from "../fifo.ts";
import { noteForgotten, type Forgotten } from "./forgotten.ts";
import type { StepPlace } from "../step-place.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/**
 * A side of a trade that a custodian is to affirm, and what became of it. `place`: the
 * trade's step.
 */
export type AffirmationRecord = AwaitedSide & {
  readonly place: StepPlace;
  status: "AwaitingAffirmation" | "Affirmed" | "Devolved";
  /** Why it devolved. */
  reason: TradeDevolved["reason"] | null;
  /** The custodian's words for its no. */
  text: string | null;
  /** The step of its end; null: it waits. */
  endPlace: StepPlace | null;
};

/**
 * Sides by `sideName`, and by custodian, oldest first. Ended ones are let go of, oldest first,
 * above the number kept; those that wait never.
 */
export type AffirmationRecords = {
  readonly byName: Map<string, AffirmationRecord>;
  readonly ofCustodian: Map<Participant, Set<AffirmationRecord>>;
  readonly ended: Fifo<AffirmationRecord>;
  readonly keptMax: number;
  readonly forgotten: Forgotten;
};

/** No sides yet; `keptMax` ended ones are kept. */
export function newAffirmationRecords(keptMax: number): AffirmationRecords {
  return {
    byName: new Map(),
    ofCustodian: new Map(),
    ended: new Fifo(),
    keptMax,
    forgotten: new Map(),
  };
}

/** Notes what an event says about sides that wait for custodians. */
export function noteAffirmation(
  records: AffirmationRecords,
  event: MarketEvent,
  place: StepPlace,
): void {
  if (event.type === "AffirmationAwaited") {
    const { type: _, ...side } = event;
    add(records, side, place);
  } else if (event.type === "AffirmationAnswered") {
    const record = records.byName.get(sideName(event.tradeId, event.side));
    if (record !== undefined) record.text = event.reason;
  } else if (event.type === "TradeAffirmed")
    end(records, event, { status: "Affirmed", reason: null }, place);
  else if (event.type === "TradeDevolved")
    end(records, event, { status: "Devolved", reason: event.reason }, place);
}

function add(records: AffirmationRecords, side: AwaitedSide, place: StepPlace): void {
  const record: AffirmationRecord = {
    ...side,
    place,
    status: "AwaitingAffirmation",
    reason: null,
    text: null,
    endPlace: null,
  };
  records.byName.set(sideName(side.tradeId, side.side), record);
  getOrMake(records.ofCustodian, side.custodian, () => new Set()).add(record);
}

function end(
  records: AffirmationRecords,
  { tradeId, side }: Pick<AwaitedSide, "tradeId" | "side">,
  outcome: Pick<AffirmationRecord, "status" | "reason">,
  endPlace: StepPlace,
): void {
  const record = records.byName.get(sideName(tradeId, side));
  if (record === undefined) return;
  Object.assign(record, outcome, { endPlace });
  records.ended.push(record);
  if (records.ended.size <= records.keptMax) return;
  const oldest = records.ended.shift();
  if (oldest !== undefined) forget(records, oldest);
}

function forget(records: AffirmationRecords, old: AffirmationRecord): void {
  noteForgotten(records.forgotten, old.place);
  records.byName.delete(sideName(old.tradeId, old.side));
  records.ofCustodian.get(old.custodian)?.delete(old);
}
