import { failInvariant } from "../../domain/facts/units.ts";
import { emptyQueue, join, type QueueNode, type Queue } from "../../domain/state/queue.ts";
import type { StateReader, StateWriter } from "./state-bytes.ts";

/**
 * How a value of a state is written and read. `text` is the shape in words: two programs whose
 * shapes read the same read each other's states.
 */
export type Shape<Value> = {
  readonly text: string;
  readonly write: (to: StateWriter, value: Value) => void;
  readonly read: (from: StateReader) => Value;
  /** It may read nothing, and then the field is not there. */
  readonly mayBeAbsent?: true;
};

/** The shape of each field; a field that is missing here does not compile. */
export type FieldShapes<Value> = { readonly [Field in keyof Value]-?: Shape<Value[Field]> };

/** A safe integer: an amount, a number of shares, a moment. */
export function whole<Value extends number = number>(): Shape<Value> {
  return {
    text: "whole",
    write: (to, value) => to.whole(value),
    read: (from) => from.whole() as Value,
  };
}

/** A text of its own. */
export const text: Shape<string> = {
  text: "text",
  write: (to, value) => to.text(value),
  read: (from) => from.text(),
};

/** A text that comes again and again. */
export const name: Shape<string> = {
  text: "name",
  write: (to, value) => to.name(value),
  read: (from) => from.name(),
};

/** True or false. */
export const flag: Shape<boolean> = {
  text: "flag",
  write: (to, value) => to.count(value ? 1 : 0),
  read: (from) => from.count() === 1,
};

/** An integer that may leave the safe ones. */
export const large: Shape<bigint> = {
  text: "large",
  write: (to, value) => to.text(String(value)),
  read: (from) => BigInt(from.text()),
};

/** One of these words. One that the type has and `words` has not does not compile. */
export function word<Value extends string>(words: Readonly<Record<Value, true>>): Shape<Value> {
  const all = Object.keys(words) as Value[];
  const numbers = new Map(all.map((each, index) => [each, index]));
  return {
    text: all.join("|"),
    write: (to, value) => to.count(numbers.get(value) ?? failInvariant(`${value} is no word`)),
    read: (from) => all[from.count()] ?? failInvariant(`no such word of ${all.join(", ")}`),
  };
}

/** Always the same value, of which nothing is written. */
export function always<Value extends string | boolean | number | null>(value: Value): Shape<Value> {
  return { text: `=${String(value)}`, write: () => {}, read: () => value };
}

/** Of which nothing is written: it is made anew of what stands beside it. */
export function later<Value>(make: () => Value): Shape<Value> {
  return { text: "later", write: () => {}, read: make };
}

/** The value, or null. */
export function orNull<Value>(shape: Shape<Value>): Shape<Value | null> {
  return {
    text: `${shape.text}?`,
    write(to, value) {
      to.count(value === null ? 0 : 1);
      if (value !== null) shape.write(to, value);
    },
    read: (from) => (from.count() === 0 ? null : shape.read(from)),
  };
}

/** The value of a field that may be absent. */
export function orAbsent<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return {
    text: `${shape.text}-`,
    write(to, value) {
      to.count(value === undefined ? 0 : 1);
      if (value !== undefined) shape.write(to, value);
    },
    read: (from) => (from.count() === 0 ? undefined : shape.read(from)),
    mayBeAbsent: true,
  };
}

/** Every field, in the order of `fields`. */
export function record<Value extends object>(fields: FieldShapes<Value>): Shape<Value> {
  const all = Object.entries(fields) as [keyof Value, Shape<Value[keyof Value]>][];
  const names = all.map(([field]) => field);
  const shapes = all.map(([, shape]) => shape);
  // A copy has room for every field at once. One that may be absent must not be there before.
  const always = names.filter((_, index) => shapes[index]?.mayBeAbsent !== true);
  const empty = Object.fromEntries(always.map((field) => [field, null])) as Value;
  return {
    text: `{${all.map(([field, shape]) => `${String(field)}:${shape.text}`).join(",")}}`,
    write(to, value) {
      for (let index = 0; index < names.length; index += 1)
        shapes[index]?.write(to, value[names[index] as keyof Value]);
    },
    read(from) {
      const value = { ...empty };
      for (let index = 0; index < names.length; index += 1) {
        const field = shapes[index]?.read(from);
        if (field !== undefined) value[names[index] as keyof Value] = field;
      }
      return value;
    },
  };
}

