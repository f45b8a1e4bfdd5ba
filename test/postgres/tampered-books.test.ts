import { deepEqual, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import type { Sql } from "postgres";
import { withEmptyBooks } from "./books-server.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, makeMarketLog } from "./market-log.ts";
import { tamper } from "./tamper.ts";

const { records } = makeMarketLog(1, 400);

let url: string;
let sql: Sql;

withEmptyBooks((started) => {
  ({ url, sql } = started);
});

describe("a stranger's hand in the books is found and put right", () => {
  const tampers: readonly (readonly [what: string, text: string, says: RegExp, table: string])[] = [
    [
      "an amount was changed",
      "UPDATE postings SET amount = amount + 1 WHERE number = 0 AND seq = 9",
      /sums to 1/,
      "postings",
    ],
    [
      "a posting is gone",
      "DELETE FROM postings WHERE number = 1 AND seq = 9",
      /sums to/,
      "postings",
    ],
    [
      "a journal is gone",
      "DELETE FROM journals WHERE seq = 9",
      /journal of step 9.*the books nothing/,
      "journals",
    ],
    [
      "a balance was changed",
      "UPDATE balances SET amount = amount + 1 WHERE account = 1",
      /balance of .*the books say/,
      "balances",
    ],
    [
      "two amounts were swapped",
      "UPDATE postings SET amount = -amount WHERE seq = 9",
      /the log says/,
      "postings",
    ],
    [
      "a posting is in another bucket",
      "UPDATE postings SET bucket = (SELECT id FROM words WHERE name = 'blocked') WHERE " +
        "number = 1 AND seq = 1",
      /the log says/,
      "postings",
    ],
    [
      "a trade's price was changed",
      "UPDATE trades SET price_paise = price_paise + 5",
      /trade of step/,
      "trades",
    ],
    [
      "a trade stands there twice",
      "INSERT INTO trades SELECT * FROM trades ORDER BY seq, index LIMIT 1",
      /trade of step .*: stands in the books twice/,
      "trades",
    ],
    [
      "a journal stands there twice, with all its postings, and the balances with it",
      `INSERT INTO journals SELECT * FROM journals WHERE seq = 9;
       INSERT INTO postings SELECT * FROM postings WHERE seq = 9;
       UPDATE balances b SET amount = (SELECT sum(amount) FROM postings p
         WHERE (p.account, p.asset, p.bucket::int) = (b.account, b.asset, b.bucket))`,
      /journal of step 9.*: stands in the books twice/,
      "postings",
    ],
    ["a settlement is gone", "DELETE FROM settlements", /settlement of step/, "settlements"],
    [
      "an account has another name",
      "UPDATE accounts SET name = name || 'X' WHERE id = 2",
      /the log says/,
      "postings",
    ],
    [
      "the place has another command",
      `UPDATE readers SET last_cause = jsonb_set(last_cause, '{offset}', '1')`,
      /lastCause/,
      "state",
    ],
    [
      "the days that are charged were changed",
      `UPDATE readers SET charges = jsonb_set(charges, '{until}', '"2099-01-01"')`,
      /charges/,
      "state",
    ],
  ];

  for (const [what, text, says, table] of tampers)
    test(what, async () => {
      const books = booksOf(url, clusterOf(records));
      await books.keep();
      await tamper(sql, text);
      const verified = await books.verify();
      ok(
        verified?.problems.some((problem) => says.test(problem)),
        verified?.problems.join("\n"),
      );
      const { differing, replaced } = await books.rebuild(true);
      ok(differing.includes(table), differing.join(", "));
      ok(replaced);
      deepEqual((await books.verify())?.problems, []);
    });
});
