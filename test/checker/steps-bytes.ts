import { readShapes, type Meaning } from "./shape-text.ts";

/*
 * Steps of format 2, read as docs/log-format.md says, from the shapes in docs/log-shapes. Nothing
 * of the services' reader is used here.
 */

type Json = Readonly<Record<string, unknown>>;
/** Reads a value at the place; `undefined`: the field is not there. */
type Read = (at: Cursor) => unknown;

/** How far a record has been read: its names so far, and the time of the step. */
type Cursor = {
  readonly bytes: Buffer;
  readonly names: Set<string>;
  readonly byNumber: string[];
  next: number;
  stepMs: number;
};

const readers = new Map<number, Read>();

/** What is wrong with the bytes. */
class Unreadable extends Error {}

/** The fields of a record of steps, as format 1 would say them; what is wrong as a text. */
export function readStepsBytes(bytes: Buffer): Json | string {
  try {
    const at: Cursor = { bytes, names: new Set(), byNumber: [], next: 0, stepMs: 0 };
    if (count(at) !== 2) return "not format 2";
    const generation = count(at);
    if (generation !== 1 && generation !== 2) return `shapes ${generation}`;
    const events = eventsOf(generation);
    const [epoch, seq, prev] = [whole(at), whole(at), digest(at)];
    const head = flag(at) ? { writerMs: whole(at) } : {};
    const steps: Json[] = [];
    let left = take(at, 4).readUInt32BE();
    if (left === 0) return "no steps";
    let [offset, stepMs] = [0, 0];
    for (; left > 0; left -= 1) {
      offset = after(at, offset);
      const cause = { offset, digest: digest(at) };
      const parts = count(at);
      stepMs = after(at, stepMs);
      at.stepMs = stepMs;
      const [part, last] = [(parts - (parts % 2)) / 2, parts % 2 === 0];
      steps.push({ cause, part, last, at: stepMs, events: events(at) });
    }
    if (at.next !== bytes.length) return `${bytes.length - at.next} bytes too many`;
    return { type: "Steps", format: 2, epoch, seq, prev, ...head, steps };
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

function eventsOf(generation: number): Read {
  const known = readers.get(generation);
  if (known !== undefined) return known;
  const made = readShapes(generation, reading);
  readers.set(generation, made);
  return made;
}

const reading: Meaning<Read> = {
  primitive: (word) => primitives[word] ?? fail(`no shape is called ${word}`),
  always: (value) => () => value,
  orNull: (read) => (at) => (flag(at) ? read(at) : null),
  orAbsent: (read) => (at) => (flag(at) ? read(at) : undefined),
  either: (one, other) => (at) => (flag(at) ? other(at) : one(at)),
  among: (options) => (at) => {
    const number = count(at);
    const chosen = options[number];
    if (chosen === undefined) throw new Unreadable(`one of ${options.length}, not ${number}`);
    return chosen(at);
  },
  list: (each) => (at) => {
    const values: unknown[] = [];
    for (let left = count(at); left > 0; left -= 1) values.push(each(at));
    return values;
  },
  object: (fields) => (at) => {
    const object: Record<string, unknown> = {};
    for (const [field, read] of fields) {
      const value = read(at);
      if (value !== undefined) object[field] = value;
    }
    return object;
  },
};

function fail(what: string): never {
  throw new Error(what);
}

function take(at: Cursor, bytes: number): Buffer {
  const end = at.next + bytes;
  if (end > at.bytes.length) throw new Unreadable(`the bytes end in the middle, at ${at.next}`);
  const taken = at.bytes.subarray(at.next, end);
  at.next = end;
  return taken;
}

function byte(at: Cursor): number {
  return take(at, 1).readUInt8();
}

/** In whole numbers of any size, so that what is too large is seen. */
function sevens(at: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const next = byte(at);
    value += BigInt(next % 128) << shift;
    if (next >= 128) continue;
    if (next === 0 && shift > 0n) throw new Unreadable("a number of more bytes than it needs");
    return value;
  }
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Unreadable("a number above 2^53-1");
  return number;
}

function count(at: Cursor): number {
  return exact(sevens(at));
}

function whole(at: Cursor): number {
  const first = byte(at);
  const rest = first >= 128 ? sevens(at) : 0n;
  if (first >= 128 && rest === 0n) throw new Unreadable("a number of more bytes than it needs");
  const size = exact(rest * 64n + BigInt(first % 64));
  if (first % 128 < 64) return size;
  if (size === 0) throw new Unreadable("nothing below zero");
  return -size;
}

function after(at: Cursor, before: number): number {
  const value = exact(BigInt(before) + BigInt(whole(at)));
  if (value < 0) throw new Unreadable("an offset or a time below 0");
  return value;
}

function flag(at: Cursor): boolean {
  const value = byte(at);
  if (value > 1) throw new Unreadable(`a flag of ${value}`);
  return value === 1;
}

function digest(at: Cursor): string {
  return take(at, 32).toString("hex");
}

const nearMs = 2n ** 40n;

function moment(at: Cursor): number {
  const told = sevens(at);
  if (told === 0n) {
    const value = whole(at);
    const away = BigInt(value) - BigInt(at.stepMs);
    if (away < nearMs && away > -nearMs) throw new Unreadable("a near moment as a far one");
    return value;
  }
  const away = told % 2n === 1n ? (told - 1n) / 2n : -told / 2n;
  if (away >= nearMs || away <= -nearMs) throw new Unreadable("a far moment as a near one");
  return exact(BigInt(at.stepMs) + away);
}

function text(at: Cursor): string {
  return letters(at, count(at));
}

function letters(at: Cursor, told: number): string {
  const units = (told - (told % 2)) / 2;
  if (told % 2 === 0) return take(at, units).toString("latin1");
  const value = take(at, 2 * units).toString("utf16le");
  if (value.split("").every((unit) => unit <= "\u00ff"))
    throw new Unreadable("a text that is wide without need");
  return value;
}

function name(at: Cursor): string {
  const told = count(at);
  if (told % 2 === 0) {
    const known = at.byNumber[told / 2];
    if (known === undefined) throw new Unreadable(`no name has the number ${told / 2}`);
    return known;
  }
  const value = letters(at, (told - 1) / 2);
  if (at.names.has(value)) throw new Unreadable(`the name ${value} is not new`);
  at.names.add(value);
  at.byNumber.push(value);
  return value;
}

const primitives: Readonly<Record<string, Read>> = { whole, flag, moment, text, name };
