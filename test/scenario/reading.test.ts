import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readScenario } from "../../src/scenario/reading/file.ts";

/** A scenario with these lines in the place of its steps; the first of them is line 7. */
function withSteps(...steps: readonly string[]): string {
  return [
    "name: A test",
    "teaches: nothing",
    "accounts: { HDFC: { cash: 1000.05 }, SELLER/ravi: { holdings: { SBIN: 100 } } }",
    "days:",
    "  - date: 2026-06-01",
    "    steps:",
    ...steps.map((step) => `      - ${step}`),
    ...(steps.length === 0 ? ["      []"] : []),
  ].join("\n");
}

function problemsIn(source: string): string[] {
  const read = readScenario(source);
  return read.ok ? [] : read.problem.map(({ line, text }) => `${line}: ${text}`);
}

test("a scenario is read with the lines its steps stand on, and money to the paisa", () => {
  const read = readScenario(
    withSteps(
      "{ at: 09:15, account: SELLER/ravi, sell: 100 SBIN @ 985.05, as: s1 }",
      "{ at: 09:15:30, account: HDFC, buy: 7 SBIN @ 985.05 }",
    ),
  );
  ok(read.ok);
  deepEqual(read.value.days[0]?.steps, [
    {
      kind: "order",
      line: 7,
      atMs: 33_300_000,
      account: { participant: "SELLER", client: "ravi" },
      side: "SELL",
      quantity: 100,
      symbol: "SBIN",
      pricePaise: 98_505,
      name: "s1",
      counterparty: null,
      custodian: undefined,
      product: "CNC",
    },
    {
      kind: "order",
      line: 8,
      atMs: 33_330_000,
      account: { participant: "HDFC", client: null },
      side: "BUY",
      quantity: 7,
      symbol: "SBIN",
      pricePaise: 98_505,
      name: "line-8",
      counterparty: null,
      custodian: undefined,
      product: "CNC",
    },
  ]);
  deepEqual(
    read.value.accounts.map(({ client, cashPaise, holdings }) => [
      client,
      cashPaise,
      [...holdings],
    ]),
    [
      [null, 100_005, []],
      ["ravi", 0, [["SBIN", 100]]],
    ],
  );
});

const badSteps: readonly (readonly [string, string])[] = [
  [
    "{ at: 25:15, account: HDFC, buy: 1 SBIN @ 9 }",
    'at: found "25:15"; write a time such as 09:15 or 09:15:30',
  ],
  ["{ account: HDFC, buy: 1 SBIN @ 9 }", "at: is missing; write a time such as 09:15 or 09:15:30"],
  [
    "{ at: 09:15, account: HDFC, buy: 1 SBIN at 9 }",
    'buy: found "1 SBIN at 9"; write shares, symbol and price such as 100 SBIN @ 985.00',
  ],
  [
    "{ at: 09:15, account: HDFC, buy: 1 SBIN @ 9.001 }",
    'buy: found "1 SBIN @ 9.001"; write shares, symbol and price such as 100 SBIN @ 985.00',
  ],
  [
    "{ at: 09:15, account: A/b/c, buy: 1 SBIN @ 9 }",
    'account: found "A/b/c"; write an account such as HDFC or HDFC/asha',
  ],
  [
    "{ at: 09:15, account: HDFC, buy: 1 SBIN @ 9, for: 2 }",
    "for: unknown field; known here are at, account, as, counterparty, custodian, product, buy",
  ],
  [
    "{ at: 09:15, account: NOBODY, buy: 1 SBIN @ 9 }",
    "account: NOBODY is not among the accounts; add it",
  ],
  ["{ at: 09:15, cancel: b1 }", 'order: no line above is "as: b1"'],
  [
    "{ at: 09:15, expect: [{ cash: HDFC, free: many }] }",
    'free: found "many"; write rupees such as 985.00, with at most two decimals',
  ],
  [
    "{ at: 09:15, expect: [{ cash: HDFC }] }",
    "free: is missing; write at least one of free, blocked, transit, due",
  ],
  [
    "{ at: 09:15, expect: [{ obligation: HDFC, in: M2026100, symbol: SBIN }] }",
    "amount: write cash, or symbol and shares",
  ],
  ["{ at: 09:15, expect: {} }", "expect: found an object; write a list of expectations"],
];

for (const [step, problem] of badSteps)
  test(`a bad step is named with its line, field, value and fix: ${step}`, () => {
    deepEqual(problemsIn(withSteps(step)), [`7: ${problem}`]);
  });

test("a step of no kind is told the kinds there are, and one of two kinds what is too much", () => {
  const [none, both] = problemsIn(
    withSteps(
      "{ at: 09:15, bye: b1 }",
      "{ at: 09:15, account: HDFC, buy: 1 A @ 1, sell: 1 A @ 1 }",
    ),
  );
  ok(none?.startsWith("7: steps: is of no kind; write one of buy, sell, cancel, "));
  ok(both?.startsWith("8: sell: unknown field; known here are at, account, "));
});

test("all problems are told, not only the first", () => {
  equal(problemsIn(withSteps("{ at: 1 }", "{ cancel: x }", "{ at: 09:00, cancel: X }")).length, 3);
});

test("an order's name is used once, and lines and days stand in the order of time", () => {
  const order = "account: HDFC, buy: 1 SBIN @ 9, as: b1";
  const later = `${withSteps(`{ at: 10:00, ${order} }`, `{ at: 09:59, ${order} }`)}
  - date: 2026-06-01
    steps: []`;
  deepEqual(problemsIn(later), [
    "8: at: is before the line above; write in order",
    "8: as: another order is b1; write another name",
    "9: date: found 2026-06-01 after 2026-06-01; write the days in order",
  ]);
});

test("what is not YAML, or has a key twice, says the line", () => {
  deepEqual(problemsIn("name: a\nname: b\n"), ["2: not YAML: Map keys must be unique"]);
  equal(problemsIn("name: [a\n").length, 1);
});

test("what is nested too deep is refused on its line, at once, however it is written", () => {
  for (const depth of [200, 100_000])
    for (const [open, close] of [
      ["[", "]"],
      ["{ a: ", "}"],
      ["- ", ""],
      ["? ", ""],
      ["[", ""],
    ] as const) {
      const text = `name: a\nteaches:\n  ${open.repeat(depth)}x${close.repeat(depth)}`;
      deepEqual(problemsIn(text), ["3: nested more than 100 levels deep"]);
    }
});

test("aliases are refused with their line: a few of them can be gigabytes", () => {
  const bomb = ["a: &a [x, x]", ...["b", "c", "d"].map((name) => `${name}: &${name} [*a, *a]`)];
  const problem = "aliases such as *a are not read here; write it out";
  deepEqual(
    problemsIn(bomb.join("\n")),
    [2, 2, 3, 3, 4, 4].map((line) => `${line}: ${problem}`),
  );
});

test("property: any text is read or refused with lines that exist, never thrown at", () => {
  const good = withSteps("{ at: 09:15, account: HDFC, buy: 1 SBIN @ 9, as: b1 }");
  const cut = fc
    .tuple(fc.nat(good.length), fc.string({ maxLength: 5, unit: "binary" }), fc.nat(good.length))
    .map(([start, text, more]) => good.slice(0, start) + text + good.slice(start + (more % 9)));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), cut), (source) => {
      const read = readScenario(source);
      if (read.ok) return;
      ok(read.problem.length > 0);
      for (const { line } of read.problem) ok(line >= 1 && line <= source.split("\n").length);
    }),
    { numRuns: 500 },
  );
});
