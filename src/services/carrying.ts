import type { Command } from "../domain/facts/command.ts";
import { shardOfCommand } from "../domain/facts/shard.ts";
import { commandRequestBytesMax } from "../protocol/carriage.ts";
import { encodeCommand } from "../protocol/log/command-record.ts";
import { logKey } from "../protocol/log/log-record.ts";
import { readSource } from "../protocol/sources.ts";
import { unpackable } from "../protocol/unreadable.ts";
import type { Clock } from "./clock.ts";
import { backOff, resendWaitMs, resendsMax } from "./failures.ts";
import type { Appender, OutRecord, SourceEntry } from "./log.ts";
import { Away, Refused } from "./log-errors.ts";
import { splitBySize } from "./split-by-size.ts";
import type { TopicName } from "../protocol/topics.ts";

/**
 * A partition of a topic that strangers write. `topicId` is another one when the topic was
 * made anew.
 */
export type Source = {
  readonly topic: TopicName;
  readonly topicId: string;
  readonly partition: number;
};

/**
 * Sends the chunk's commands to their shards, of which `appenders` has one each, and returns when
 * every shard has acknowledged. Throws `Away` when one does not, and `Refused` where the broker
 * will not take what it was sent.
 */
export async function carryChunk(
  source: Source,
  entries: readonly SourceEntry[],
  appenders: readonly Appender[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const byShard: OutRecord[][] = appenders.map(() => []);
  for (const entry of entries) {
    const command = toCommand(source, entry);
    const shard = shardOfCommand(command, appenders.length);
    byShard[shard]?.push({ key: logKey, value: encodeCommand(command) });
  }
  await Promise.all(
    appenders.map(async (appender, shard) => {
      const own = byShard[shard] ?? [];
      for (const request of splitBySize(own, commandRequestBytesMax, ({ value }) => value.length)) {
        if (signal.aborted) return;
        await sendCommands(clock, appender, request);
      }
    }),
  );
}

/**
 * A batch that nobody unpacks stands at its last record: the market's number of the source passes
 * all of it.
 */
function toCommand({ topic, topicId, partition }: Source, entry: SourceEntry): Command {
  const at = { topicId, topic, partition, timestampMs: entry.timestampMs };
  if ("packedBytes" in entry) {
    const { firstOffset, lastOffset, packedBytes, sha256, fault } = entry;
    const cut = { firstOffset, lastOffset, packedBytes, sha256 };
    return unpackable(cut, fault, { ...at, offset: lastOffset });
  }
  const { key, value, headers, offset } = entry;
  return readSource(topic, { key, value, headers, source: { ...at, offset } });
}

/**
 * Sends the same bytes until they are acknowledged. A doubled record is dropped by the exchange.
 */
export async function sendCommands(
  clock: Clock,
  appender: Appender,
  records: readonly OutRecord[],
): Promise<void> {
  let why = "";
  for (let sent = 0; sent <= resendsMax; sent += 1) {
    const result = await appender.append(records);
    if (result.type === "at") return;
    why = result.why;
    if (result.type === "refused" && !result.retriable)
      throw new Refused(false, `commands are refused: ${why}`);
    await clock.sleep(backOff(sent, resendWaitMs));
  }
  throw new Away(`commands are not acknowledged: ${why}`);
}
