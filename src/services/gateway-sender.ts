import { encodeCommand } from "../protocol/log/command-record.ts";
import { logKey } from "../protocol/log/log-record.ts";
import { commandsTopic } from "../protocol/topics.ts";
import type { Command } from "../domain/facts/command.ts";
import type { DoorClock } from "./door-clock.ts";
import type { Appender, MarketLog, OutRecord } from "./log.ts";
import { resendWaitMs, backOff, type Failure } from "./failures.ts";
import { runOnce } from "./keep-running.ts";
import { Stop, stuck } from "./stop.ts";
import { untilAborted } from "./until-aborted.ts";

/** One request holds at most this many commands, or this many bytes, or one command. */
const requestMax = { commands: 500, bytes: 512 * 1024 };

/** Puts a door's commands on one shard, in the order they came, one request in flight. */
export type GatewaySender = {
  /** Commands taken and not acknowledged yet. */
  waiting(): number;
  /** Takes a command. It is in the log some time later, or after its deadline never. */
  send(command: Command, deadlineMs: number): void;
  /** Sends until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
};

type Queued = { readonly record: OutRecord; readonly deadlineMs: number };

/** What a sender says when the log does not take its commands. */
export type SenderReport = {
  readonly type: "unsent";
  readonly shard: number;
  readonly why: string;
};

/**
 * The sender of one shard. The same bytes are sent again until they are acknowledged or all of
 * their deadlines are over: a command that lands twice is its own repeat (R14), one that lands late
 * is refused.
 */
export function newGatewaySender(parts: {
  readonly log: MarketLog;
  readonly shard: number;
  readonly clock: DoorClock;
  readonly report: (report: SenderReport) => void;
}): GatewaySender {
  const queue: Queued[] = [];
  let inFlight = 0;
  let wake: () => void = () => {};

  async function run(signal: AbortSignal): Promise<void> {
    const appender = await openAppender(parts, signal);
    if (appender === null) return;
    try {
      while (!signal.aborted) {
        if (queue.length === 0) {
          const { promise: sent, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          await untilAborted(sent, signal);
        }
        const request = takeRequest(queue, parts.clock.nowMs());
        if (request.length === 0) continue;
        inFlight = request.length;
        await sendRequest(parts, appender, request, signal);
        inFlight = 0;
      }
    } finally {
      await appender.close();
    }
  }

  return {
    waiting: () => queue.length + inFlight,
    send: (command, deadlineMs) => {
      queue.push({ record: { key: logKey, value: encodeCommand(command) }, deadlineMs });
      wake();
    },
    run,
  };
}

/** A broker that is away is waited for. Null where the signal came first. */
function openAppender(
  { log, shard, clock, report }: Parameters<typeof newGatewaySender>[0],
  signal: AbortSignal,
): Promise<Appender | null> {
  const work = {
    clock,
    backoff: { first: resendWaitMs.most, most: resendWaitMs.most },
    live: () => log.appender(commandsTopic, shard),
    position: () => shard,
    onFailure: ({ isStuck, before, why }: Failure) => {
      if (isStuck) throw stuck("gateway", why);
      if (before === 0) report({ type: "unsent", shard, why }); // said once, not at every try
    },
  };
  return runOnce(work, signal);
}

/**
 * What is past its deadline is left out: it would only be refused, and the log is no place
 * for that.
 */
function takeRequest(queue: Queued[], nowMs: number): Queued[] {
  const request: Queued[] = [];
  let bytes = 0;
  let passed = 0;
  for (const each of queue) {
    const isLate = each.deadlineMs < nowMs;
    if (!isLate) {
      bytes += each.record.value.length;
      const isFull = request.length === requestMax.commands;
      if (isFull || (request.length > 0 && bytes > requestMax.bytes)) break;
      request.push(each);
    }
    passed += 1;
  }
  queue.splice(0, passed);
  return request;
}

async function sendRequest(
  { shard, clock, report }: Parameters<typeof newGatewaySender>[0],
  appender: Appender,
  request: readonly Queued[],
  signal: AbortSignal,
): Promise<void> {
  const records = request.map(({ record }) => record);
  const lastDeadlineMs = Math.max(...request.map(({ deadlineMs }) => deadlineMs));
  for (let sent = 0; !signal.aborted; sent += 1) {
    const sentAtMs = clock.elapsedMs();
    const result = await appender.append(records);
    if (result.type === "at") return clock.heard(result.appendedAtMs, sentAtMs);
    report({ type: "unsent", shard, why: result.why });
    // After its deadline a command would only be refused: its sender has been told "unknown"
    // by then.
    if (clock.nowMs() > lastDeadlineMs) return;
    if (result.type === "refused" && !result.retriable)
      throw new Stop(`the broker refuses commands for good: ${result.why}; put that right first`);
    await clock.sleep(backOff(sent, resendWaitMs), signal);
  }
}
