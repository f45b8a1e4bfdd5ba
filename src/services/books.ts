import { eventsTopic } from "../protocol/topics.ts";
import { keepBooks, Overtaken, type BooksParts } from "./books/books-life.ts";
import type { Failure } from "./failures.ts";
import { keepRunning, untilGiven } from "./keep-running.ts";
import { stuck } from "./stop.ts";
import type { ServiceParts } from "./service-parts.ts";

/** How long books that failed wait before they begin anew. */
const restartWaitMs = { first: 100, most: 5000 };

/** Books that were at work for so long are healthy, also where there was nothing to write. */
const healthyMs = 60_000;

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
export type BooksOptions = BooksParts & ServiceParts<BooksReport>;

/**
 * Writes down what the log says until the signal ends it (R16). The group says who works; two at
 * work harm nothing. A database or broker that is away is waited for. Throws `Stop` where only a
 * person may decide, and where the same failure, of a kind that does not pass, came three times
 * without a write (R22).
 */
export async function runBooks(options: BooksOptions, signal: AbortSignal): Promise<void> {
  const { group, shard, clock, report } = options;
  const life = {
    isOurs: () => group.has(eventsTopic, shard),
    onOpen: ({ offset, seq }: { offset: number; seq: number }) =>
      report({ type: "keeping", shard, from: offset, seq }),
    onUncharged: (why: string) => report({ type: "uncharged", shard, why }),
  };
  const onStandby = (): void => report({ type: "standby", shard });
  const live = async (worked: () => void): Promise<void> => {
    await untilGiven(group, eventsTopic, shard, signal, onStandby);
    if (signal.aborted) return;
    const beganMs = clock.nowMs();
    await keepBooks(options, { ...life, onWritten: worked }, signal).finally(() => {
      if (clock.nowMs() - beganMs > healthyMs) worked();
    });
  };
  const onFailure = ({ isStuck, why }: Failure, error: unknown): void => {
    if (isStuck) throw stuck("books", why);
    const isOvertaken = error instanceof Overtaken;
    report(isOvertaken ? { type: "overtaken", shard } : { type: "restart", shard, why });
  };
  const work = { clock, backoff: restartWaitMs, live, position: () => shard, onFailure };
  await keepRunning(work, signal);
}
