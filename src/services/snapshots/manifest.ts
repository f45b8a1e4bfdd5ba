import { isGenesis, marketRules } from "../../protocol/log/log-record.ts";
import { digestOf } from "../../protocol/snapshot/digest.ts";
import type { Result } from "../../protocol/result.ts";
import type { LastWriter } from "../broker-time.ts";
import type { Attempts } from "../writing/attempts.ts";
import type { Checkpoint, LastCause, ReaderState } from "../log-fold.ts";
import { stateParts, stateShape, type StatePart } from "./state.ts";

/** The version of what a snapshot is made of besides the state: keys and manifest. */
const snapshotFormat = 1;

/** A part of a snapshot's state: its pieces, by number, and what they come to together. */
export type PartSize = {
  readonly first: number;
  readonly chunks: number;
  readonly bytes: number;
  /** SHA-256 over the pieces, one after the other, in hex. */
  readonly sha256: string;
};

/** What a snapshot is, written behind its last piece (R18). */
export type Manifest = {
  readonly format: number;
  /** How its state is written (`stateShape`). */
  readonly shape: string;
  /** The rules it was folded by (`marketRules`). */
  readonly rules: number;
  /** Never used again. */
  readonly id: string;
  readonly shard: number;
  /** Id of the topic that was read. */
  readonly topicId: string;
  /** How far it was read: the whole reader's state (R5). */
  readonly reader: ReaderState;
  /** The last valid record before that. */
  readonly checkpoint: Checkpoint;
  /** The broker's time of the last step, and who wrote last. */
  readonly appendedAtMs: number;
  readonly writer: LastWriter | null;
  /** What was tried in vain since the last step (R10). */
  readonly attempts: Attempts;
  /** Offset of its first piece in the topic of snapshots. */
  readonly firstOffset: number;
  /** SHA-256 over all its pieces, in hex. */
  readonly sha256: string;
  readonly parts: Readonly<Record<StatePart, PartSize>>;
};

/** A manifest as its taker knows it; the rest says which program took it. */
export function manifestOf(facts: Omit<Manifest, "format" | "shape" | "rules">): Manifest {
  return { format: snapshotFormat, shape: stateShape, rules: marketRules, ...facts };
}

/** Key of a piece of a snapshot. */
export function chunkKey(shard: number, id: string, number: number): Buffer {
  return Buffer.from(`${shard}/${id}/${number}`);
}

/** Key of its manifest. */
export function manifestKey(shard: number, id: string): Buffer {
  return Buffer.from(`${shard}/${id}/manifest`);
}

/** The snapshot a key belongs to, and which of its records it is; null for a key not of ours. */
export function readKey(
  key: Buffer | null,
): { readonly id: string; readonly number: number | null } | null {
  const [, id, number, ...more] = key?.toString("latin1").split("/") ?? [];
  if (id === undefined || number === undefined || more.length > 0) return null;
  return { id, number: number === "manifest" ? null : Number(number) };
}

/** The manifest as bytes: SHA-256 of what follows, a line's end, JSON. */
export function encodeManifest(manifest: Manifest): Buffer {
  const body = Buffer.from(JSON.stringify(manifest));
  return Buffer.concat([Buffer.from(`${digestOf([body])}\n`), body]);
}

/** What a manifest's bytes say, whichever program wrote them; null where they are damaged. */
export function manifestIn(value: Buffer): Manifest | null {
  const end = value.indexOf("\n");
  const body = value.subarray(end + 1);
  if (end !== 64 || value.toString("latin1", 0, end) !== digestOf([body])) return null;
  try {
    return JSON.parse(body.toString("utf8")) as Manifest;
  } catch {
    return null; // a stranger's, who made a digest of it
  }
}

/**
 * Whether the manifest says all that a start needs, of a place in the log that lies behind its
 * checkpoint. Who can write the topic can write anything, and no start may break or wait by it.
 */
function isWhole({ id, reader, checkpoint, firstOffset, parts, ...rest }: Manifest): boolean {
  const { appendedAtMs, writer, attempts } = rest;
  const isPart = (part: PartSize | undefined): boolean =>
    areCounts(part?.first, part?.chunks, part?.bytes) && isHex(part?.sha256);
  return (
    typeof id === "string" &&
    areCounts(firstOffset, checkpoint?.offset, appendedAtMs, attempts?.claims) &&
    isHex(checkpoint.chain) &&
    isReader(reader) &&
    checkpoint.offset < reader.offset &&
    isNullOr(attempts.tried, ({ offset, part, times }) => areCounts(offset, part, times)) &&
    isNullOr(writer, isWriter) &&
    stateParts.every((part) => isPart(parts?.[part]))
  );
}

/** One that has read a claim at least. */
function isReader(reader: ReaderState | null | undefined): boolean {
  const isCause = ({ offset, part, digest, last }: LastCause): boolean =>
    areCounts(offset, part) && isHex(digest) && typeof last === "boolean";
  return (
    areCounts(reader?.offset, reader?.epoch, reader?.seq) &&
    typeof reader?.nonce === "string" &&
    isHex(reader.chain) &&
    isGenesis(reader.genesis) &&
    isNullOr(reader.lastCause, isCause)
  );
}

function isWriter({ owner, wroteAtMs, ...ahead }: LastWriter): boolean {
  const numbers = [wroteAtMs, ahead.aheadMs, ahead.lastMs];
  return typeof owner === "string" && numbers.every(Number.isSafeInteger);
}

function isNullOr<Value>(value: Value | null, is: (value: Value) => boolean): boolean {
  return value === null || (typeof value === "object" && is(value));
}

function isHex(text: unknown): boolean {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

function areCounts(...all: readonly unknown[]): boolean {
  return all.every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
}

/** Reads a manifest that this program could go on from, or says what is wrong with it. */
export function readManifest(value: Buffer): Result<Manifest> {
  const manifest = manifestIn(value);
  if (manifest === null)
    return { ok: false, problem: "its manifest is damaged: SHA-256 is another" };
  const { format, rules, shape } = manifest;
  if (format !== snapshotFormat)
    return { ok: false, problem: `format ${format}, this program knows ${snapshotFormat}` };
  if (rules !== marketRules)
    return { ok: false, problem: `rules ${rules}, this program has ${marketRules}` };
  if (shape !== stateShape)
    return { ok: false, problem: "another version of the program wrote its state otherwise" };
  if (!isWhole(manifest))
    return { ok: false, problem: "its manifest does not say what a start needs" };
  return { ok: true, value: manifest };
}