/** One of several records, told apart by their `type`. */
export function oneOf<Value extends { readonly type: string }>(kinds: {
  readonly [Type in Value["type"]]: Shape<Extract<Value, { readonly type: Type }>>;
}): Shape<Value> {
  const types = Object.keys(kinds) as Value["type"][];
  const numbers = new Map<string, number>(types.map((type, index) => [type, index]));
  const shapes = types.map((type) => kinds[type] as unknown as Shape<Value>);
  const shapeAt = (index: number): Shape<Value> =>
    shapes[index] ?? failInvariant(`no such kind of ${types.join(", ")}`);
  return {
    text: `(${types.map((type, index) => `${type}${shapeAt(index).text}`).join("|")})`,
    write(to, value) {
      const index = numbers.get(value.type) ?? failInvariant(`${value.type} is no kind`);
      to.count(index);
      shapeAt(index).write(to, value);
    },
    read: (from) => shapeAt(from.count()).read(from),
  };
}

/** Whoever holds the values in a row may change them, or not. */
type ListShape<Value> = Pick<Shape<Value[]>, "text" | "read"> & {
  readonly write: (to: StateWriter, values: readonly Value[]) => void;
};

/** Values in a row. */
export function list<Value>(shape: Shape<Value>): ListShape<Value> {
  return {
    text: `[${shape.text}]`,
    write(to, values) {
      to.count(values.length);
      for (const value of values) shape.write(to, value);
    },
    read(from) {
      const values: Value[] = [];
      for (let left = from.count(); left > 0; left -= 1) values.push(shape.read(from));
      return values;
    },
  };
}

/** A map in the order in which it was filled. */
export function map<Key, Value>(key: Shape<Key>, value: Shape<Value>): Shape<Map<Key, Value>> {
  return {
    text: `<${key.text},${value.text}>`,
    write(to, entries) {
      to.count(entries.size);
      for (const [each, held] of entries) {
        key.write(to, each);
        value.write(to, held);
      }
    },
    read(from) {
      const entries = new Map<Key, Value>();
      for (let left = from.count(); left > 0; left -= 1)
        entries.set(key.read(from), value.read(from));
      return entries;
    },
  };
}

/** A set in the order in which it was filled. */
export function set<Value>(shape: Shape<Value>): Shape<Set<Value>> {
  const values = list(shape);
  return {
    text: `set${values.text}`,
    write: (to, value) => values.write(to, [...value]),
    read: (from) => new Set(values.read(from)),
  };
}

/** An object that stands in several places: the same one in all of them, as before. */
export function shared<Value extends object>(shape: Shape<Value>): Shape<Value> {
  return {
    text: `&${shape.text}`,
    write(to, value) {
      if (to.shared(value)) shape.write(to, value);
    },
    read: (from) => from.shared(() => shape.read(from)),
  };
}

/** A line; `placed` hears where each value stands in it when it is read. */
export function queue<Value>(
  shape: Shape<Value>,
  placed: (node: QueueNode<Value>) => void,
): Shape<Queue<Value>> {
  return {
    text: `line${shape.text}`,
    write(to, line) {
      let count = 0;
      for (let node = line.first; node !== null; node = node.after) count += 1;
      to.count(count);
      for (let node = line.first; node !== null; node = node.after) shape.write(to, node.value);
    },
    read(from) {
      const line = emptyQueue<Value>();
      for (let left = from.count(); left > 0; left -= 1) placed(join(line, shape.read(from)));
      return line;
    },
  };
}
