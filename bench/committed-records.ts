import { setTimeout as sleep } from "node:timers/promises";
import type { KafkaLog } from "../src/kafka/kafka-log.ts";
import { Away, Refused } from "../src/services/log-errors.ts";
import type { CommittedReader } from "../src/services/log.ts";
import type { TopicName } from "../src/protocol/topics.ts";

const readWaitMs = 500;
const againMs = 50;

/**
 * Follows a topic from an offset as a `read_committed` reader, through whatever may pass, such as a
 * broker that does not answer in time. Returns what ends it.
 */
export async function followCommitted(
  log: KafkaLog,
  topic: TopicName,
  onRecord: (value: Buffer) => void,
  from = 0,
): Promise<() => Promise<void>> {
  const reader = await log.committedReader(topic, 0, from);
  let isEnded = false;
  const reading = (async () => {
    while (!isEnded) for (const value of await readValues(reader)) onRecord(value);
  })();
  return async () => {
    isEnded = true;
    await reading;
    await reader.close();
  };
}

async function readValues(reader: CommittedReader): Promise<readonly Buffer[]> {
  try {
    const { records } = await reader.read(readWaitMs);
    return records.flatMap(({ value }) => value ?? []);
  } catch (error) {
    if (!(error instanceof Away || (error instanceof Refused && error.mayPass))) throw error;
    await sleep(againMs);
    return [];
  }
}
