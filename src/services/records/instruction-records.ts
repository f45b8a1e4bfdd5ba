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
  listInstruction(records, record);
  const oldest = oldestOf(records.all);
  if (records.byId.size > records.keptMax && oldest !== undefined) forget(records, oldest);
}

/** Lists the newest instruction that is kept wherever it is looked for. */
export function listInstruction(
  { byId, all, ofParticipant }: InstructionRecords,
  record: InstructionRecord,
): void {
  byId.set(instructionKey(record), record);
  arrive(all, record);
  arriveAt(ofParticipant, record.participant, record);
}

/** The instruction of a shard, as far as it is kept. */
export function findInstruction(
  { byId }: InstructionRecords,
  shard: number,
  instructionId: string,
): InstructionRecord | undefined {
  return byId.get(instructionKey({ shard, instructionId }));
}

function forget({ byId, all, ofParticipant }: InstructionRecords, old: InstructionRecord): void {
  byId.delete(instructionKey(old));
  depart(all, old);
  departFrom(ofParticipant, old.participant, old);
}

/** Names an instruction among those of all shards. */
export function instructionKey({
  shard,
  instructionId,
}: Pick<InstructionRecord, "shard" | "instructionId">): string {
  return `${shard} ${instructionId}`;
}
