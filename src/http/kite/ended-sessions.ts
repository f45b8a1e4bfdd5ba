import { createHash } from "node:crypto";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/** A session that ends before its time: the key that opened it, its token, and its own end. */
type EndedSession = {
  readonly keyId: string;
  readonly token: string;
  readonly endMs: number;
};

/**
 * How long an ended session is kept beyond its own end: by a clock that runs ahead it is over
 * before that, and would be let in again once the clock is put right.
 */
export const keptMs: number = 24 * 60 * 60_000;

/** Sessions that were ended before their time, as far as their own end is still to come. */
export type EndedSessions = {
  has(token: string): boolean;
  /**
   * Ends it. Once it is kept, every gateway that shares the place refuses it. Throws `NotKept`
   * where it cannot be kept.
   */
  add(session: EndedSession): Promise<void>;
  /** How many of the key would still be open. */
  countOf(keyId: string): number;
};

/**
 * The session goes on: its end cannot be kept, for this reason of the machine's such as `ENOSPC`.
 */
export class NotKept extends Error {
  override readonly name = "NotKept";
}

/** What is kept of a session: nobody can use it, whoever reads it. */
export function sessionDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Ended sessions in this process alone; `note` takes one that another ended, by its digest. */
export function newEndedSessions(nowMs: () => number): EndedSessions & {
  note(keyId: string, digest: string, endMs: number): void;
} {
  const byKey = new Map<string, Map<string, number>>();
  const all = new Set<string>();

  function ofKey(keyId: string): Map<string, number> {
    const own = getOrMake(byKey, keyId, () => new Map<string, number>());
    for (const [old, oldEndMs] of own) {
      // In the order in which they came, and so of their ends.
      if (oldEndMs + keptMs > nowMs()) break;
      own.delete(old);
      all.delete(old);
    }
    return own;
  }

  function note(keyId: string, digest: string, endMs: number): void {
    ofKey(keyId).set(digest, endMs);
    all.add(digest);
  }

  return {
    note,
    has: (token) => all.has(sessionDigest(token)),
    add: async ({ keyId, token, endMs }) => note(keyId, sessionDigest(token), endMs),
    countOf: (keyId) => [...ofKey(keyId).values()].filter((endMs) => endMs > nowMs()).length,
  };
}
