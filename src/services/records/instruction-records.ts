import type { InstructionChange } from "../../protocol/ways/way-change.ts";
import {
  arrive,
  arriveAt,
  depart,
  departFrom,
  newArrivals,
  oldestOf,
  type Arrivals,
  type ArrivalsByKey,
} from "./arrivals.ts";
import type { PlacedChange } from "../step-place.ts";

/**
 * What an account delivers or receives of an asset in a settlement of a shard, and how it came to
 * be so.
 */
export type InstructionRecord = {
  readonly arrival: number;
  readonly shard: number;
  readonly instructionId: string;
  readonly participant: string;
  /** Oldest first; at least one. */
  readonly changes: PlacedChange<InstructionChange>[];
};

/** Instructions by shard and id, oldest first. The oldest is let go of above the number kept. */
export type InstructionRecords = {
  readonly byId: Map<string, InstructionRecord>;
  readonly all: Arrivals<InstructionRecord>;
  readonly ofParticipant: ArrivalsByKey<InstructionRecord>;
  readonly keptMax: number;
  /** How many have come. */
  came: number;
};

/** No instructions yet; `keptMax` are kept. */
export function newInstructionRecords(keptMax: number): InstructionRecords {
  return { byId: new Map(), all: newArrivals(), ofParticipant: new Map(), keptMax, came: 0 };
}

/** Notes that an instruction has changed. */
export function noteInstruction(
  records: InstructionRecords,
  placed: PlacedChange<InstructionChange>,
): void {
  const { instructionId, participant } = placed.change;
  const { shard } = placed.place;
  const known = findInstruction(records, shard, instructionId);
  if (known !== undefined) {
    known.changes.push(placed);
    return;
  }
  records.came += 1;
  const record = { arrival: records.came, shard, instructionId, participant, changes: [placed] };
  records.byId.set(keyOf(shard, instructionId), record);
  arrive(records.all, record);
  arriveAt(records.ofParticipant, participant, record);
  const oldest = oldestOf(records.all);
  if (records.byId.size > records.keptMax && oldest !== undefined) forget(records, oldest);
}

/** The instruction of a shard, as far as it is kept. */
export function findInstruction(
  { byId }: InstructionRecords,
  shard: number,
  instructionId: string,
): InstructionRecord | undefined {
  return byId.get(keyOf(shard, instructionId));
}

function forget({ byId, all, ofParticipant }: InstructionRecords, old: InstructionRecord): void {
  byId.delete(keyOf(old.shard, old.instructionId));
  depart(all, old);
  departFrom(ofParticipant, old.participant, old);
}

function keyOf(shard: number, instructionId: string): string {
  return `${shard} ${instructionId}`;
}
