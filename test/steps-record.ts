import type { Step } from "../src/domain/facts/event.ts";
import { emptyChain, logKey, readLogRecord } from "../src/protocol/log/log-record.ts";
import { addStep, closeSteps, newStepsWriter, openSteps } from "../src/protocol/log/steps-bytes.ts";

const writer = newStepsWriter();

/** A whole record of steps at once. */
export function encodeSteps(
  epoch: number,
  seq: number,
  prev: string,
  steps: readonly Step[],
): Buffer {
  const open = openSteps(writer, { epoch, seq, prev });
  for (const step of steps) addStep(open, step, Infinity);
  return closeSteps(open);
}

/** How many bytes the step takes in the log, alone in its record. */
export function stepBytes(step: Step): number {
  return encodeSteps(1, 1, emptyChain, [step]).length;
}

/** What a record of the log says, as JSON. */
export function logText(value: Buffer | null): string {
  const read = readLogRecord(logKey, value);
  return JSON.stringify(read.ok ? read.value : read.problem);
}
