import { parentPort, workerData } from "node:worker_threads";
import { requestKinds } from "./stranger-requests.ts";
import type { Door } from "./stranger-requests.ts";

// A thread of its own: what strangers ask must not hold up the measuring of honest orders.

/** So many strangers ask at a time. */
const lanes = 6;
const door = workerData as Door;
const told = { requests: 0, wrong: [] as string[] };
let isOver = false;
parentPort?.once("message", () => {
  isOver = true;
});

async function ask(lane: number): Promise<void> {
  for (let turn = lane; turn < requestKinds.length || !isOver; turn += lanes) {
    const kind = requestKinds[turn % requestKinds.length];
    if (kind === undefined) return;
    const came = await kind.send(door, `bad-request-${turn}`);
    // Too many at once is an answer too.
    if (!kind.outcome.test(came) && came !== "429") told.wrong.push(`${kind.name}: ${came}`);
    told.requests += 1;
  }
}

await Promise.all(Array.from({ length: lanes }, (_, lane) => ask(lane)));
parentPort?.postMessage(told);
