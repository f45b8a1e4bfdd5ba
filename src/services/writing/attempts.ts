import { isTrying, type Verdict } from "../log-fold.ts";

/** After so many claims in a row without a step, a writer says what it tries (R10). */
const claimsMax = 3;
/** A command that was tried so often without an outcome is refused undecided. */
const triesMax = 3;
/** And one whose refusal breaks writers too is not even read any more. */
const unreadAfter = 6;

/**
 * What the log's end tells of writers that ended before they wrote a step, by one command perhaps.
 */
export type Attempts = {
  /** Claims in a row without a step between them but such as say what is tried. */
  claims: number;
  /** The command that was tried last and has no outcome yet, and how often. */
  tried: Tried | null;
};

type Tried = { readonly offset: number; readonly part: number; readonly times: number };

/**
 * What this process tried and outlived: an append failed, a broker was slow, the shard went to
 * another. The log cannot tell that from a death by the command; who lives can.
 */
export type Outlived = {
  /** What is being tried. */
  trying: { readonly offset: number; readonly part: number } | null;
  tried: Tried | null;
};

/** This process has tried nothing yet. */
export function nothingOutlived(): Outlived {
  return { trying: null, tried: null };
}

/** Notes that the writer ended, and not by what it was trying. */
export function noteOutlived(outlived: Outlived): void {
  const { trying } = outlived;
  outlived.trying = null;
  if (trying === null) return;
  const times = timesTried(outlived, trying.offset, trying.part) + 1;
  outlived.tried = { ...trying, times };
}

/** How a command is to be ended: as always, refused undecided, or refused unread. */
export type Care = "decide" | "refuse" | "refuse unread";

/** Nobody has tried anything. */
export function noAttempts(): Attempts {
  return { claims: 0, tried: null };
}

/** Notes what a record of the log meant. */
export function noteAttempt(attempts: Attempts, verdict: Verdict): void {
  if (verdict.type === "claim") attempts.claims += 1;
  if (verdict.type !== "steps") return;
  for (const step of verdict.steps) {
    if (isTrying(step)) {
      const { cause, part } = step;
      const times = timesTried(attempts, cause.offset, part) + 1;
      attempts.tried = { offset: cause.offset, part, times };
    } else {
      attempts.claims = 0;
      attempts.tried = null;
    }
  }
}

/**
 * Whether a writer whose own claim is the last one counted has to say what it tries. At once where
 * the one before said so and came no further.
 */
export function mustSayWhatItTries({ claims, tried }: Attempts): boolean {
  return claims > claimsMax || tried !== null;
}

/** How to end a command, before it is tried once more. */
export function careFor(
  attempts: Attempts,
  outlived: Outlived,
  offset: number,
  part: number,
): Care {
  const times = timesTried(attempts, offset, part) - timesTried(outlived, offset, part);
  if (times >= unreadAfter) return "refuse unread";
  return times >= triesMax ? "refuse" : "decide";
}

function timesTried({ tried }: Pick<Attempts, "tried">, offset: number, part: number): number {
  return tried?.offset === offset && tried.part === part ? tried.times : 0;
}
