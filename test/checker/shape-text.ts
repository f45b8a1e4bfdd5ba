import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the words of a shape mean to whoever reads them (docs/log-format.md). */
export type Meaning<Made> = {
  readonly primitive: (word: string) => Made;
  readonly always: (value: unknown) => Made;
  readonly orNull: (shape: Made) => Made;
  readonly orAbsent: (shape: Made) => Made;
  readonly either: (one: Made, other: Made) => Made;
  /** Words, each as `always`, or kinds. */
  readonly among: (options: readonly Made[]) => Made;
  readonly list: (each: Made) => Made;
  readonly object: (fields: readonly (readonly [string, Made])[]) => Made;
};

const folder = join(import.meta.dirname, "../../docs/log-shapes");

/** The events of a step, by the shapes of a generation. */
export function readShapes<Made>(generation: number, meaning: Meaning<Made>): Made {
  return new ShapeText(textOf(generation).replaceAll("\n", ""), meaning).whole();
}

/** The kinds of events that a generation of shapes has, by name. */
export function kindsOf(generation: number): string[] {
  return (textOf(generation).match(/^\w+/gm) ?? []).toSorted();
}

/** The words of which a shape takes one, by name. */
export function wordsIn(text: string): string[] {
  return [...text.matchAll(/"(\w+)"/g)].map(([, word = ""]) => word).toSorted();
}

function textOf(generation: number): string {
  return readFileSync(join(folder, `${generation}.txt`), "utf8");
}

/** A shape in words, read from left to right. */
class ShapeText<Made> {
  readonly #text: string;
  readonly #meaning: Meaning<Made>;
  #next = 0;

  constructor(text: string, meaning: Meaning<Made>) {
    this.#text = text;
    this.#meaning = meaning;
  }

  whole(): Made {
    const made = this.#shape();
    if (this.#next !== this.#text.length) throw new Error(`a shape ends at ${this.#next}`);
    return made;
  }

  #shape(): Made {
    const plain = this.#plain();
    if (this.#has("?")) return this.#meaning.orNull(plain);
    return this.#has("-") ? this.#meaning.orAbsent(plain) : plain;
  }

  #plain(): Made {
    if (this.#has("[")) return this.#list();
    if (this.#has("{")) return this.#object();
    if (this.#has("(")) return this.#choice();
    if (this.#has("=")) return this.#always(/"[^"]*"|true|false|null/y);
    return this.#meaning.primitive(this.#match(/[a-z]+/y));
  }

  #always(pattern: RegExp): Made {
    return this.#meaning.always(JSON.parse(this.#match(pattern)));
  }

  #list(): Made {
    const each = this.#shape();
    this.#must("]");
    return this.#meaning.list(each);
  }

  #object(): Made {
    const fields: [string, Made][] = [];
    for (let isMore = true; isMore; isMore = this.#has(",")) {
      const field = this.#match(/[A-Za-z0-9]+/y);
      this.#must(":");
      fields.push([field, this.#shape()]);
    }
    this.#must("}");
    return this.#meaning.object(fields);
  }

  #choice(): Made {
    const next = this.#text[this.#next] ?? "";
    if (next === '"') return this.#among(() => this.#always(/"[^"]*"/y));
    if (/[A-Z]/.test(next)) return this.#among(() => this.#kind());
    const one = this.#shape();
    this.#must("/");
    const other = this.#shape();
    this.#must(")");
    return this.#meaning.either(one, other);
  }

  #among(option: () => Made): Made {
    const options: Made[] = [];
    for (let isMore = true; isMore; isMore = this.#has("|")) options.push(option());
    this.#must(")");
    return this.#meaning.among(options);
  }

  #kind(): Made {
    this.#match(/[A-Za-z]+/y);
    return this.#shape();
  }

  #has(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#next)) return false;
    this.#next += sign.length;
    return true;
  }

  #must(sign: string): void {
    if (!this.#has(sign)) throw new Error(`a shape has no ${sign} at ${this.#next}`);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#next;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) throw new Error(`a shape is not understood at ${this.#next}`);
    this.#next += found.length;
    return found;
  }
}
