import { createHash } from "node:crypto";
import type { Step } from "../../src/domain/facts/event.ts";
import { readStepsBytes } from "./steps-bytes.ts";

/** A record of a partition, as far as the checker looks at it. */
export type RawRecord = {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControl: boolean;
};

/** A step that counts: its number, where its record lies, and itself. */
export type ValidStep = { readonly seq: number; readonly offset: number; readonly step: Step };

/** A valid claim. */
type ValidClaim = {
  readonly offset: number;
  readonly epoch: number;
  readonly nonce: string;
  readonly owner: string;
  readonly genesis: Readonly<Record<string, unknown>>;
};

/** Why a record changed nothing. */
type IgnoredKind = "older epoch" | "repeat" | "orphan" | "claim" | "foreign" | "control";

/**
 * What a whole partition of the log says. `chains` has the chain after each valid record,
 * by offset.
 */
export type LogReading = {
  readonly claims: readonly ValidClaim[];
  readonly steps: readonly ValidStep[];
  readonly ignored: readonly { readonly offset: number; readonly kind: IgnoredKind }[];
  readonly chains: ReadonlyMap<number, string>;
  readonly stop: { readonly offset: number; readonly why: string } | null;
};

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a whole partition of the log by rule R3, written from the rule's text. It shares nothing
 * with the services' reader: what both get wrong in the same way, they got wrong twice.
 */
export function readLog(records: readonly RawRecord[]): LogReading {
  const claims: ValidClaim[] = [];
  const steps: ValidStep[] = [];
  const ignored: { offset: number; kind: IgnoredKind }[] = [];
  const chains = new Map<number, string>();
  let chain = "00".repeat(32);
  const done = (stop: LogReading["stop"]): LogReading => ({ claims, steps, ignored, chains, stop });

  for (const [place, record] of records.entries()) {
    const { offset, key, value } = record;
    const stop = (why: string): LogReading => done({ offset, why });
    if (offset !== place) return stop(`expected offset ${place}`);
    if (record.isControl || key === null || key.toString("latin1") !== "sauda") {
      ignored.push({ offset, kind: record.isControl ? "control" : "foreign" });
      continue;
    }
    const fields = value?.[0] === 2 ? readStepsBytes(value) : parse(value);
    if (fields === null) return stop("our key, but unreadable");
    if (typeof fields === "string") return stop(`our key, but unreadable: ${fields}`);
    if (!isKnownFormat(fields, value)) return stop("our key, but of an unknown format");
    const epoch = claims.at(-1)?.epoch ?? 0;
    const verdict =
      fields["type"] === "Claim"
        ? judgeClaim(fields, claims)
        : judgeSteps(fields, epoch, steps, chain);
    if (verdict.startsWith("stop: ")) return stop(verdict.slice(6));
    if (verdict !== "valid") {
      ignored.push({ offset, kind: verdict as IgnoredKind });
      continue;
    }
    if (fields["type"] === "Claim") claims.push(toClaim(offset, fields));
    else
      for (const step of fields["steps"] as Step[])
        steps.push({ seq: steps.length + 1, offset, step });
    chain = sha256([Buffer.from(chain, "hex"), framed(key), framed(value)]);
    chains.set(offset, chain);
  }
  return done(null);
}

/** Claims are JSON in both formats, steps in the first. */
function isKnownFormat({ type, format, shapes }: Json, value: Buffer | null): boolean {
  if (format === 1) return true;
  return format === 2 && (type === "Claim" ? shapes === 1 || shapes === 2 : value?.[0] === 2);
}

/**
 * A claim is valid if its epoch is exactly current + 1 and its genesis equals the first
 * valid claim's.
 */
function judgeClaim(claim: Json, claims: readonly ValidClaim[]): string {
  if (![2, 3, 4, 5].includes(Number(claim["rules"]))) return "stop: unknown rules";
  const genesis = claim["genesis"];
  if (typeof claim["nonce"] !== "string" || typeof genesis !== "object" || genesis === null)
    return "stop: a claim without nonce or genesis";
  const current = claims.at(-1)?.epoch ?? 0;
  if (claim["epoch"] !== current + 1) return "claim";
  const first = claims[0];
  return first === undefined || sameFields(first.genesis, genesis as Json) ? "valid" : "claim";
}

/**
 * Valid if the epoch is the current one and seq is exactly last + 1; then chain and cause must fit.
 */
function judgeSteps(
  fields: Json,
  epoch: number,
  steps: readonly ValidStep[],
  chain: string,
): string {
  const list = fields["steps"];
  if (fields["type"] !== "Steps" || !Array.isArray(list) || list.length === 0)
    return "stop: our key, but neither a claim nor steps";
  if (!Number.isSafeInteger(fields["epoch"]) || !Number.isSafeInteger(fields["seq"]))
    return "stop: steps without epoch or seq";
  if (Number(fields["epoch"]) > epoch) return `stop: steps of an epoch above ${epoch}`;
  if (Number(fields["epoch"]) < epoch) return "older epoch";
  const next = steps.length + 1;
  if (Number(fields["seq"]) < next) return "repeat";
  if (Number(fields["seq"]) > next) return "orphan";
  if (fields["prev"] !== chain) return "stop: a valid record whose chain does not fit";
  let before = steps.findLast(({ step }) => !saysWhatIsTried(step))?.step;
  const isOrdered = (list as Step[]).every((step) => {
    const isAfter =
      before === undefined ||
      (step.cause.offset === before.cause.offset
        ? step.part > before.part
        : step.cause.offset > before.cause.offset);
    if (!saysWhatIsTried(step)) before = step;
    return isAfter;
  });
  if (!isOrdered) return "stop: a cause that is not after the last one";
  const isDated = (list as Step[]).every(({ at }) => !Number.isNaN(new Date(at).getTime()));
  return isDated ? "valid" : "stop: a time that is no date";
}

/** A step before a command's own, which names it and changes nothing (R10). */
export function saysWhatIsTried({ events }: Step): boolean {
  return events.length === 1 && events[0]?.type === "Trying";
}

function toClaim(offset: number, claim: Json): ValidClaim {
  const { epoch, nonce, owner, genesis } = claim;
  const names = { nonce: String(nonce), owner: String(owner) };
  return { offset, epoch: Number(epoch), ...names, genesis: genesis as Json };
}

function sameFields(one: Json, other: Json): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

function parse(value: Buffer | null): Json | null {
  try {
    const parsed: unknown = JSON.parse((value ?? Buffer.alloc(0)).toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? (parsed as Json) : null;
  } catch {
    return null;
  }
}

/** SHA-256 over a command's key and value as R2 says, in hex. */
export function digestOf({ key, value }: Pick<RawRecord, "key" | "value">): string {
  return sha256([framed(key), framed(value)]);
}

/** Bytes with their length before them, 4 bytes big-endian; null has length -1. */
function framed(bytes: Buffer | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes?.length ?? -1);
  return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
}

function sha256(parts: readonly Buffer[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
