import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { newLatencies, type Latencies } from "../src/cli/load/latencies.ts";
import { keepSchedule } from "../src/cli/load/open-loop.ts";
import { openTopicWay } from "../src/cli/load/topic-way.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import { realClock } from "../src/services/clock.ts";
import { readWaitMs } from "../src/services/log.ts";
import type { Load } from "./gateway.ts";
import { benchedBuy } from "./latency.ts";

/** The topics of the two hops: nobody else is at work on them. */
export const hops = { first: "buy-orders", second: "sell-offers" } as const;

/**
 * What two hops take without a market: the same orders in the same open loop, a process that copies
 * each topic's records to the next and does nothing else, and a reader. The market's topics are
 * made anew for it.
 */
export async function measureHops(bootstrap: string, load: Load): Promise<Latencies> {
  const { rate, seconds, warmUpSeconds } = load;
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  await log.deleteMarket(["sauda-intake", "sauda-exchange", "sauda-publisher"]);
  await log.createTopics(1);
  // A topic just made is led by nobody for a moment.
  for (const topic of Object.values(hops)) await log.bounds(topic, 0);
  const script = join(import.meta.dirname, "relay.ts");
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const relay = spawn(process.execPath, [script, bootstrap], { stdio: [...stdio] });
  const ended = new AbortController();
  const taken = newLatencies();
  const due = new Map<string, number>();
  const reader = await log.reader(hops.second, 0, 0);
  const reading = (async () => {
    while (!ended.signal.aborted) {
      const { records } = await reader.read(readWaitMs);
      const atMs = performance.now();
      for (const { value } of records) {
        const { order_id: id } = JSON.parse(String(value)) as { readonly order_id: string };
        const dueMs = due.get(id);
        if (dueMs !== undefined) taken.note(atMs - dueMs);
        due.delete(id);
      }
    }
    await reader.close();
  })();
  const way = openTopicWay(log, realClock, "flow-b", () => {});
  try {
    if (relay.stdout === null) throw new Error("broken invariant: stdout is a pipe");
    await once(relay.stdout, "data");
    const send = (name: string, seconds: number): Promise<number> =>
      keepSchedule(
        { perSecond: rate, count: rate * seconds },
        (index, dueMs) => {
          const order = benchedBuy(name, index);
          if (name !== "warm") due.set(order.message.client_order_id, dueMs);
          way.send(order, dueMs);
        },
        ended.signal,
      );
    await send("warm", warmUpSeconds);
    await send("hop", seconds);
    await realClock.sleep(1_000);
    if (due.size > 0) throw new Error(`${due.size} records did not come`);
    return taken;
  } finally {
    ended.abort();
    relay.kill("SIGKILL");
    await Promise.all([reading, way.close()]);
    await log.close();
  }
}
