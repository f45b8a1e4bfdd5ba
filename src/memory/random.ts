import { failInvariant } from "../domain/facts/units.ts";

/** A seeded source of chance: the same seed gives the same numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    return item === undefined ? failInvariant("there is something to pick") : item;
  }

  /** Another source with its own sequence, so that more use of one does not shift the other. */
  fork(): Random {
    return new Random(this.between(0, 0xffff_ffff));
  }

  hex(bytes: number): string {
    let text = "";
    for (let byte = 0; byte < bytes; byte += 1)
      text += this.between(0, 255).toString(16).padStart(2, "0");
    return text;
  }
}
