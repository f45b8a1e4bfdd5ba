import assert from "node:assert/strict";
import { test } from "node:test";
import { seeds, simulate, simulateAll } from "../memory/simulation.ts";
import { booksScenario } from "./books-in-simulation.ts";
import { NaiveBooks } from "./naive-books.ts";
import { loadServices, type Patch } from "./service-variant.ts";

const life = "services/books/books-life.ts";

// SEED=7 runs one seed again, SIM_SEEDS=10000 runs more of them.
test("two books at once, whatever the storm does: every journal once and whole, none missing", async () => {
  const services = await loadServices();
  let refused = 0;
  await simulateAll(seeds(30), (seed) => {
    const books = new NaiveBooks();
    const scenario = booksScenario(services, seed, books);
    return {
      ...scenario,
      check: (...args) => {
        refused += books.refused;
        return scenario.check(...args);
      },
    };
  });
  assert.ok(refused > 0, "the two were never in each other's way: the storm proves nothing");
});

/** What must be noticed, and how. Each is one condition of R16 gone. */
const defects: readonly {
  what: string;
  says: RegExp;
  compares?: boolean;
  copies?: number;
  patches?: readonly Patch[];
}[] = [
  {
    what: "a write does not look at what is stored",
    says: /books: /,
    compares: false,
  },
  {
    what: "a write without an answer, or a refused one, is taken for written",
    copies: 1,
    says: /still: books: read up to/,
    patches: [
      {
        file: life,
        from: "books.write(next, rows)",
        to: "books.write(next, rows).catch(() => true)",
      },
      { file: life, from: "if (!isWritten) throw", to: "if (isWritten === null) throw" },
    ],
  },
  {
    what: "the rows of a write that failed are written again with the next ones",
    says: /books: /,
    patches: [{ file: life, from: "writing.rows = newBooksRows();", to: "" }],
  },
  {
    what: "the next write does not wait for the one before",
    says: /books: |still: /,
    patches: [
      {
        file: life,
        from: "  await writing.underWay;\n  if (fold.offset <= handedOn) return;",
        to: "  if (fold.offset <= handedOn) return;",
      },
      { file: life, from: "if (!isWritten) throw", to: "if (isWritten === null) throw" },
    ],
  },
];

for (const { what, says, compares = true, copies = 2, patches = [] } of defects)
  test(`R16: caught when ${what}`, async () => {
    const services = await loadServices(patches);
    for (let seed = 1; seed <= 40; seed += 1) {
      const scenario = booksScenario(services, seed, new NaiveBooks(compares), copies);
      const { problems } = await simulate(seed, scenario);
      if (problems.some((problem) => says.test(problem))) return;
    }
    assert.fail("none of 40 seeds shows it");
  });
