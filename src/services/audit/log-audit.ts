import type { Step } from "../../domain/facts/event.ts";
import { commandDigest, type Claim } from "../../protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../protocol/topics.ts";
import { BrokenLog, waysOn, type LogBreak } from "./log-break.ts";
import { foldRecord, newLogFold, nextAfter, type LogFold, type NextDue } from "../log-fold.ts";
import type { LogRecord } from "../log.ts";
import { SnapshotComparison } from "./snapshot-audit.ts";
import { LogWalk, notValid, type AuditedLog, type Walked } from "./log-walk.ts";

/**
 * What a shard's log was found to be. `waiting`: commands after the last step's, which are still
 * to be decided.
 */
export type AuditedShard = {
  readonly shard: number;
  readonly fold: LogFold;
  readonly claims: number;
  readonly events: Walked;
  readonly commands: Walked;
  readonly waiting: number;
  /** Snapshots that are the fold of the log, and those that a program of another version took. */
  readonly snapshots: { readonly compared: number; readonly ofOthers: number };
};

/** How far an audit is: offsets of `sauda.events` read, and where it ends (`Infinity`: unknown). */
type AuditProgress = (next: number, end: number) => void;

type AuditParts = {
  readonly log: AuditedLog;
  readonly shard: number;
  readonly shards: number;
  readonly onProgress: AuditProgress;
  /** Hears of a snapshot that is not what it should be: the log may be whole all the same. */
  readonly onSnapshotBreak: (broken: LogBreak) => void;
  readonly signal: AbortSignal;
};

/**
 * Walks a shard's log as it is now, from its first record: every batch as it lies there, every
 * record by R3 with its chain, and for every step that it answers the next command there is (R10),
 * which has the digest that the step names. Throws `BrokenLog` at the first that is not so, in the
 * order of the log. Each snapshot of the shard is compared with the state that the log folds to.
 * Null where the signal came before the end.
 */
export async function auditShard(parts: AuditParts): Promise<AuditedShard | null> {
  const { log, shard, onProgress, signal } = parts;
  // In this order: what a snapshot was taken of lies before `end`, and so does every command
  // before `commandsEnd` that a step before `end` answers.
  const snapshots = await SnapshotComparison.open(log, shard, parts.onSnapshotBreak);
  const { end } = await log.bounds(eventsTopic, shard);
  const commandsEnd = (await log.bounds(commandsTopic, shard)).end;
  const events = await LogWalk.open(log, eventsTopic, shard, end);
  const commands = await LogWalk.open(log, commandsTopic, shard, commandsEnd);
  const fold = newLogFold();
  let claims = 0;
  try {
    for (let record = await events.take(); record !== null; record = await events.take()) {
      if (signal.aborted) return null;
      if (record.offset % progressEvery === 0) onProgress(record.offset, end);
      let due = nextAfter(fold.lastCause);
      snapshots.before(fold);
      const verdict = foldRecord(fold, record);
      if (verdict.type === "stop") throw notValid(shard, record, verdict.why);
      if (verdict.type === "claim") {
        claims += 1;
        await checkGenesis(parts, record, verdict.claim);
      }
      if (verdict.type === "steps") snapshots.take(verdict.steps, verdict.seq, record);
      snapshots.compareAt(fold);
      if (verdict.type !== "steps") continue;
      for (const [index, step] of verdict.steps.entries()) {
        const place = { shard, offset: record.offset, seq: verdict.seq + index };
        await checkCause(place, step, due, commands);
        const { cause, part, last } = step;
        due = nextAfter({ ...cause, part, last });
      }
    }
    while ((await commands.take()) !== null) if (signal.aborted) return null;
    const waiting = Math.max(0, commands.seen.next - nextAfter(fold.lastCause).nextCommand);
    const seen = { events: events.seen, commands: commands.seen };
    return { shard, fold, claims, ...seen, waiting, snapshots: snapshots.end(fold) };
  } finally {
    await Promise.all([events.close(), commands.close()]);
  }
}

const progressEvery = 1_000;

async function checkCause(
  place: { readonly shard: number; readonly offset: number; readonly seq: number },
  { cause, part }: Step,
  { nextCommand, nextPart }: NextDue,
  commands: LogWalk,
): Promise<void> {
  const { shard, offset, seq } = place;
  const events = { topic: eventsTopic, partition: shard, offset };
  if (cause.offset !== nextCommand || part !== nextPart)
    throw new BrokenLog({
      ...events,
      expected: `step ${seq} to answer command ${nextCommand} part ${nextPart}, which is next (R10)`,
      found: `one that answers command ${cause.offset} part ${part}`,
      wayOn: waysOn.written,
    });
  if (commands.last?.offset !== cause.offset && (await commands.take()) === null)
    throw new BrokenLog({
      ...events,
      expected: `command ${cause.offset}, which step ${seq} answers, on ${commandsTopic}-${shard}`,
      found: `an end of it at ${commands.seen.next}`,
      wayOn: waysOn.lost,
    });
  const digest = commandDigest(commands.last?.key ?? null, commands.last?.value ?? null);
  if (digest !== cause.digest)
    throw new BrokenLog({
      topic: commandsTopic,
      partition: shard,
      offset: cause.offset,
      expected: `the command that step ${seq} was decided from, with digest ${cause.digest}`,
      found: `one with digest ${digest}`,
      wayOn: waysOn.damaged,
    });
}

/** Whether the log is this partition's own, and answers the commands that are beside it. */
async function checkGenesis(
  { log, shard, shards }: AuditParts,
  { offset }: LogRecord,
  { genesis }: Claim,
): Promise<void> {
  const commandsTopicId = (await log.topicId(commandsTopic)) ?? genesis.commandsTopicId;
  const own = { shard, shards, commandsTopicId };
  for (const field of ["shard", "shards", "commandsTopicId"] as const) {
    if (genesis[field] === own[field]) continue;
    throw new BrokenLog({
      topic: eventsTopic,
      partition: shard,
      offset,
      expected: `a claim of this market: ${field} ${own[field]}`,
      found: `one of another: ${field} ${genesis[field]}`,
      wayOn: waysOn.lost,
    });
  }
}
