import { emptyQueue, join, leave, type QueueNode, type Queue } from "../../domain/state/queue.ts";
import { getOrMake } from "../../domain/facts/get-or-make.ts";

/**
 * Values in the order they came: the newest are listed without a look at the others, and any
 * may leave.
 */
export type Arrivals<Value> = {
  readonly queue: Queue<Value>;
  readonly nodes: Map<Value, QueueNode<Value>>;
};

/** The same for each key, such as a participant; a key without values is let go of. */
export type ArrivalsByKey<Value> = Map<string, Arrivals<Value>>;

/** Nothing has come yet. */
export function newArrivals<Value>(): Arrivals<Value> {
  return { queue: emptyQueue(), nodes: new Map() };
}

/** The value has come. A value comes once. */
export function arrive<Value>({ queue, nodes }: Arrivals<Value>, value: Value): void {
  nodes.set(value, join(queue, value));
}

/** The value leaves; one that is not there has no effect. */
export function depart<Value>({ queue, nodes }: Arrivals<Value>, value: Value): void {
  const node = nodes.get(value);
  if (node === undefined) return;
  leave(queue, node);
  nodes.delete(value);
}

/** The value has come under the key. */
export function arriveAt<Value>(byKey: ArrivalsByKey<Value>, key: string, value: Value): void {
  arrive(getOrMake(byKey, key, newArrivals<Value>), value);
}

/** The value leaves the key. */
export function departFrom<Value>(byKey: ArrivalsByKey<Value>, key: string, value: Value): void {
  const own = byKey.get(key);
  if (own === undefined) return;
  depart(own, value);
  if (own.nodes.size === 0) byKey.delete(key);
}

/**
 * The values, newest first, each looked at when it is asked for; none where nothing has come.
 * `from`: that value and what came before it, without a look at the newer ones; where it is not
 * among them, all.
 */
export function* newestFirst<Value>(
  arrivals: Arrivals<Value> | undefined,
  from?: Value,
): Generator<Value> {
  const begin = from === undefined ? undefined : arrivals?.nodes.get(from);
  let node = begin ?? arrivals?.queue.last ?? null;
  for (; node !== null; node = node.before) yield node.value;
}

/**
 * The values of all keys, newest first, each looked at when it is asked for; `isNewer` compares
 * values of different keys. For as many keys as a market has members.
 */
export function* newestOfAll<Value>(
  byKey: ArrivalsByKey<Value>,
  isNewer: (one: Value, other: Value) => boolean,
): Generator<Value> {
  const newest = [...byKey.values()].flatMap(({ queue }) => queue.last ?? []);
  for (;;) {
    let chosen = 0;
    for (const [index, node] of newest.entries()) {
      const best = newest[chosen];
      if (best !== undefined && isNewer(node.value, best.value)) chosen = index;
    }
    const node = newest[chosen];
    if (node === undefined) return;
    yield node.value;
    if (node.before === null) newest.splice(chosen, 1);
    else newest[chosen] = node.before;
  }
}
