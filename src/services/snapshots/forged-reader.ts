import { readLogRecord } from "../../protocol/log/log-record.ts";
import { findGenesisDifference, isTrying, type LastCause } from "../log-fold.ts";
import type { LogRecord } from "../log.ts";
import type { Manifest } from "./manifest.ts";

/**
 * What a manifest says of its place otherwise than the record at its checkpoint does, which is the
 * last that counted there; null where they agree. The chain alone proves nothing: whoever reads the
 * log can say it.
 */
export function findForged(manifest: Manifest, record: LogRecord): string | null {
  const { reader, appendedAtMs } = manifest;
  const read = readLogRecord(record.key, record.value);
  if (!read.ok || read.value === null) return "its checkpoint is no record of a market";
  const own = read.value;
  if (reader.epoch !== own.epoch) return differs("epoch", reader.epoch, own.epoch);
  if (own.type === "Claim") {
    if (reader.nonce !== own.nonce) return differs("nonce", reader.nonce, own.nonce);
    return reader.genesis && findGenesisDifference(own.genesis, reader.genesis);
  }
  const seq = own.seq + own.steps.length - 1;
  if (reader.seq !== seq) return differs("step", reader.seq, seq);
  if (appendedAtMs !== record.timestampMs) return differs("time", appendedAtMs, record.timestampMs);
  const last = own.steps.findLast((step) => !isTrying(step));
  if (last === undefined) return null;
  const cause = textOf({ ...last.cause, part: last.part, last: last.last });
  const known = reader.lastCause === null ? "none" : textOf(reader.lastCause);
  return known === cause ? null : differs("command", known, cause);
}

function textOf({ offset, digest, part, last }: LastCause): string {
  return `${offset} (${digest}) part ${part}${last ? ", the last" : ""}`;
}

function differs(what: string, found: unknown, own: unknown): string {
  return `its last ${what} is ${String(found)}, the log has ${String(own)} there`;
}
