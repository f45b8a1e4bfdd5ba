import { Worker } from "node:worker_threads";

/** Every batch is decided far sooner, also on a machine that is busy: the largest takes 0.1 s. */
const decidingMaxMs = 10_000;
/** How often the watch looks. It counts its own looks: a process that was paused is not late. */
const lookEveryMs = 500;

/**
 * Runs beside the thread that decides, which cannot be asked while it does. The number is odd while
 * a batch is being decided; one that stays the same and odd for too long is a command that takes
 * for ever. The process is ended as by a crash: the next writer finds out which command it was
 * (rule R10).
 */
const watch = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const { numbers, looksMax, everyMs, text } = workerData;
let [seen, looks] = [0, 0];
setInterval(() => {
  const number = Atomics.load(numbers, 0);
  looks = number % 2 !== 0 && number === seen ? looks + 1 : 0;
  seen = number;
  if (looks < looksMax) return;
  writeSync(2, text);
  process.kill(process.pid, "SIGKILL");
}, everyMs);
`;

/** Watches how long batches of commands take to be decided. Does not keep the process alive. */
export function watchDeciding(): (isDeciding: boolean) => void {
  const numbers = new Int32Array(new SharedArrayBuffer(4));
  const text = `exchange: a command takes more than ${decidingMaxMs / 1000} s to decide: ended, so that the next one finds out which\n`;
  const looksMax = decidingMaxMs / lookEveryMs;
  const workerData = { numbers, looksMax, everyMs: lookEveryMs, text };
  new Worker(watch, { eval: true, workerData }).unref();
  return () => void Atomics.add(numbers, 0, 1);
}
