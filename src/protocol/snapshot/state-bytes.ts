import { failInvariant } from "../../domain/facts/units.ts";
import type { MarketMaking } from "../../domain/market.ts";

/** A piece of a state's bytes holds about this many, or one text. */
const chunkBytes = 1024 * 1024;
/** More than a number takes, or the length of a text. */
const numberBytesMax = 10;
/** Texts up to here are copied letter by letter, which costs less than a call. */
const shortText = 40;

/** A place in what a `StateWriter` of one piece has written. */
export type Written = { readonly bytes: number; readonly names: number };

/**
 * Writes values one after the other. What is one object in a state is one object here too
 * (`shared`), and names that come again are written once. Of a state in pieces of about 1 MiB, so
 * that no part of it is ever one text; with `isWhole` in one piece, which may be used again.
 */
export class StateWriter {
  readonly #isWhole: boolean;
  readonly #chunks: Buffer[] = [];
  readonly #names = new Map<string, number>();
  readonly #shared = new Map<object, number>();
  #bytes = Buffer.allocUnsafe(chunkBytes);
  #at = 0;
  /** Moments are written by how far they are from this one. */
  momentsFrom = 0;

  constructor({ isWhole }: { readonly isWhole: boolean } = { isWhole: false }) {
    this.#isWhole = isWhole;
  }

  /** A safe integer, not below 0. */
  count(value: number): void {
    this.#makeRoom(numberBytesMax);
    this.#seven(value);
  }

  /** True or false. */
  flag(value: boolean): void {
    this.#makeRoom(1);
    this.#bytes[this.#at++] = value ? 1 : 0;
  }

  /** A safe integer. */
  whole(value: number): void {
    if (!Number.isSafeInteger(value)) failInvariant(`${value} is no safe integer`);
    this.#makeRoom(numberBytesMax);
    const size = value < 0 ? -value : value;
    const sign = value < 0 ? 64 : 0;
    if (size < 64) this.#bytes[this.#at++] = size | sign;
    else {
      this.#bytes[this.#at++] = (size % 64) | sign | 128;
      this.#seven(size <= 0x7fff_ffff ? size >>> 6 : Math.floor(size / 64));
    }
  }

  /** A safe integer, not below 0, by how far it is from another one. */
  after(before: number, value: number): void {
    this.whole(value - before);
  }

  /** A moment near `momentsFrom`, in few bytes; any other as what it is. */
  moment(value: number): void {
    const after = value - this.momentsFrom;
    if (!Number.isSafeInteger(after) || after >= momentsNear || after <= -momentsNear) {
      this.count(0);
      this.whole(value);
    } else this.count(after < 0 ? -2 * after : 2 * after + 1);
  }

  /** A text that comes once. */
  text(value: string): void {
    this.#write(value, 1, 0);
  }

  /** A text that comes again and again: a symbol, a member, a topic's id. */
  name(value: string): void {
    const known = this.#names.get(value);
    if (known !== undefined) return this.count(2 * known);
    this.#names.set(value, this.#names.size);
    this.#write(value, 2, 1);
  }

  /** 32 bytes, given in hex. */
  digest(hex: string): void {
    this.#makeRoom(digestBytes);
    const written = this.#bytes.write(hex, this.#at, digestBytes, "hex");
    if (written !== digestBytes) failInvariant(`${hex} is no digest`);
    this.#at += digestBytes;
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

  /** Where the writer of one piece stands. */
  get written(): Written {
    return { bytes: this.#at, names: this.#names.size };
  }

  /** Forgets what the writer of one piece wrote after. */
  backTo({ bytes, names }: Written): void {
    this.#at = bytes;
    if (names === 0) this.#names.clear();
    else if (names < this.#names.size)
      for (const name of [...this.#names.keys()].slice(names)) this.#names.delete(name);
  }

  /** Four bytes, of which the number is said later. Returns where they stand. */
  reserve(): number {
    this.#makeRoom(4);
    this.#at += 4;
    return this.#at - 4;
  }

  /** Says it, the greatest byte first. */
  fill(place: number, value: number): void {
    this.#bytes.writeUInt32BE(value, place);
  }

  /** A copy of the one piece. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  #seven(value: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#at = at;
  }

  /** The length, what kind of letters, then the letters. `unit` and `mark` make room for more. */
  #write(value: string, unit: 1 | 2, mark: 0 | 1): void {
    const { length } = value;
    const head = 2 * unit * length + mark;
    if (length > shortText) return this.#writeLong(value, head, unit);
    this.#makeRoom(2 * shortText + numberBytesMax);
    const start = this.#at;
    this.#seven(head);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 255) {
        this.#at = start;
        return this.#writeWide(value, head, unit);
      }
      bytes[at++] = code;
    }
    this.#at = at;
  }

  #writeLong(value: string, head: number, unit: number): void {
    if (hasWide(value)) return this.#writeWide(value, head, unit);
    this.#makeRoom(value.length + numberBytesMax);
    this.#seven(head);
    this.#at += this.#bytes.write(value, this.#at, "latin1");
  }

  #writeWide(value: string, head: number, unit: number): void {
    this.#makeRoom(2 * value.length + numberBytesMax);
    this.#seven(head + unit);
    this.#at += this.#bytes.write(value, this.#at, "utf16le");
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) this.#enlarge(bytes);
  }

  #enlarge(bytes: number): void {
    const before = this.#bytes.subarray(0, this.#at);
    if (this.#isWhole) {
      this.#bytes = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + bytes));
      before.copy(this.#bytes);
      return;
    }
    this.#chunks.push(before);
    this.#bytes = Buffer.allocUnsafe(Math.max(chunkBytes, bytes));
    this.#at = 0;
  }
}

