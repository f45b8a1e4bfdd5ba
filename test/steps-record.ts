import { addStep, closeSteps, openSteps } from "../src/protocol/log/log-record.ts";

/** A whole record of encoded steps at once. */
export function encodeSteps(
  epoch: number,
  seq: number,
  prev: string,
  steps: readonly string[],
): Buffer {
  const open = openSteps(Buffer.allocUnsafe(4096), { epoch, seq, prev });
  open.scratch = Buffer.concat([open.scratch], 4096 + steps.join().length * 3);
  for (const step of steps) addStep(open, step, Infinity);
  return closeSteps(open);
}
