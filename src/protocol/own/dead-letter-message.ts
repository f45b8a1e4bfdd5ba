import { deadLetterId } from "../../domain/facts/ids.ts";
import type { BatchCut, RecordCut } from "../../domain/facts/origin.ts";
import type { DeadLettered } from "../../domain/facts/event.ts";
import type { Draft, StepContext } from "./public-record.ts";
import { commandsTopic, deadLettersTopic } from "../topics.ts";

/** The record as it came, with where it stood and why nobody could use it. */
export function deadLetterDraft(
  context: StepContext,
  event: DeadLettered,
  eventIndex: number,
): Draft {
  const { source, original, reason, detail, cut } = event;
  const { shard, step } = context;
  // A record of `sauda.commands` itself has no source: its cause says where it stands.
  const place = source ?? { topic: commandsTopic, partition: shard, offset: step.cause.offset };
  const headers: [string, string][] = [
    ["x-original-topic", place.topic],
    ["x-original-partition", String(place.partition)],
    ["x-original-offset", String(place.offset)],
  ];
  if (source !== null) headers.push(["x-original-timestamp", String(source.timestampMs)]);
  headers.push(["x-reason", reason], ["x-detail", detail]);
  if (cut !== undefined) headers.push(...cutHeaders(cut));
  return {
    topic: deadLettersTopic,
    partition: shard,
    key: bytes(original.keyBase64),
    value: bytes(original.valueBase64),
    id: deadLetterId(shard, step, eventIndex),
    headers,
  };
}

/** Key and value are the beginning only: what the whole was. */
function cutHeaders(cut: RecordCut | BatchCut): [string, string][] {
  const parts: [string, string][] =
    "firstOffset" in cut
      ? [
          ["x-original-first-offset", String(cut.firstOffset)],
          ["x-original-packed-bytes", String(cut.packedBytes)],
        ]
      : [
          ["x-original-key-bytes", String(cut.keyBytes ?? "null")],
          ["x-original-value-bytes", String(cut.valueBytes ?? "null")],
          ["x-original-header-bytes", String(cut.headerBytes)],
        ];
  return [["x-cut", "true"], ...parts, ["x-original-sha256", cut.sha256]];
}

function bytes(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, "base64");
}