/** A moment that is less than this from another is said by that. About 34 years. */
const momentsNear = 2 ** 40;
const digestBytes = 32;

/** Whether a letter of it takes two bytes. */
function hasWide(value: string): boolean {
  for (let index = 0; index < value.length; index += 1)
    if (value.charCodeAt(index) > 255) return true;
  return false;
}

/**
 * Reads what a `StateWriter` wrote, and nothing else: every value has one way to be written. Breaks
 * where the bytes are not that, or not all. A number says of nothing how much memory it takes.
 */
export class StateReader {
  readonly #bytes: Buffer;
  readonly #names: string[] = [];
  readonly #known = new Set<string>();
  readonly #shared: unknown[] = [];
  readonly making: MarketMaking;
  #at: number;
  /** As it was when they were written. */
  momentsFrom = 0;
  /** The generation of shapes that these bytes were written by: later fields are not in them. */
  generation = Infinity;

  /** `making`: of the state that is made, as of `initialMarket`. `at`: where to begin. */
  constructor(
    bytes: Buffer,
    {
      making = {},
      at = 0,
    }: { readonly making?: MarketMaking | undefined; readonly at?: number } = {},
  ) {
    this.#bytes = bytes;
    this.making = making;
    this.#at = at;
  }

  /** As it was written. */
  count(): number {
    const byte = this.#bytes[this.#at] ?? this.#fail();
    if (byte > 127) return this.#seven(0, 1);
    this.#at += 1;
    return byte;
  }

  /** As it was written. */
  flag(): boolean {
    const byte = this.#bytes[this.#at];
    if (byte !== 0 && byte !== 1) return this.#fail();
    this.#at += 1;
    return byte === 1;
  }

  /** As it was written. */
  whole(): number {
    const first = this.#bytes[this.#at] ?? this.#fail();
    this.#at += 1;
    const size = first < 128 ? first & 63 : this.#seven(first & 63, 64);
    if ((first & 64) === 0) return size;
    return size === 0 ? this.#fail() : -size;
  }

  /** As it was written. */
  after(before: number): number {
    const value = before + this.whole();
    return value >= 0 && Number.isSafeInteger(value) ? value : this.#fail();
  }

  /** As it was written. */
  moment(): number {
    const told = this.count();
    if (told === 0) {
      const value = this.whole();
      const after = value - this.momentsFrom;
      return after >= momentsNear || after <= -momentsNear ? value : this.#fail();
    }
    const after = told % 2 === 0 ? -told / 2 : (told - 1) / 2;
    const value = this.momentsFrom + after;
    const isOurs = after < momentsNear && after > -momentsNear && Number.isSafeInteger(value);
    return isOurs ? value : this.#fail();
  }

  /** As it was written. */
  text(): string {
    const head = this.count();
    return this.#read(Math.floor(head / 2), head % 2 === 1);
  }

  /** As it was written: one string for all. */
  name(): string {
    const head = this.count();
    if (head % 2 === 0) return this.#names[head / 2] ?? this.#fail();
    const value = this.#read(Math.floor(head / 4), head % 4 === 3);
    this.#known.add(value);
    this.#names.push(value);
    // Written once, or its number would stand here.
    return this.#known.size === this.#names.length ? value : this.#fail();
  }

  /** As it was written. */
  digest(): string {
    const start = this.#at;
    if (start + digestBytes > this.#bytes.length) return this.#fail();
    this.#at += digestBytes;
    return this.#bytes.toString("hex", start, this.#at);
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

  /** What `fill` said. */
  filled(): number {
    if (this.#at + 4 > this.#bytes.length) return this.#fail();
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  /** Where it has come to. */
  get at(): number {
    return this.#at;
  }

  /** Breaks unless everything was read. */
  close(): void {
    if (this.#at !== this.#bytes.length) this.#fail();
  }

  #seven(before: number, unit: number): number {
    let value = before;
    let place = unit;
    for (;;) {
      const byte = this.#bytes[this.#at] ?? this.#fail();
      this.#at += 1;
      value += (byte & 127) * place;
      if (byte < 128) {
        // The last one of several says something, or they would be fewer.
        return byte > 0 && Number.isSafeInteger(value) ? value : this.#fail();
      }
      place *= 128;
    }
  }

  #read(length: number, isWide: boolean): string {
    const start = this.#at;
    const end = start + (isWide ? 2 * length : length);
    if (end > this.#bytes.length) return this.#fail();
    this.#at = end;
    if (!isWide) return this.#bytes.toString("latin1", start, end);
    const value = this.#bytes.toString("utf16le", start, end);
    return hasWide(value) ? value : this.#fail();
  }

  #fail(): never {
    return failInvariant(`the bytes break off or are others at ${this.#at}`);
  }
}
