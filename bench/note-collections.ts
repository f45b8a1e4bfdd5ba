import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GCProfiler } from "node:v8";

// Loaded into a service before its own code (`--import`): each second it writes down what the
// service has allocated and what collecting it took, into a file by its pid.

/** Since a process began. */
export type Collections = {
  /** Bytes of objects, as V8 counts them; memory of buffers is outside its heap, and not in it. */
  readonly allocatedBytes: number;
  /** Microseconds that the process stood still for the collector; its helper threads are not in. */
  readonly stoodStillUs: number;
};

const folder = process.env["SAUDA_BENCH_COLLECTIONS"] ?? "";
const profiler = new GCProfiler();
let [allocatedBytes, stoodStillUs, usedBytes] = [0, 0, process.memoryUsage().heapUsed];

function note(): void {
  for (const { beforeGC, afterGC, cost } of profiler.stop().statistics) {
    allocatedBytes += beforeGC.heapStatistics.usedHeapSize - usedBytes;
    usedBytes = afterGC.heapStatistics.usedHeapSize;
    stoodStillUs += cost;
  }
  profiler.start();
  const nowBytes = process.memoryUsage().heapUsed;
  allocatedBytes += nowBytes - usedBytes;
  usedBytes = nowBytes;
  const path = join(folder, String(process.pid));
  writeFileSync(`${path}.new`, JSON.stringify({ allocatedBytes, stoodStillUs }));
  renameSync(`${path}.new`, `${path}.json`);
}

if (process.argv.includes("--json") && folder !== "") {
  profiler.start();
  setInterval(note, 1000).unref();
}
