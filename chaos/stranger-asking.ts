import { parentPort, workerData } from "node:worker_threads";
import { requestKinds, type Endpoint } from "./stranger-requests.ts";

// A thread of its own: what strangers ask must not hold up the measuring of honest orders.

/** So many strangers ask at a time. */
const askers = 6;
const endpoint = workerData as Endpoint;
const told = { requests: 0, wrong: [] as string[] };
let isOver = false;
parentPort?.once("message", () => {
  isOver = true;
});

async function ask(asker: number): Promise<void> {
  for (let turn = asker; turn < requestKinds.length || !isOver; turn += askers) {
    const kind = requestKinds[turn % requestKinds.length];
    if (kind === undefined) return;
    const came = await kind.send(endpoint, `bad-request-${turn}`);
    // Too many at once is an answer too.
    if (!kind.outcome.test(came) && came !== "429") told.wrong.push(`${kind.name}: ${came}`);
    told.requests += 1;
  }
}

await Promise.all(Array.from({ length: askers }, (_, asker) => ask(asker)));
parentPort?.postMessage(told);
