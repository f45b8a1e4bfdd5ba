/** A node in a queue. It stays valid until its value leaves. */
export type QueueNode<Value> = {
  readonly value: Value;
  before: QueueNode<Value> | null;
  after: QueueNode<Value> | null;
};

/** A line that is joined at the end and may be left from anywhere, both in constant time. */
export type Queue<Value> = {
  first: QueueNode<Value> | null;
  last: QueueNode<Value> | null;
};

/** A line with nobody in it. */
export function emptyQueue<Value>(): Queue<Value> {
  return { first: null, last: null };
}

/** Joins at the end. Keep the node: it is what `leave` takes. */
export function join<Value>(queue: Queue<Value>, value: Value): QueueNode<Value> {
  return joinAfter(queue, queue.last, value);
}

/**
 * Joins after the last value that is not later, looked for from the end, where it nearly always is.
 */
export function joinInTime<Value extends { readonly expiresAtMs: number }>(
  queue: Queue<Value>,
  value: Value,
): QueueNode<Value> {
  let before = queue.last;
  while (before !== null && before.value.expiresAtMs > value.expiresAtMs) before = before.before;
  return joinAfter(queue, before, value);
}

/** Takes the node out of the line it stands in. A node leaves once. */
export function leave<Value>(queue: Queue<Value>, node: QueueNode<Value>): void {
  if (node.before === null) queue.first = node.after;
  else node.before.after = node.after;
  if (node.after === null) queue.last = node.before;
  else node.after.before = node.before;
}

/** The values from first to last. */
export function valuesOf<Value>(queue: Queue<Value>): Value[] {
  const values: Value[] = [];
  for (let node = queue.first; node !== null; node = node.after) values.push(node.value);
  return values;
}

function joinAfter<Value>(
  queue: Queue<Value>,
  before: QueueNode<Value> | null,
  value: Value,
): QueueNode<Value> {
  const after = before === null ? queue.first : before.after;
  const node: QueueNode<Value> = { value, before, after };
  if (before === null) queue.first = node;
  else before.after = node;
  if (after === null) queue.last = node;
  else after.before = node;
  return node;
}
