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
  /** The same as code, to stand in that of a record; else its functions are called. */
  readonly code?: ShapeCode;
};

/**
 * Code that writes the value that an expression names, and an expression that reads one. `use`
 * gives a shape a name in the code.
 */
type ShapeCode = {
  readonly write: (value: string, use: Use) => string;
  readonly read: (use: Use) => string;
};
type Use = (shape: UsedShape) => string;
/** Of whatever value. */
type UsedShape = Omit<Shape<never>, "read"> & { readonly read: (from: StateReader) => unknown };

/** A call of the writer's or the reader's own. */
function called(name: "whole" | "moment" | "text" | "name"): ShapeCode {
  return { write: (value) => `to.${name}(${value});`, read: () => `from.${name}()` };
}

function codeOf(shape: UsedShape): ShapeCode {
  return (
    shape.code ?? {
      write: (value, use) => `${use(shape)}.write(to, ${value});`,
      read: (use) => `${use(shape)}.read(from)`,
    }
  );
}

/** The shape of each field; a field that is missing here does not compile. */
export type FieldShapes<Value> = { readonly [Field in keyof Value]-?: Shape<Value[Field]> };

/** The shape of each kind of record; one that is missing here does not compile. */
export type KindShapes<Value extends { readonly type: string }> = {
  readonly [Type in Value["type"]]:
    | Shape<Extract<Value, { readonly type: Type }>>
    | readonly [number, Shape<Extract<Value, { readonly type: Type }>>];
};

/** A safe integer: an amount, a number of shares, a moment. */
export function whole<Value extends number = number>(): Shape<Value> {
  return {
    text: "whole",
    write: (to, value) => to.whole(value),
    read: (from) => from.whole() as Value,
    code: called("whole"),
  };
}

/** A text of its own. */
export const text: Shape<string> = {
  text: "text",
  write: (to, value) => to.text(value),
  read: (from) => from.text(),
  code: called("text"),
};

/** A text that comes again and again. */
export const name: Shape<string> = {
  text: "name",
  write: (to, value) => to.name(value),
  read: (from) => from.name(),
  code: called("name"),
};

/** True or false. */
export const flag: Shape<boolean> = {
  text: "flag",
  write: (to, value) => to.flag(value),
  read: (from) => from.flag(),
};

/** An integer that may leave the safe ones. */
export const large: Shape<bigint> = {
  text: "large",
  write: (to, value) => to.text(String(value)),
  read: (from) => BigInt(from.text()),
};

/** A moment near others that are written. */
export function moment<Value extends number>(): Shape<Value> {
  return {
    text: "moment",
    write: (to, value) => to.moment(value),
    read: (from) => from.moment() as Value,
    code: called("moment"),
  };
}

/**
 * One of these words. One that the type has and `words` has not does not compile. A number: the
 * generation (`since`) that it came with.
 */
export function word<Value extends string>(
  words: Readonly<Record<Value, true | number>>,
): Shape<Value> {
  const all = inOrder(Object.entries(words) as [Value, true | number][]);
  const numbers = new Map(all.map(([each], index) => [each, index]));
  return {
    text: `(${all.map(([each, came]) => `"${each}"${came === true ? "" : `@${came}`}`).join("|")})`,
    write: (to, value) => to.count(numbers.get(value) ?? failInvariant(`${value} is no word`)),
    read: (from) =>
      all[from.count()]?.[0] ?? failInvariant(`no such word of ${[...numbers.keys()].join(", ")}`),
  };
}

/** What came later stands behind: what was written before keeps its number. */
function inOrder<Entry extends readonly [string, true | number, ...unknown[]]>(
  entries: readonly Entry[],
): Entry[] {
  return entries.toSorted(([, one], [, other]) => Number(one) - Number(other));
}

/** Always the same value, of which nothing is written. */
export function always<Value extends string | boolean | number | null>(value: Value): Shape<Value> {
  const code: ShapeCode = { write: () => "", read: () => JSON.stringify(value) };
  return { text: `=${JSON.stringify(value)}`, write: () => {}, read: () => value, code };
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
      to.flag(value !== null);
      if (value !== null) shape.write(to, value);
    },
    read: (from) => (from.flag() ? shape.read(from) : null),
    code: optional(shape, "null"),
  };
}

/** The value of a field that may be absent. */
export function orAbsent<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return {
    text: `${shape.text}-`,
    write(to, value) {
      to.flag(value !== undefined);
      if (value !== undefined) shape.write(to, value);
    },
    read: (from) => (from.flag() ? shape.read(from) : undefined),
    code: optional(shape, "undefined"),
    mayBeAbsent: true,
  };
}

