import { list, map, record, whole, type Shape } from "../../protocol/snapshot/shape.ts";
import { Fifo, NewestMap } from "../fifo.ts";
import type { CommandPart, Forgotten, ForgottenOfShard } from "../records/forgotten.ts";
import type { StepPlace } from "../step-place.ts";

/** Where a step stands. */
export const stepPlace: Shape<StepPlace> = record<StepPlace>({
  shard: whole(),
  seq: whole(),
  commandOffset: whole(),
  part: whole(),
  logOffset: whole(),
  atMs: whole(),
});

/** By shard, what was let go of. */
export const forgotten: Shape<Forgotten> = map(
  whole(),
  record<ForgottenOfShard>({
    seq: whole(),
    commandOffset: whole(),
    atMs: whole(),
    changed: record<CommandPart>({ commandOffset: whole(), part: whole() }),
  }),
);

/** A map of values that know their own keys: only these are written, in its order. */
export function mapBy<Value>(
  keyOf: (value: Value) => string,
  shape: Shape<Value>,
): Shape<Map<string, Value>> {
  const values = list(shape);
  return {
    text: `by key${values.text}`,
    write: (to, all) => values.write(to, [...all.values()]),
    read: (from) => new Map(values.read(from).map((value) => [keyOf(value), value])),
  };
}

/** First in, first out. */
export function fifo<Value>(shape: Shape<Value>): Shape<Fifo<Value>> {
  const values = list(shape);
  return {
    text: `fifo${values.text}`,
    write: (to, all) => values.write(to, [...all]),
    read(from) {
      const all = new Fifo<Value>();
      for (const value of values.read(from)) all.push(value);
      return all;
    },
  };
}

/** The newest keys, of which `most` are kept. */
export function newestMap<Key, Value>(
  key: Shape<Key>,
  value: Shape<Value>,
  most: number,
): Shape<NewestMap<Key, Value>> {
  const entries = map(key, value);
  return {
    text: `newest ${most}${entries.text}`,
    write: (to, all) => entries.write(to, new Map(all)),
    read(from) {
      const all = new NewestMap<Key, Value>(most);
      for (const [each, held] of entries.read(from)) all.set(each, held);
      return all;
    },
  };
}
