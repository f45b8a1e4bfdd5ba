import type { Member } from "./member.ts";

/** One membership as the coordinator sees it, and whom it tells. */
export type Membership = {
  readonly id: number;
  readonly member: Member;
  readonly spread: "each" | "one";
  readonly partitions: readonly string[];
  /** Whether its heartbeats arrive. */
  isAlive(): boolean;
  /**
   * Told to the membership with this id; one that has joined anew since has another and must
   * not listen.
   */
  learn(id: number, assignment: ReadonlySet<string>, generation: number): void;
};
