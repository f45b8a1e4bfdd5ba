import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import type { Load } from "./load.ts";

const legTopics = ["Demat_allocation", "Cash_movement", "demat-transfers", "cash-movements"];
const readWaitMs = 500;

/** Follows the legs as a committed reader does. */
type LegWatch = {
  /**
   * For each order of the load with both legs: ms from its sending to its later leg. Each
   * order once.
   */
  takeTimes(load: Load): number[];
  /** Again: nothing more. */
  close(): Promise<void>;
};

/** Follows all legs from now on. */
export async function watchLegs(bootstrap: string): Promise<LegWatch> {
  const log = openKafkaLog({ bootstrap, clientId: "leg-watch" });
  const seen = new Map<string, number[]>();
  const ended = { isEnded: false };
  const readings = legTopics.map(async (topic) => {
    const { end } = await log.bounds(topic, 0);
    const reader = await log.committedReader(topic, 0, end);
    while (!ended.isEnded) {
      const { records } = await reader.read(readWaitMs);
      for (const { value } of records) {
        const id = /"order_id":"([^"]+)"/.exec(String(value))?.[1];
        if (id !== undefined) seen.set(id, [...(seen.get(id) ?? []), performance.now()]);
      }
    }
    await reader.close();
  });
  for (const reading of readings) reading.catch(() => {}); // thrown at `close`
  return {
    takeTimes: ({ sentAtMs }) => {
      const times: number[] = [];
      for (const [id, atMs] of sentAtMs) {
        const legs = seen.get(id) ?? [];
        if (legs.length < 2) continue;
        times.push(Math.max(...legs) - atMs);
        sentAtMs.delete(id);
      }
      return times;
    },
    close: async () => {
      ended.isEnded = true;
      await Promise.all(readings);
      await log.close();
    },
  };
}
