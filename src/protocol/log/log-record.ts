import { createHash, hash } from "node:crypto";
import type { Step } from "../../domain/facts/event.ts";
import type { Result } from "../result.ts";
import { shown } from "../unreadable.ts";
import { completeOrders } from "./order-record.ts";
import {
  isBinary,
  isKnownShapes,
  readBinarySteps,
  stepsFormat,
  unknownShapes,
  type StepsRecord,
  type WriterMs,
} from "./steps-bytes.ts";

/**
 * The version of the bytes in the log that this program writes; it reads format 1 too, in which
 * steps are JSON. Claims are JSON in both.
 */
export const logFormat: number = stepsFormat;
/**
 * The version of `evolve`: raised where an older program would go wrong from what this one decides.
 */
export const marketRules = 5;
/**
 * The versions whose logs this `evolve` folds as their own programs did; any other stops this
 * program. 2: cash that defaulters owe a receiver and the shares that a payment frees were said in
 * one step, however many. 3: nothing that ended was ever forgotten, and no command was tried or put
 * in quarantine. 4: an order that would take more than a thousand resting orders was refused whole.
 */
const knownRules: readonly unknown[] = [2, 3, 4, marketRules];
/** The key of every record of the log. Records without it are not ours and are ignored. */
export const logKey: Buffer = Buffer.from("sauda", "ascii");
/** The chain before the first valid record. */
export const emptyChain: string = "0".repeat(64);

/** What one market is, said by its first claim and repeated by every other (R2). */
export type Genesis = {
  readonly marketId: string;
  readonly shard: number;
  readonly shards: number;
  readonly symbolMap: string;
  readonly commandsTopicId: string;
  readonly termsDigest: string;
  readonly clock: "real" | "simulated";
};

/** A writer takes the shard: what lies after this in the log under an older epoch is void. */
export type Claim = {
  readonly type: "Claim";
  readonly format: number;
  /** Of format 2 on: the generation of the shapes that its steps are written by. */
  readonly shapes?: number;
  readonly rules: number;
  readonly epoch: number;
  readonly nonce: string;
  readonly owner: string;
  readonly genesis: Genesis;
  readonly writerMs?: WriterMs;
};

/** SHA-256 over length-prefixed key and value (4 bytes big-endian; -1 for null), in hex. */
export function commandDigest(key: Buffer | null, value: Buffer | null): string {
  return digest([...prefixed(key), ...prefixed(value)]);
}

/** The chain after a valid record: SHA-256 of the chain before it, then key and value as above. */
export function nextChain(chain: string, key: Buffer | null, value: Buffer | null): string {
  return digest([Buffer.from(chain, "hex"), ...prefixed(key), ...prefixed(value)]);
}

/**
 * In one call where the bytes are few (a call costs more than they do), piece by piece where not.
 */
function digest(pieces: readonly Buffer[]): string {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (size <= 4096) return hash("sha256", Buffer.concat(pieces, size));
  const running = createHash("sha256");
  for (const piece of pieces) running.update(piece);
  return running.digest("hex");
}

function prefixed(bytes: Buffer | null): Buffer[] {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(bytes === null ? -1 : bytes.length);
  return bytes === null ? [length] : [length, bytes];
}

/** The claim as the log's bytes. */
export function encodeClaim(claim: Claim): Buffer {
  return Buffer.from(JSON.stringify(claim));
}

/** What a record of the log is: ours and readable, not ours (null), or ours and unreadable. */
export function readLogRecord(
  key: Buffer | null,
  value: Buffer | null,
): Result<Claim | StepsRecord | null> {
  if (key === null || !key.equals(logKey)) return { ok: true, value: null };
  if (value !== null && isBinary(value)) return readBinarySteps(value);
  const record = parseObject(value);
  if (record === null)
    return { ok: false, problem: "our key, but the value is neither steps nor a JSON object" };
  const { format, type } = record;
  if (format !== 1 && format !== logFormat) {
    const problem = `format ${named(format)}: this program knows formats 1 and ${logFormat} only`;
    return { ok: false, problem };
  }
  if (type === "Claim") return readClaim(record);
  if (type !== "Steps")
    return { ok: false, problem: `type ${named(type)}: expected Claim or Steps` };
  return format === 1 ? readSteps(record) : { ok: false, problem: "steps in JSON are of format 1" };
}

/** Not `String`: of lists in lists it needs as deep a stack, and some objects have none. */
function named(value: unknown): string {
  return value === undefined ? "undefined" : shown(value);
}

function parseObject(value: Buffer | null): Record<string, unknown> | null {
  if (value === null) return null;
  try {
    const parsed: unknown = JSON.parse(value.toString("utf8"));
    return typeof parsed === "object" && parsed !== null
      ? (parsed as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function readClaim(record: Record<string, unknown>): Result<Claim> {
  if (!knownRules.includes(record["rules"])) {
    const known = `${knownRules.slice(0, -1).join(", ")} and ${marketRules}`;
    const problem =
      `rules ${named(record["rules"])}: this program knows rules ${known} only; ` +
      "start the version that wrote the log, or make a new market: sauda reset";
    return { ok: false, problem };
  }
  const { epoch, nonce, genesis, format, shapes } = record;
  if (format !== 1 && !isKnownShapes(shapes)) {
    const problem = `shapes ${named(shapes)}: ${unknownShapes}`;
    return { ok: false, problem };
  }
  const whole = Number.isSafeInteger(epoch) && typeof nonce === "string" && isGenesis(genesis);
  return whole
    ? { ok: true, value: record as unknown as Claim }
    : { ok: false, problem: "a claim without epoch, nonce or genesis" };
}

/** Whether a value says what a market is. */
export function isGenesis(value: unknown): value is Genesis {
  if (typeof value !== "object" || value === null) return false;
  const genesis = value as Record<string, unknown>;
  return (
    typeof genesis["marketId"] === "string" &&
    Number.isSafeInteger(genesis["shard"]) &&
    Number.isSafeInteger(genesis["shards"]) &&
    typeof genesis["commandsTopicId"] === "string" &&
    typeof genesis["termsDigest"] === "string"
  );
}

function readSteps(record: Record<string, unknown>): Result<StepsRecord> {
  const { epoch, seq, prev, steps } = record;
  const whole =
    Number.isSafeInteger(epoch) &&
    Number.isSafeInteger(seq) &&
    typeof prev === "string" &&
    Array.isArray(steps) &&
    steps.length > 0 &&
    steps.every(isStep);
  if (!whole) return { ok: false, problem: "steps without epoch, seq, prev or whole steps" };
  steps.forEach(completeOrders);
  return { ok: true, value: record as unknown as StepsRecord };
}

function isStep(value: unknown): value is Step {
  if (typeof value !== "object" || value === null) return false;
  const step = value as Record<string, unknown>;
  const cause = step["cause"] as Record<string, unknown> | null | undefined;
  return (
    typeof cause === "object" &&
    cause !== null &&
    Number.isSafeInteger(cause["offset"]) &&
    typeof cause["digest"] === "string" &&
    Number.isSafeInteger(step["part"]) &&
    typeof step["last"] === "boolean" &&
    Number.isSafeInteger(step["at"]) &&
    Array.isArray(step["events"])
  );
}
