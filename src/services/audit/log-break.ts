/**
 * Where a log is not what was written: the first offset that cannot be believed, what belongs
 * there, what is there instead, and the way on.
 */
export type LogBreak = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  readonly wayOn: string;
};

/** The ways on; only a person may decide what is true. */
export const waysOn = {
  damaged:
    "keep a copy of what is there; put back the partition's files from a copy made before " +
    "(`npx sauda archive` makes one) or from another replica, then verify again",
  written:
    "the bytes are as their sender sent them: somebody else writes to the topic, or a program " +
    "of ours went wrong; end the market, keep the log, and tell the makers of Sauda",
  lost:
    "keep a copy of what is there; restore Kafka's data, or begin a new market with " +
    "`npx sauda reset`",
} as const;

/** Thrown where an auditor's walk of the log cannot go on. */
export class BrokenLog extends Error {
  override readonly name = "BrokenLog";
  readonly broken: LogBreak;

  constructor(broken: LogBreak) {
    const { topic, partition, offset, expected, found, wayOn } = broken;
    super(`${topic}-${partition}@${offset}: expected ${expected}, found ${found} -> ${wayOn}`);
    this.broken = broken;
  }
}
