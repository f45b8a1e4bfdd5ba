/** A place in a queue. It stays valid until its value leaves. */
export type Place<Value> = {
  readonly value: Value;
  before: Place<Value> | null;
  after: Place<Value> | null;
};

/** A line that is joined at the end and may be left from anywhere, both in constant time. */
export type Queue<Value> = {
  first: Place<Value> | null;
  last: Place<Value> | null;
};

/** A line with nobody in it. */
export function emptyQueue<Value>(): Queue<Value> {
  return { first: null, last: null };
}

/** Joins at the end. Keep the place: it is what `leave` takes. */
export function join<Value>(queue: Queue<Value>, value: Value): Place<Value> {
  return joinAfter(queue, queue.last, value);
}

/**
 * Joins after the last value that is not later, looked for from the end, where it nearly always is.
 */
export function joinInTime<Value extends { readonly expiresAtMs: number }>(
  queue: Queue<Value>,
  value: Value,
): Place<Value> {
  let before = queue.last;
  while (before !== null && before.value.expiresAtMs > value.expiresAtMs) before = before.before;
  return joinAfter(queue, before, value);
}

/** Takes the place out of the line it stands in. A place leaves once. */
export function leave<Value>(queue: Queue<Value>, place: Place<Value>): void {
  if (place.before === null) queue.first = place.after;
  else place.before.after = place.after;
  if (place.after === null) queue.last = place.before;
  else place.after.before = place.before;
}

/** The values from first to last. */
export function valuesOf<Value>(queue: Queue<Value>): Value[] {
  const values: Value[] = [];
  for (let place = queue.first; place !== null; place = place.after) values.push(place.value);
  return values;
}

function joinAfter<Value>(
  queue: Queue<Value>,
  before: Place<Value> | null,
  value: Value,
): Place<Value> {
  const after = before === null ? queue.first : before.after;
  const place: Place<Value> = { value, before, after };
  if (before === null) queue.first = place;
  else before.after = place;
  if (after === null) queue.last = place;
  else after.before = place;
  return place;
}
