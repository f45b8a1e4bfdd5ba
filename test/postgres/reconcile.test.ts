import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { before, test } from "node:test";
import type { Sql } from "postgres";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { publishedOf, type Topics } from "../services/published.ts";
import { withEmptyBooks } from "./books-server.ts";
import { booksOf } from "./kept-books.ts";
import { clusterOf, logEnd, makeMarketLog } from "./market-log.ts";
import { reconcileOnce } from "./reconciling.ts";
import { tamper } from "./tamper.ts";

const { records } = makeMarketLog(1, 60);

let url: string;
let sql: Sql;
let published: Topics;

withEmptyBooks((started) => {
  ({ url, sql } = started);
});
before(async () => {
  published = await publishedOf(records);
});

/** A market whose log is of the year 1970: whatever is behind is late. */
function market(): MemoryCluster {
  const cluster = clusterOf(records);
  for (const [topic, topicRecords] of published)
    cluster.partition(topic, 0).append(topicRecords, 0);
  return cluster;
}

const reconcile = (cluster: MemoryCluster) => reconcileOnce(url, cluster);

test("log, journals, balances and public topics say the same: no break, exit code 0", async () => {
  await booksOf(url, market()).keep();
  const { code, facts } = await reconcile(market());
  equal(code, 0);
  deepEqual(
    facts.map(({ type, breaks, pending }) => [type, breaks, pending]),
    [["reconciled", 0, 0]],
  );
});

/**
 * What is done to the books, and what is said of it, with the step and the place in it where it
 * has one.
 */
const breaks: readonly { what: string; sql: string; says: RegExp; seq: number | null }[] = [
  {
    what: "a journal that is missing",
    sql: "DELETE FROM journals WHERE seq = 9; DELETE FROM postings WHERE seq = 9",
    says: /^journal of step 9, event \d+: the log says .*, the books nothing$/,
    seq: 9,
  },
  {
    what: "a journal that is there twice",
    sql: `INSERT INTO journals SELECT seq, at_ms, reader, index + 50, kind, journal_id, reference
      FROM journals WHERE seq = 9;
      INSERT INTO postings SELECT seq, amount, reader, index + 50, account, asset, bucket, number
      FROM postings WHERE seq = 9`,
    says: /^journal of step 9, event 5\d: the log says nothing, the books /,
    seq: 9,
  },
  {
    what: "an amount that was changed on both sides, so that the journal still sums to zero",
    sql: "UPDATE postings SET amount = amount + sign(amount) WHERE seq = 9",
    says: /^journal of step 9, event \d+, posting \d: the log says .*, the books /,
    seq: 9,
  },
  {
    what: "a balance that is off by a paisa",
    sql: "UPDATE balances SET amount = amount + 1 WHERE account = 1 AND asset = 1",
    says: /^balance of .* INR .*: the books say -?\d+, the postings add up to -?\d+$/,
    seq: null,
  },
];

for (const { what, sql: text, says, seq } of breaks)
  test(`${what} is named, exit code 1`, async () => {
    const cluster = market();
    await booksOf(url, cluster).keep();
    await tamper(sql, text);
    const { code, facts } = await reconcile(cluster);
    equal(code, 1);
    const found = facts.find((fact) => says.test(String(fact["what"])));
    equal(found?.["type"], "break", JSON.stringify(facts));
    deepEqual([found?.["between"], found?.["seq"]], ["log and books", seq]);
  });

test("a record that is missing in public is named by topic, step and place, exit code 1", async () => {
  const cluster = clusterOf(records);
  for (const [topic, topicRecords] of published)
    cluster
      .partition(topic, 0)
      .append(topic === "sauda.trades" ? topicRecords.slice(1) : topicRecords, 0);
  await booksOf(url, cluster).keep();
  const { code, facts } = await reconcile(cluster);
  equal(code, 1);
  const { between, kind, topic } = facts[0] ?? {};
  deepEqual([between, kind, topic], ["log and public topics", "missing", "sauda.trades"]);
});

test("books that are behind for longer than they may be are late", async () => {
  const cluster = market();
  await booksOf(url, cluster).keep(openBooksStore(url), logEnd(cluster) - 3);
  const { code, facts } = await reconcile(cluster);
  equal(code, 1);
  equal(facts[0]?.["kind"], "late");
  match(String(facts[0]?.["what"]), /the books have read to offset \d+ of the log/);
});

test("without a log there is nothing to compare, and the way on is said", async () => {
  await rejects(reconcile(openMemoryCluster(1)), /no log yet: npm start/);
});
