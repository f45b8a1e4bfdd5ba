import { getOrMake } from "../../domain/facts/get-or-make.ts";

/** What comes has a number that is above those of all that came before it. */
export type Arrived = { readonly arrival: number };

/**
 * Values in the order they came: the newest are listed without a look at the others, and any may
 * leave; its number stays in its place until half of them have left.
 */
export type Arrivals<Value extends Arrived> = {
  places: (Value | number)[];
  first: number;
  size: number;
};

/** The same for each key, such as a participant; a key without values is let go of. */
export type ArrivalsByKey<Value extends Arrived> = Map<string, Arrivals<Value>>;

/** So few places are not worth to be made anew. */
const placesLeast = 32;

/** Nothing has come yet. */
export function newArrivals<Value extends Arrived>(): Arrivals<Value> {
  return { places: [], first: 0, size: 0 };
}

/** The value has come. A value comes once, in the order of the numbers. */
export function arrive<Value extends Arrived>(arrivals: Arrivals<Value>, value: Value): void {
  arrivals.places.push(value);
  arrivals.size += 1;
}

/** The value leaves; one that is not there has no effect. */
export function depart<Value extends Arrived>(arrivals: Arrivals<Value>, value: Value): void {
  const { places, first } = arrivals;
  // Mostly the oldest leaves or the newest: to look for one costs as much as all else here.
  const isFirst = places[first] === value;
  const last = places.length - 1;
  const isLast = places[last] === value;
  const index = isFirst ? first : isLast ? last : indexOf(arrivals, value.arrival);
  if (places[index] !== value) return;
  places[index] = value.arrival;
  arrivals.size -= 1;
  while (typeof places.at(-1) === "number") places.pop();
  while (typeof places[arrivals.first] === "number") arrivals.first += 1;
  if (places.length < placesLeast || places.length < 2 * arrivals.size) return;
  arrivals.places = places.filter((place) => typeof place !== "number");
  arrivals.first = 0;
}

/** The one that came first of those that are there. */
export function oldestOf<Value extends Arrived>(arrivals: Arrivals<Value>): Value | undefined {
  const oldest = arrivals.places[arrivals.first];
  return typeof oldest === "number" ? undefined : oldest;
}

/** The value has come under the key. */
export function arriveAt<Value extends Arrived>(
  byKey: ArrivalsByKey<Value>,
  key: string,
  value: Value,
): void {
  arrive(getOrMake(byKey, key, newArrivals<Value>), value);
}

/** The value leaves the key. */
export function departFrom<Value extends Arrived>(
  byKey: ArrivalsByKey<Value>,
  key: string,
  value: Value,
): void {
  const own = byKey.get(key);
  if (own === undefined) return;
  depart(own, value);
  if (own.size === 0) byKey.delete(key);
}

/**
 * The values, newest first, each looked at when it is asked for; none where nothing has come.
 * `from`: that value and what came before it, without a look at the newer ones; where it is not
 * among them, all.
 */
export function* newestFirst<Value extends Arrived>(
  arrivals: Arrivals<Value> | undefined,
  from?: Value,
): Generator<Value> {
  if (arrivals === undefined) return;
  const { places, first } = arrivals;
  const begin = from === undefined ? -1 : indexOf(arrivals, from.arrival);
  const isThere = from !== undefined && places[begin] === from;
  for (let index = isThere ? begin : places.length - 1; index >= first; index -= 1) {
    const place = places[index];
    if (place !== undefined && typeof place !== "number") yield place;
  }
}

/**
 * The values of all keys, newest first, each looked at when it is asked for; `isNewer` compares
 * values of different keys. For as many keys as a market has members.
 */
export function* newestOfAll<Value extends Arrived>(
  byKey: ArrivalsByKey<Value>,
  isNewer: (one: Value, other: Value) => boolean,
): Generator<Value> {
  const lines = [...byKey.values()].flatMap((own) => {
    const rest = newestFirst(own);
    const { value } = rest.next();
    return value === undefined ? [] : [{ value: value as Value, rest }];
  });
  for (;;) {
    let chosen = 0;
    for (const [index, { value }] of lines.entries()) {
      const best = lines[chosen];
      if (best !== undefined && isNewer(value, best.value)) chosen = index;
    }
    const line = lines[chosen];
    if (line === undefined) return;
    yield line.value;
    const { value, done } = line.rest.next();
    if (done === true) lines.splice(chosen, 1);
    else line.value = value;
  }
}

/** Where the number is, or would be. */
function indexOf<Value extends Arrived>(
  { places, first }: Arrivals<Value>,
  arrival: number,
): number {
  let [low, high] = [first, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const place = places[middle];
    const found = typeof place === "object" ? place.arrival : place;
    if (found !== undefined && found < arrival) low = middle + 1;
    else high = middle;
  }
  return low;
}