function optional<Value>(shape: Shape<Value>, nothing: "null" | "undefined"): ShapeCode {
  const { write, read } = codeOf(shape);
  return {
    write: (value, use) =>
      `if (${value} === ${nothing}) to.flag(false); else { to.flag(true); ${write(value, use)} }`,
    read: (use) => `(from.flag() ? ${read(use)} : ${nothing})`,
  };
}

/**
 * Every field, in the order of `fields`. The code that reads and writes a record is made here, of
 * names in our own source alone: by going over a list of fields a log is read in twice the time.
 */
export function record<Value extends object>(fields: FieldShapes<Value>): Shape<Value> {
  const all = Object.entries(fields) as [string, UsedShape][];
  const used: UsedShape[] = [];
  const use = (shape: UsedShape): string => `s${used.push(shape) - 1}`;
  const writes = all.map(([field, shape]) => codeOf(shape).write(`value.${field}`, use));
  const reads = all.map(([field, shape]) => `const ${field}_ = ${codeOf(shape).read(use)};`);
  const code = [
    "return {",
    `write(to, value) { ${writes.join(" ")} },`,
    `read(from) { ${reads.join(" ")} ${made([], all)} },`,
    "};",
  ].join("\n");
  const names = used.map((_, index) => `s${index}`);
  // oxlint-disable-next-line typescript/no-implied-eval -- decision 022 has what it saves
  const functions = new Function(...names, code)(...used) as Pick<Shape<Value>, "write" | "read">;
  return {
    text: `{${all.map(([field, shape]) => `${field}:${shape.text}`).join(",")}}`,
    write: functions.write,
    read: functions.read,
  };
}

/** The code of an object of these fields: those that are absent are not there at all. */
function made(before: readonly string[], after: readonly (readonly [string, UsedShape])[]): string {
  const next = after.findIndex(([, { mayBeAbsent }]) => mayBeAbsent === true);
  const [absent] = after[next] ?? [];
  const names = [
    ...before,
    ...after.slice(0, next === -1 ? after.length : next).map(([name]) => name),
  ];
  if (absent === undefined)
    return `return { ${names.map((name) => `${name}: ${name}_`).join(", ")} };`;
  const rest = after.slice(next + 1);
  return `if (${absent}_ === undefined) { ${made(names, rest)} } else { ${made([...names, absent], rest)} }`;
}

/**
 * One of several records, told apart by their `type`. A shape with a number: the generation
 * (`since`) that it came with.
 */
export function oneOf<Value extends { readonly type: string }>(
  kinds: KindShapes<Value>,
): Shape<Value> {
  type Kind = readonly [type: string, came: true | number, shape: Shape<Value>];
  const entries = Object.entries<unknown>(kinds).map(([type, kind]): Kind => {
    const [came, shape] = Array.isArray(kind) ? kind : [true, kind];
    return [type, came as true | number, shape as Shape<Value>];
  });
  const all = inOrder(entries);
  const numbers = new Map(all.map(([type], index) => [type, index]));
  const shapes = all.map(([, , shape]) => shape);
  const shapeAt = (index: number): Shape<Value> =>
    shapes[index] ?? failInvariant(`no such kind of ${[...numbers.keys()].join(", ")}`);
  return {
    text: `(${all.map(([type, came, shape]) => `${type}${came === true ? "" : `@${came}`}${shape.text}`).join("|")})`,
    write(to, value) {
      const index = numbers.get(value.type) ?? failInvariant(`${value.type} is no kind`);
      to.count(index);
      shapeAt(index).write(to, value);
    },
    read: (from) => shapeAt(from.count()).read(from),
  };
}

/** One of two, told apart by what they hold. */
export function either<One, Other>(
  one: Shape<One>,
  other: Shape<Other>,
  isOther: (value: One | Other) => value is Other,
): Shape<One | Other> {
  return {
    text: `(${one.text}/${other.text})`,
    write(to, value) {
      const isThat = isOther(value);
      to.flag(isThat);
      if (isThat) other.write(to, value);
      else one.write(to, value as One);
    },
    read: (from) => (from.flag() ? other.read(from) : one.read(from)),
  };
}

/**
 * A field that came with a generation of the shapes: bytes of an earlier one have it not, and then
 * it is `before`.
 */
export function since<Value>(generation: number, shape: Shape<Value>, before: Value): Shape<Value> {
  return {
    text: `@${generation}${shape.text}`,
    write: (to, value) => shape.write(to, value),
    read: (from) => (from.generation < generation ? before : shape.read(from)),
    ...(shape.mayBeAbsent === true && { mayBeAbsent: true as const }),
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
