import { failInvariant } from "../../domain/facts/units.ts";
import type { HashKey } from "../../domain/state/keyed-hash.ts";

/** A piece of a state's bytes holds about this many, or one text. */
const chunkBytes = 1024 * 1024;
/** More than a number and the length of a text take. */
const numberBytesMax = 10;
/** Texts up to here are copied letter by letter, which costs less than a call. */
const shortText = 40;

/**
 * Writes a state as pieces of about 1 MiB, so that no part of it is ever one text. What is one
 * object in the state is one object here too (`shared`), and names that come again are
 * written once.
 */
export class StateWriter {
  readonly #chunks: Buffer[] = [];
  readonly #names = new Map<string, number>();
  readonly #shared = new Map<object, number>();
  #bytes = Buffer.allocUnsafe(chunkBytes);
  #at = 0;

  /** A safe integer, not below 0. */
  count(value: number): void {
    this.#makeRoom(numberBytesMax);
    this.#seven(value);
  }

  /** A safe integer. */
  whole(value: number): void {
    if (!Number.isSafeInteger(value)) failInvariant(`${value} in a state is no safe integer`);
    this.#makeRoom(numberBytesMax);
    const size = value < 0 ? -value : value;
    const rest = Math.floor(size / 64);
    this.#bytes[this.#at++] = (size % 64) | (value < 0 ? 64 : 0) | (rest > 0 ? 128 : 0);
    if (rest > 0) this.#seven(rest);
  }

  /** A text that comes once. */
  text(value: string): void {
    if (value.length <= shortText) {
      this.#makeRoom(3 * shortText + numberBytesMax);
      if (this.#writeAscii(value)) return;
    }
    const bytes = Buffer.byteLength(value);
    this.#makeRoom(bytes + numberBytesMax);
    this.#seven(bytes);
    this.#at += this.#bytes.write(value, this.#at);
  }

  /** A text that comes again and again: a symbol, a member, a topic's id. */
  name(value: string): void {
    const known = this.#names.get(value);
    this.count(known ?? this.#names.size);
    if (known !== undefined) return;
    this.#names.set(value, this.#names.size);
    this.text(value);
  }

  /** True if the object is new, and is to be written now; else its number was written instead. */
  shared(value: object): boolean {
    const known = this.#shared.get(value);
    this.count(known ?? this.#shared.size);
    if (known !== undefined) return false;
    this.#shared.set(value, this.#shared.size);
    return true;
  }

  /** All that was written. The writer is done with. */
  close(): Buffer[] {
    if (this.#at > 0) this.#chunks.push(this.#bytes.subarray(0, this.#at));
    return this.#chunks;
  }

  #seven(value: number): void {
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #writeAscii(value: string): boolean {
    const start = this.#at + 1;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) return false;
      this.#bytes[start + index] = code;
    }
    this.#bytes[this.#at] = value.length;
    this.#at = start + value.length;
    return true;
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    this.#chunks.push(this.#bytes.subarray(0, this.#at));
    this.#bytes = Buffer.allocUnsafe(Math.max(chunkBytes, bytes));
    this.#at = 0;
  }
}

/** Reads what a `StateWriter` wrote. Breaks where the bytes are not that, or not all. */
export class StateReader {
  readonly #bytes: Buffer;
  readonly #names: string[] = [];
  readonly #shared: unknown[] = [];
  readonly hashKey: HashKey;
  #at = 0;

  /** `hashKey`: of the state that is made. */
  constructor(bytes: Buffer, hashKey: HashKey = [0, 0]) {
    this.#bytes = bytes;
    this.hashKey = hashKey;
  }

  /** As it was written. */
  count(): number {
    return this.#seven(0, 1);
  }

  /** As it was written. */
  whole(): number {
    const first = this.#byte();
    const size = first < 128 ? first & 63 : this.#seven(first & 63, 64);
    return (first & 64) === 0 ? size : -size;
  }

  /** As it was written. */
  text(): string {
    const length = this.count();
    const start = this.#at;
    if (start + length > this.#bytes.length) return this.#fail();
    this.#at += length;
    return this.#bytes.toString("utf8", start, this.#at);
  }

  /** As it was written: one string for all. */
  name(): string {
    const number = this.count();
    const known = this.#names[number];
    if (known !== undefined) return known;
    if (number !== this.#names.length) return this.#fail();
    const value = this.text();
    this.#names.push(value);
    return value;
  }

  /** The object of this number, which is read where it comes first. */
  shared<Value>(read: () => Value): Value {
    const number = this.count();
    if (number < this.#shared.length) return this.#shared[number] as Value;
    if (number > this.#shared.length) return this.#fail();
    this.#shared.push(undefined); // what it holds comes after it
    const value = read();
    this.#shared[number] = value;
    return value;
  }

  /** Breaks unless everything was read. */
  close(): void {
    if (this.#at !== this.#bytes.length) this.#fail();
  }

  #seven(before: number, unit: number): number {
    let value = before;
    let place = unit;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 127) * place;
      if (byte < 128) return value;
      place *= 128;
    }
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? this.#fail();
  }

  #fail(): never {
    return failInvariant(`the state's bytes break off or are others at ${this.#at}`);
  }
}
