import { utcTime } from "../protocol/moment.ts";
import { inSeconds, setClocks, type LastWriter } from "./broker-time.ts";
import type { Bounds, OpenTransaction } from "./log.ts";
import type { TopicName } from "../protocol/topics.ts";

/** The services whose work can be seen in Kafka. */
export type WatchedService = "intake" | "exchange" | "publisher";

/** What a trouble is of, in few words: the label of a metric. */
export const troubleKinds = [
  "kafka_away",
  "nobody_works",
  "not_moving",
  "not_whole",
  "source_shorter",
  "topic_wrong",
  "hidden",
  "clock_ahead",
  "clock_wrong",
  "halted",
] as const;
/** One of them. */
type TroubleKind = (typeof troubleKinds)[number];

/**
 * What keeps a market from moving or from being whole, and the way on. `service`: who cannot work,
 * if it is one.
 */
export type Trouble = {
  readonly kind: TroubleKind;
  readonly service: WatchedService | null;
  readonly what: string;
  readonly wayOn: string;
};

/**
 * Records before a service: the next one's offset, how many wait, Kafka's time of the oldest
 * of them.
 */
export type Queue = {
  readonly service: WatchedService;
  readonly topic: TopicName;
  readonly partition: number;
  readonly position: number;
  readonly waiting: number;
  readonly oldestMs: number | null;
  /** For how long it was seen to wait for the same record. */
  readonly stoodMs: number;
};

const restore =
  "stop the market and keep a copy of its data; restore Kafka's data, or begin a new market with npx sauda reset";

/** Kafka does not answer. */
export function away(why: string): Trouble {
  return trouble(
    "kafka_away",
    null,
    `Kafka does not answer as it should: ${why}`,
    "it is waited for; start it",
  );
}

/** No process of a service is in its group: none runs, or each has stopped. */
export function absent(service: WatchedService): Trouble {
  const what = `no ${service} answers: none runs, it has stopped (exit code 3), or it is paused (SIGSTOP)`;
  const wayOn = `see what npm start said last of it, put that right, then npx sauda ${service}, or all anew: npx sauda down, npm start`;
  return trouble("nobody_works", service, what, wayOn);
}

/** Somebody may work, but nothing becomes of it. */
export function stuckQueue({ service, topic, partition, ...queue }: Queue): Trouble {
  const { waiting, position, stoodMs } = queue;
  const records = waiting === 1 ? "1 record waits" : `${waiting} records wait`;
  const since = `${(stoodMs / 1000).toFixed(0)} s`;
  const what = `${records} for the ${service} at offset ${position} of ${topic}-${partition}, and nothing has moved for ${since}`;
  const wayOn = `see what the ${service} says on stderr (npm start shows it), put that right, start it again`;
  return trouble("not_moving", service, what, wayOn);
}

/** The log or its commands have lost their first records. */
export function headDeleted(topic: TopicName, shard: number, { start }: Bounds): Trouble {
  const what = `${topic}-${shard} is not whole: what was before offset ${start} has been deleted`;
  return trouble("not_whole", "exchange", what, restore);
}

/** Commands have lost their last records. */
export function cut(shard: number, nextCommand: number, end: number): Trouble {
  const what = `the log of shard ${shard} answers command ${nextCommand - 1}, but commands end at ${end}`;
  return trouble("not_whole", "exchange", what, restore);
}

/** The log has lost its last records. */
export function publishedBeyond(shard: number, published: number, end: number): Trouble {
  const what = `the log of shard ${shard} ends at ${end}, but was published to ${published}`;
  return trouble("not_whole", "publisher", what, restore);
}

/** A source has lost records. The relays of the others go on. */
export function shorter(topic: TopicName, partition: number, read: number, end: number): Trouble {
  const what = `${topic}-${partition} ends at ${end}, but was read to ${read}: records were lost`;
  const wayOn = `delete ${topic}, then npx sauda down and npm start: made anew it is another source, read from its first record`;
  return trouble("source_shorter", "intake", what, wayOn);
}

