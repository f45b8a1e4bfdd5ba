import { setTimeout as sleep } from "node:timers/promises";
import { firstToAbort } from "../../services/until-aborted.ts";

/** Postbacks that wait for one address at a time; above that the oldest is given up. */
const waitingMax = 1_000;
/** How long one attempt may take. */
const attemptMs = 5_000;
/** What is waited before each further attempt. */
const backoffMs = [250, 1_000, 4_000] as const;

/** Posts bodies to one address, one after the other, in order. */
type PostbackQueue = { post(body: string): void };

/**
 * A queue for the address. A body that no attempt got rid of is given up, and said so: at most once
 * each, and no more than that is promised. Ends with the signal; what waits then is lost.
 */
export function newPostbackQueue(
  url: string,
  alarm: (what: string) => void,
  signal: AbortSignal,
): PostbackQueue {
  const waiting: string[] = [];
  let isWorking = false;
  /** An address that fails is told of once, until it works again. */
  let isFailing = false;

  async function work(): Promise<void> {
    isWorking = true;
    for (let body = waiting.shift(); body !== undefined; body = waiting.shift()) {
      const why = await postUntilTaken(url, body, signal);
      if (signal.aborted) break;
      if (why !== null && !isFailing) alarm(`postbacks to ${url} are given up: ${why}`);
      isFailing = why !== null;
    }
    isWorking = false;
  }

  return {
    post: (body) => {
      if (signal.aborted) return;
      waiting.push(body);
      if (waiting.length > waitingMax) waiting.shift();
      if (!isWorking) void work();
    },
  };
}

/** Null once it was taken, else why the last attempt failed. */
async function postUntilTaken(
  url: string,
  body: string,
  signal: AbortSignal,
): Promise<string | null> {
  let why = await postOnce(url, body, signal);
  for (const waitMs of backoffMs) {
    if (why === null) return null;
    await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return why;
    why = await postOnce(url, body, signal);
  }
  return why;
}

/** A redirect is a failure: it could lead to a host that was not allowed. */
async function postOnce(url: string, body: string, signal: AbortSignal): Promise<string | null> {
  try {
    const until = firstToAbort([signal, AbortSignal.timeout(attemptMs)]);
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body, redirect: "manual", signal: until } as const;
    const answer = await fetch(url, init);
    await answer.body?.cancel();
    return answer.ok ? null : `it answers ${answer.status}`;
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    return String(cause ?? error);
  }
}
