import type { Step } from "../../domain/facts/event.ts";
import { failInvariant, timeMs } from "../../domain/facts/units.ts";
import type { Result } from "../result.ts";
import { StateReader, StateWriter, type Written } from "../snapshot/state-bytes.ts";
import { events } from "./shapes/event.ts";

/**
 * The writer's own clock when it wrote, in milliseconds, for people only (R11): beside the broker's
 * time of the record it tells a clock that is wrong. Absent in what earlier versions wrote; nothing
 * follows from it.
 */
export type WriterMs = number;

/**
 * One or more consecutive steps. `seq` numbers the first; `prev` is the chain before this record.
 */
export type StepsRecord = {
  readonly type: "Steps";
  readonly format: number;
  readonly epoch: number;
  readonly seq: number;
  readonly prev: string;
  readonly writerMs?: WriterMs;
  readonly steps: readonly Step[];
};

/** Format 2 of the log: the first byte of a record of steps, which no JSON begins with. */
export const stepsFormat = 2;
/**
 * The generation of the shapes that events are written by (docs/log-format.md). Raised with every
 * field, word and kind that is added, which says it (`since`): so what was written before is read.
 */
export const stepShapes = 2;
/** Whether a generation is one that this program reads. */
export function isKnownShapes(shapes: unknown): boolean {
  return Number.isSafeInteger(shapes) && Number(shapes) >= 1 && Number(shapes) <= stepShapes;
}

/** What to do about bytes that are newer than this program. */
export const unknownShapes: string = `this program knows shapes 1 to ${stepShapes} only; start the version that wrote the log`;

/**
 * A record of steps being written. One writer serves all records of an exchange, one after the
 * other: they are written into the same memory, and a name that comes again is a number.
 */
export type OpenSteps = {
  readonly writer: StateWriter;
  readonly countAt: number;
  end: Written;
  steps: number;
  offset: number;
  at: number;
};

/** A writer for one record after the other. */
export function newStepsWriter(): StateWriter {
  return new StateWriter({ isWhole: true });
}

/** Begins a record. */
export function openSteps(
  writer: StateWriter,
  { epoch, seq, prev, writerMs }: Omit<StepsRecord, "type" | "format" | "steps">,
): OpenSteps {
  writer.backTo({ bytes: 0, names: 0 });
  writer.count(stepsFormat);
  writer.count(stepShapes);
  writer.whole(epoch);
  writer.whole(seq);
  writer.digest(prev);
  writer.flag(writerMs !== undefined);
  if (writerMs !== undefined) writer.whole(writerMs);
  const countAt = writer.reserve();
  return { writer, countAt, end: writer.written, steps: 0, offset: 0, at: 0 };
}

/**
 * Adds a step. False where the record would pass `bytesMax`; the first step always fits. Breaks
 * where an event is not what its shape says; the record is then what it was before.
 */
export function addStep(open: OpenSteps, step: Step, bytesMax: number): boolean {
  const { writer } = open;
  writer.backTo(open.end);
  const { cause, part, last, at } = step;
  writer.after(open.offset, cause.offset);
  writer.digest(cause.digest);
  writer.count(2 * part + (last ? 0 : 1));
  writer.after(open.at, at);
  writer.momentsFrom = at;
  events.write(writer, step.events);
  const end = writer.written;
  if (open.steps > 0 && end.bytes > bytesMax) return false;
  open.end = end;
  open.steps += 1;
  open.offset = cause.offset;
  open.at = at;
  return true;
}

/** The record's bytes. */
export function closeSteps({ writer, countAt, end, steps }: OpenSteps): Buffer {
  writer.backTo(end);
  writer.fill(countAt, steps);
  return writer.copy();
}

/** Whether the value of a record of ours is steps in bytes of their own: JSON begins otherwise. */
export function isBinary(value: Buffer): boolean {
  const [first] = value;
  return first !== undefined && first < 9;
}

/** The steps of a record, of which every byte must be as `addStep` writes it. */
export function readBinarySteps(value: Buffer): Result<StepsRecord> {
  const [format] = value;
  if (format !== stepsFormat) {
    const problem = `format ${format}: this program knows formats 1 and ${stepsFormat} only`;
    return { ok: false, problem };
  }
  const reader = new StateReader(value, { at: 1 });
  try {
    const shapes = reader.count();
    if (!isKnownShapes(shapes)) return { ok: false, problem: `shapes ${shapes}: ${unknownShapes}` };
    reader.generation = shapes;
    return { ok: true, value: readRecord(reader) };
  } catch {
    const where = `at byte ${reader.at} of ${value.length}`;
    return { ok: false, problem: `our key, but its steps break off or are others ${where}` };
  }
}

function readRecord(reader: StateReader): StepsRecord {
  const epoch = reader.whole();
  const seq = reader.whole();
  const prev = reader.digest();
  const writerMs = reader.flag() ? reader.whole() : undefined;
  const steps: Step[] = [];
  let offset = 0;
  let atMs = 0;
  const count = reader.filled();
  if (count === 0) failInvariant("a record of no steps");
  for (let left = count; left > 0; left -= 1) {
    offset = reader.after(offset);
    const digest = reader.digest();
    const told = reader.count();
    const at = timeMs(reader.after(atMs));
    atMs = at;
    reader.momentsFrom = at;
    const cause = { offset, digest };
    const part = Math.floor(told / 2);
    steps.push({ cause, part, last: told % 2 === 0, at, events: events.read(reader) });
  }
  reader.close();
  const head = { type: "Steps", format: stepsFormat, epoch, seq, prev } as const;
  return writerMs === undefined ? { ...head, steps } : { ...head, writerMs, steps };
}
