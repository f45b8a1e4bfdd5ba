import { eventsTopic } from "../protocol/topics.ts";
import { keepBooks, Overtaken } from "./books-life.ts";
import type { BooksParts } from "./books-life.ts";
import type { Clock } from "./clock.ts";
import { sameMax } from "./failures.ts";
import type { Group } from "./log.ts";
import { isForGood } from "./log-errors.ts";
import { Stop, stuck } from "./stop.ts";

/** How long books that failed wait before they begin anew. */
const restartWaitMs = { first: 100, most: 5000 };

/** What running books have to say to people. */
export type BooksReport =
  | { readonly type: "standby"; readonly shard: number }
  | {
      readonly type: "keeping";
      readonly shard: number;
      readonly from: number;
      readonly seq: number;
    }
  | { readonly type: "overtaken"; readonly shard: number }
  /** An account's day that cannot be charged. */
  | { readonly type: "uncharged"; readonly shard: number; readonly why: string }
  | { readonly type: "restart"; readonly shard: number; readonly why: string };

/** What one process of the books needs for one shard. */
export type BooksOptions = BooksParts & {
  readonly group: Group;
  readonly clock: Clock;
  readonly report: (report: BooksReport) => void;
};

/**
 * Writes down what the log says until the signal ends it (R16). The group says who works; two at work
 * harm nothing. A database or broker that is away is waited for. Throws `Stop` where only a person may
 * decide.
 */
export async function runBooks(options: BooksOptions, signal: AbortSignal): Promise<void> {
  const { group, shard, clock, report } = options;
  const isOurs = (): boolean => group.has(eventsTopic, shard);
  let failures = 0;
  let sameOfLog = 0;
  const life = {
    isOurs,
    onOpen: ({ offset, seq }: { offset: number; seq: number }) =>
      report({ type: "keeping", shard, from: offset, seq }),
    onWritten: () => {
      failures = 0;
    },
    onUncharged: (why: string) => report({ type: "uncharged", shard, why }),
  };
  while (!signal.aborted) {
    if (!isOurs()) {
      report({ type: "standby", shard });
      while (!signal.aborted && !isOurs()) await group.changed(signal);
      if (signal.aborted) return;
    }
    try {
      await keepBooks(options, life, signal);
    } catch (error) {
      if (error instanceof Stop) throw error;
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      const isOvertaken = error instanceof Overtaken;
      // Only of the log: what a database says may pass in a while is its store's to judge.
      sameOfLog = isForGood(error) ? sameOfLog + 1 : 0;
      if (sameOfLog === sameMax) throw stuck("books", why);
      report(isOvertaken ? { type: "overtaken", shard } : { type: "restart", shard, why });
      const waitMs = Math.min(restartWaitMs.most, restartWaitMs.first * 2 ** failures);
      await clock.sleep(sameOfLog > 0 ? Math.max(1000, waitMs) : waitMs, signal);
      failures += 1;
    }
  }
}
