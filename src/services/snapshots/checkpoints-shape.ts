import type { Genesis } from "../../protocol/log/log-record.ts";
import {
  always,
  flag,
  list,
  name,
  orNull,
  record,
  text,
  whole,
  word,
  type Shape,
} from "../../protocol/snapshot/shape.ts";
import { newLogCheckpoints, type LogCheckpoints } from "../log-checkpoints.ts";
import type { LastCause, ReaderState } from "../log-fold.ts";

const genesis = record<Genesis>({
  marketId: name,
  shard: whole(),
  shards: whole(),
  symbolMap: name,
  commandsTopicId: name,
  termsDigest: name,
  clock: word({ real: true, simulated: true }),
});

const readerState = record<ReaderState>({
  offset: whole(),
  epoch: whole(),
  nonce: orNull(name),
  seq: whole(),
  chain: text,
  lastCause: orNull(
    record<LastCause>({ offset: whole(), digest: text, part: whole(), last: flag }),
  ),
  genesis: orNull(genesis),
});

/** Where on the way a reader of the log may begin (R5). */
export const logCheckpoints: Shape<LogCheckpoints> = record<LogCheckpoints>({
  kept: list(readerState),
  keptMax: always(newLogCheckpoints().keptMax),
});