/** A topic that is missing, or other than it must be (R1). */
export function topicProblem(what: string): Trouble {
  const wayOn = "npx sauda down, then npm start, makes what is missing; correct settings by hand";
  return trouble("topic_wrong", null, what, wayOn);
}

/** A transaction that is open on a public topic: committed readers see nothing behind it. */
export function hidden(place: string, open: OpenTransaction): Trouble {
  const what = `${place}: committed readers see nothing from offset ${open.startOffset} on: ${describe(open)}`;
  const wayOn =
    "nobody but the publisher should write there; Kafka ends it after transaction.max.timeout.ms (60 s in ours)";
  return trouble("hidden", null, what, wayOn);
}

/**
 * The market's clock never goes back (R11): one that was too far ahead once stays so until time
 * has come.
 */
export function clockAhead(shard: number, aheadMs: number): Trouble {
  const seconds = Math.round(aheadMs / 1000);
  const what = `the clock of shard ${shard} is ${seconds} s ahead of this machine's: requests with a deadline (HTTP, Kite) are refused`;
  const wayOn = `wait these ${seconds} s (orders on Kafka's topics are decided meanwhile), or npx sauda reset; set all clocks by NTP`;
  return trouble("clock_ahead", null, what, wayOn);
}

/**
 * The market's clock is the broker's, and this machine's is behind both. A broker that had been set
 * wrong when it took the last step looks the same.
 */
export function machineBehind(shard: number, behindMs: number): Trouble {
  const seconds = Math.round(behindMs / 1000);
  const what = `this machine's clock is ${seconds} s behind shard ${shard}'s and its broker's: requests with a deadline (HTTP, Kite) from here are refused`;
  const wayOn = `set this machine's clock by NTP; nothing is wrong with the market, unless the broker's clock was ${seconds} s ahead: then wait these (orders on Kafka's topics are decided meanwhile)`;
  return trouble("clock_ahead", null, what, wayOn);
}

/** A writer's clock is wrong by its own record, or the broker's is; it works on (R11). */
export function writerClockWrong(
  shard: number,
  { owner, aheadMs, wroteAtMs }: LastWriter,
): Trouble {
  const at = utcTime(wroteAtMs);
  const carry = aheadMs > 0 ? "its steps carry the broker's time" : "its steps carry its own time";
  const what = `the clock of the exchange of shard ${shard} (${owner}) was ${inSeconds(aheadMs)} the broker's at ${at}: ${carry}`;
  return trouble(
    "clock_wrong",
    null,
    what,
    `${setClocks}; this goes with the exchange's next step`,
  );
}

/** A gateway's clock is wrong by the broker's answers to it, or the broker's is; it works on. */
export function gatewayClockWrong(aheadMs: number): Trouble {
  const what = `this gateway's clock is ${inSeconds(aheadMs)} the broker's: deadlines, signatures and sessions go by the broker's time`;
  return trouble("clock_wrong", null, what, setClocks);
}

/** A command in quarantine halted a symbol, or with null what the clock does (R10). */
export function halted(shard: number, symbol: string | null): Trouble {
  const what =
    symbol === null
      ? `the clock of shard ${shard} is halted: no order ends by its time and nothing settles, since what was due stopped the exchange again and again`
      : `${symbol} takes no new orders since a request in it stopped the exchange again and again`;
  const lift = `npx sauda lift-halt ${symbol === null ? "--clock" : `--symbol ${symbol}`}`;
  const wayOn = `report what the exchange said on stderr, start a version that is mended, then ${lift}`;
  return trouble("halted", null, what, wayOn);
}

function describe({ producerId, transactionalId, ageMs }: OpenTransaction): string {
  const who = transactionalId === null ? "" : ` (${transactionalId})`;
  return `a transaction of producer ${producerId}${who} is open for ${Math.round(ageMs / 1000)} s`;
}

function trouble(
  kind: TroubleKind,
  service: WatchedService | null,
  what: string,
  wayOn: string,
): Trouble {
  return { kind, service, what, wayOn };
}
