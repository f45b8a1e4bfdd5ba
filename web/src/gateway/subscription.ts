import type { StreamMessage, SubscribeRequest } from "../wire.ts";

/** A message that counts. */
export type CountedMessage = Extract<StreamMessage, { n: number }>;

/** What to follow: a channel, and of it a symbol or a depth. */
export type Topic = Omit<SubscribeRequest, "op">;

/** Who follows. A begin follows every loss, and is the moment to fetch what was missed. */
export type Follower = {
  readonly onMessage: (message: CountedMessage) => void;
  /** What is shown may be old from now on; `why` is for people. */
  readonly onLost: (why: string) => void;
  /** The messages count from 0 again. `why` is the loss before it; null the first time. */
  readonly onBegin: (why: string | null) => void;
};

/** Something followed: where it stands between asked, live and lost. */
export type Subscription = {
  readonly topic: Topic;
  readonly follower: Follower;
  /** The server's number for it; null until it answered. */
  id: number | null;
  nextN: number;
  lostBecause: string | null;
  isClosed: boolean;
};

/** Not asked for yet. */
export function newSubscription(topic: Topic, follower: Follower): Subscription {
  return { topic, follower, id: null, nextN: 0, lostBecause: null, isClosed: false };
}

/** The server took it: its messages count from 0. */
export function begin(subscription: Subscription, id: number): void {
  const why = subscription.lostBecause;
  subscription.id = id;
  subscription.nextN = 0;
  subscription.lostBecause = null;
  subscription.follower.onBegin(why);
}

/** The messages between are gone; told once for one loss. */
export function lose(subscription: Subscription, why: string): void {
  subscription.id = null;
  if (subscription.lostBecause !== null) return;
  subscription.lostBecause = why;
  subscription.follower.onLost(why);
}

/**
 * Takes a message in. Returns why it cannot count as the next one, after which the subscription
 * must be made anew; null where it was passed on.
 */
export function take(subscription: Subscription, message: CountedMessage): string | null {
  if (message.n !== subscription.nextN)
    return `message ${message.n} came where ${subscription.nextN} was next`;
  // Counted once it is taken in: where the follower fails at one, the next finds a gap.
  subscription.follower.onMessage(message);
  subscription.nextN += 1;
  return null;
}
