import { utcTime } from "../../protocol/moment.ts";
import { legTopics, type TopicName } from "../../protocol/topics.ts";
import { readLegLine, readWayLine } from "../../protocol/seeds/leg-line.ts";
import type { Clock } from "../../services/clock.ts";
import type { LogRecord } from "../../services/log.ts";
import type { LogReading } from "../client/log-of-gateway.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { wireFields, wireValue } from "../raw-json.ts";
import { rememberIds, type RecentIds } from "./recent-ids.ts";
import { openTail, type TailStart, type TopicTail } from "./topic-tail.ts";

/** A settled leg as it lies on its topic, and the line people see. */
type Leg = { readonly topic: TopicName; readonly record: LogRecord; readonly line: string };

/** What following legs needs. `onReady`: everything from here on will be seen. */
type LegsOptions = {
  readonly log: LogReading;
  readonly clock: Clock;
  readonly from: TailStart;
  readonly onTrouble: (what: string) => void;
  readonly onReady?: () => void;
  /** True: also each step on the way of trades that do not settle at once. */
  readonly withWay?: boolean;
};

/** Shares and payment of one flow; a trade's records come in the same order on both. */
const flows = Object.values(legTopics);

const wayTopic = "sauda.settlements";

/**
 * The topics cannot be read at one moment: a payment waits so long for its shares to be
 * shown first.
 */
const payWaitMs = 400;

/**
 * A payment comes this soon after its shares, mostly: so that a backlog is shown trade by trade.
 */
const settleMs = 15;

type Held = Leg & { readonly tradeId: string | null; readonly sinceMs: number };
type LegTail = { readonly tail: TopicTail; readonly held: Held[]; reading: Promise<void> | null };

/**
 * The legs of both flows as they come, until the signal. Each once: what a publisher repeats after
 * a crash is dropped by its id. A trade's shares come before its payment.
 */
export async function* followLegs(options: LegsOptions, signal: AbortSignal): AsyncGenerator<Leg> {
  const { clock, onTrouble } = options;
  const open = async (topic: TopicName): Promise<LegTail> => {
    const tail = await openTail(options, topic, options.from, onTrouble);
    return { tail, held: [], reading: null };
  };
  const opened = await Promise.all(
    flows.map(async ([shares, cash]) => ({ shares: await open(shares), cash: await open(cash) })),
  );
  const ways = options.withWay === true ? [await open(wayTopic)] : [];
  const legTails = [...opened.flatMap(({ shares, cash }) => [shares, cash]), ...ways];
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  const ids = rememberIds();
  const shownTrades = rememberIds();
  options.onReady?.();
  try {
    while (!signal.aborted) {
      for (const legTail of legTails) legTail.reading ??= readInto(legTail, options, ids);
      const isWaiting = opened.some(({ cash }) => cash.held.length > 0);
      const soon = isWaiting ? [clock.sleep(payWaitMs / 4, signal)] : [];
      await Promise.race([aborted, ...soon, ...legTails.map(({ reading }) => reading)]);
      await clock.sleep(settleMs, signal);
      for (const { held } of ways) yield* held.splice(0);
      for (const { shares, cash } of opened)
        yield* pair(shares.held, cash.held, shownTrades, clock.nowMs());
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    await Promise.all(legTails.map(({ tail }) => tail.close()));
  }
}

async function readInto(
  legTail: LegTail,
  { clock, onTrouble }: LegsOptions,
  ids: RecentIds,
): Promise<void> {
  const { topic } = legTail.tail;
  for (const record of await legTail.tail.next()) {
    if (record.isControl) continue;
    const isWay = topic === wayTopic;
    const line = isWay ? readWayLine(record.value) : readLegLine(topic, record.value);
    const { id, tradeId } = findIds(record.value);
    if (line === null && isWay) continue; // of a trade that settled at once, or of an instruction
    if (line === null) onTrouble(`${topic} offset ${record.offset} is no leg: passed over`);
    else if (ids.isNew(id))
      legTail.held.push({ topic, record, line, tradeId, sinceMs: clock.nowMs() });
  }
  legTail.reading = null;
}

/**
 * Takes what can be shown now: shares at once, a payment after its shares or when it has waited.
 */
function* pair(
  shares: Held[],
  cash: Held[],
  shownTrades: RecentIds,
  nowMs: number,
): Generator<Leg> {
  for (;;) {
    const payment = cash[0];
    const isDue =
      payment !== undefined &&
      (payment.tradeId === null ||
        shownTrades.has(payment.tradeId) ||
        nowMs - payment.sinceMs >= payWaitMs);
    const leg = isDue ? cash.shift() : shares.shift();
    if (leg === undefined) return;
    shownTrades.isNew(leg.tradeId);
    yield leg;
  }
}

/**
 * The leg's own id, equal in its repeats, and its trade's; null where somebody else wrote
 * the record.
 */
function findIds(value: Buffer | null): { id: string | null; tradeId: string | null } {
  const fields = wireFields(value);
  const text = (found: unknown): string | null => (typeof found === "string" ? found : null);
  const id =
    text(fields["transfer_id"]) ?? text(fields["movement_id"]) ?? text(fields["settlement_id"]);
  return { id, tradeId: text(fields["trade_id"]) };
}

/** Prints a leg: its line, or with `--json` the record as it is on the wire. */
export function printLeg(output: Output, { topic, record, line }: Leg): void {
  const { offset, timestampMs, key, value } = record;
  output.fact(line, {
    topic,
    partition: 0,
    offset,
    timestamp: utcTime(timestampMs),
    key: key === null ? null : key.toString(),
    value: wireValue(value),
  });
}

/** Prints legs from now on beside a prompt, above the line that is typed, until the signal. */
export async function showLegs(
  { logClient, clock, output }: Context,
  above: (print: () => void) => void,
  signal: AbortSignal,
): Promise<void> {
  const onTrouble = (what: string): void => above(() => output.warn(what));
  const legs = followLegs({ log: logClient.log, clock, from: "now", onTrouble }, signal);
  for await (const leg of legs) above(() => printLeg(output, leg));
}
