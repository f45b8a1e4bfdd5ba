import type { LoadOrder } from "./load-orders.ts";

/**
 * What became of an order. Over a topic the broker's word is `written`; what the market makes of it
 * is told by its log. `refused`: the gateway did not pass it on. `unknown`: it may or may not take
 * effect.
 */
export type LoadOutcome =
  | "accepted"
  | "rejected"
  | "repeated"
  | "written"
  | "refused"
  | "not_sent"
  | "unknown";

/** An order, when it was due, sent and answered (ms of `performance.now()`), and the answer. */
export type SentOrder = LoadOrder & {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly outcome: LoadOutcome;
  /** Why, where it is not as it was asked: a reason of the market, a code or words. */
  readonly why: string | null;
  /** Where it stands: on its topic, or the step that decided it. */
  readonly place:
    | { readonly topic: string; readonly partition: number; readonly offset: number }
    | { readonly order_id: string | null; readonly shard: number; readonly seq: number }
    | null;
};

/** A way into the market on which sending never waits. */
export type LoadWay = {
  readonly send: (order: LoadOrder, dueMs: number) => void;
  /** How many have no answer yet. */
  readonly unanswered: () => number;
  readonly close: () => Promise<void>;
};
