/** How many have left before the others move up. */
const leftMax = 1024;

/** First in, first out, in constant time however many there are. */
export class Fifo<Value> {
  #values: (Value | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#values.length - this.#first;
  }

  push(value: Value): void {
    this.#values.push(value);
  }

  /** The oldest leaves; undefined where there is none. */
  shift(): Value | undefined {
    if (this.size === 0) return undefined;
    const value = this.#values[this.#first];
    this.#values[this.#first] = undefined;
    this.#first += 1;
    if (this.#first > leftMax && this.#first * 2 > this.#values.length) {
      this.#values.splice(0, this.#first);
      this.#first = 0;
    }
    return value;
  }

  /** Those that are there, oldest first. */
  *[Symbol.iterator](): Generator<Value> {
    for (let index = this.#first; index < this.#values.length; index += 1)
      yield this.#values[index] as Value;
  }
}

/**
 * A map of the newest keys: above `most` the oldest leaves. To ask a `Map` itself for its oldest
 * key costs 100 us and more where 100,000 have left it: it looks at all of these first.
 */
export class NewestMap<Key, Value> {
  readonly #byKey = new Map<Key, Value>();
  readonly #keys = new Fifo<Key>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: Key): Value | undefined {
    return this.#byKey.get(key);
  }

  has(key: Key): boolean {
    return this.#byKey.has(key);
  }

  /** A key that is there keeps its age. */
  set(key: Key, value: Value): void {
    if (!this.#byKey.has(key)) this.#keys.push(key);
    this.#byKey.set(key, value);
    if (this.#keys.size > this.#most) this.#byKey.delete(this.#keys.shift() as Key);
  }

  /** Keys with their values, oldest first. */
  *[Symbol.iterator](): Generator<[Key, Value]> {
    for (const key of this.#keys) yield [key, this.#byKey.get(key) as Value];
  }
}
