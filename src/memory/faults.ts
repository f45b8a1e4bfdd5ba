/** What a request asks for; a policy may treat kinds differently. */
export type RequestKind = "append" | "read" | "describe" | "group" | "transaction";

/**
 * What becomes of one request. It lands `landsAfterMs` after it was sent (null: never) and its
 * answer arrives `answersAfterMs` after that (null: never). Its sender waits `timeoutMs` from the
 * sending on and then knows nothing; a request may well land after that. `refused`: it lands
 * nowhere, is answered, and may be sent again.
 */
export type Fate = {
  readonly landsAfterMs: number | null;
  readonly answersAfterMs: number | null;
  readonly timeoutMs: number;
  readonly refused: boolean;
};

/** Decides what goes wrong. Asked once for each request, in the order they are sent. */
export type Faults = {
  fate(kind: RequestKind): Fate;
  /** At most so many records come with one read. */
  sliceMax(): number;
  /** How long after the coordinator's decision a member hears of it. */
  heartbeatMs(): number;
};

/** The fate of a request when nothing goes wrong: it is carried out on the spot. */
export const calm: Fate = {
  landsAfterMs: 0,
  answersAfterMs: 0,
  timeoutMs: 3000,
  refused: false,
};

/** Nothing goes wrong and nothing takes time. */
export const noFaults: Faults = {
  fate: () => calm,
  sliceMax: () => 5000,
  heartbeatMs: () => 0,
};
