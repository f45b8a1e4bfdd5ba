import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import type { Sql } from "postgres";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { committedRecords } from "../../src/memory/memory-cluster.ts";
import { snapshotsTopic } from "../../src/protocol/topics.ts";
import { publishAll } from "../services/published.ts";
import {
  openSnapshotMarket,
  recordedSteps,
  rewrite,
  type SnapshotMarket,
} from "../services/snapshot-market.ts";
import { withEmptyBooks } from "./books-server.ts";
import { booksOf } from "./kept-books.ts";
import { reconcileOnce, type Fact } from "./reconciling.ts";
import { tamper } from "./tamper.ts";

// The reconciler starts from the newest good snapshot; what it says is what it says from 0.
let url: string;
let sql: Sql;
withEmptyBooks((started) => {
  ({ url, sql } = started);
});

/** A market with a snapshot at so much of its steps, published and booked to its end. */
async function market(name: string, at: number): Promise<SnapshotMarket> {
  const steps = recordedSteps(name);
  const made = await openSnapshotMarket(steps);
  const before = Math.floor(steps.length * at);
  await made.write(before);
  await made.take();
  await made.write(steps.length - before);
  await publishAll(made.cluster);
  await booksOf(url, made.cluster).keep();
  return made;
}

/** What was told but where the comparison began and how much it met. */
function told(facts: readonly Fact[]): Fact[] {
  return facts.map((fact) =>
    Object.fromEntries(
      Object.entries(fact).filter(([name]) => !["from_seq", "snapshot", "records"].includes(name)),
    ),
  );
}

/** Balances as the postings are now, whatever those say. */
const balancesAnew = `
  UPDATE balances b SET amount = coalesce((SELECT sum(p.amount) FROM postings p
    WHERE (p.reader, p.account, p.asset) = (b.reader, b.account, b.asset)
      AND p.bucket::int = b.bucket::int), 0)`;

for (const [name, at] of [
  ["clearing-crowd-5", 0.8],
  ["clearing-crowd-2", 0.35],
  ["instant-crowd-3", 0.7],
  ["strangers", 0.5],
  ["devolved-trade.yaml", 0.6],
  ["clearing-crowd-5", 1],
] as const)
  test(`${name}, snapshot at ${at}: no break from the snapshot as from the first step, and only what is behind is read`, async () => {
    const { cluster } = await market(name, at);
    const whole = await reconcileOnce(url, cluster, true);
    const short = await reconcileOnce(url, cluster);
    deepEqual([whole.code, short.code], [0, 0], JSON.stringify(short.facts));
    deepEqual(told(short.facts), told(whole.facts));
    equal(whole.facts[0]?.["from_seq"], 1);
    const { from_seq: from, snapshot, steps } = short.facts[0] ?? {};
    equal(from, Math.floor(Number(steps) * at) + 1);
    match(
      short.notes,
      new RegExp(`compared from step ${String(from)} on .snapshot ${String(snapshot)}`),
    );
    ok(Number(short.facts[0]?.["records"]) < Number(whole.facts[0]?.["records"]));
  });

describe("drift is found from a snapshot, and named as from the first step", () => {
  const drifts: readonly { what: string; sql: string; says: RegExp }[] = [
    {
      what: "a journal behind the snapshot that is missing",
      sql: `DELETE FROM postings WHERE seq = (SELECT max(seq) FROM journals);
        DELETE FROM journals WHERE seq = (SELECT max(seq) FROM journals)`,
      says: /^journal of step \d+, event \d+: the log says .*, the books nothing$/,
    },
    {
      what: "a journal before the snapshot that is missing, and its amounts in the balances too",
      sql: `DELETE FROM postings WHERE seq = (SELECT min(seq) FROM journals);
        DELETE FROM journals WHERE seq = (SELECT min(seq) FROM journals); ${balancesAnew}`,
      says: /^journal of step \d+, event \d+: the log says .*, the books nothing$/,
    },
    {
      what: "an amount before the snapshot that was changed on both sides, and the balances too",
      sql: `UPDATE postings SET amount = amount + sign(amount)
        WHERE seq = (SELECT min(seq) FROM journals); ${balancesAnew}`,
      says: /^journal of step \d+, event \d+, posting \d: the log says .*, the books /,
    },
    {
      what: "a balance that is off by one",
      sql: "UPDATE balances SET amount = amount + 1 WHERE account = 1 AND asset = 1",
      says: /^balance of .* the books say -?\d+, the postings add up to -?\d+$/,
    },
  ];
  for (const { what, sql: text, says } of drifts)
    test(what, async () => {
      const { cluster } = await market("instant-crowd-3", 0.7);
      await tamper(sql, text);
      const found = await reconcileOnce(url, cluster);
      equal(found.code, 1);
      match(found.notes, /compared from step \d+ on[^]*a break was found; compared again/);
      ok(
        found.facts.some((fact) => says.test(String(fact["what"]))),
        JSON.stringify(found.facts),
      );
      deepEqual(found.facts, (await reconcileOnce(url, cluster, true)).facts);
    });

  test("of public records those behind the snapshot, and any of before that stands among them", async () => {
    const { cluster } = await market("instant-crowd-3", 0.7);
    const executions = cluster.partition("sauda.executions", 0);
    const records = committedRecords(cluster, "sauda.executions", 0);
    const [first, second] = records;
    const last = records.at(-1);
    ok(first !== undefined && second !== undefined && last !== undefined);
    const kindsWith = async (all: typeof records, fromStart = false): Promise<unknown[]> => {
      executions.deleteTail(0);
      executions.append(all, 0);
      const { facts } = await reconcileOnce(url, cluster, fromStart);
      return facts.flatMap(({ kind }) => kind ?? []);
    };
    const spoiled = { ...second, value: Buffer.from("{}") };
    deepEqual(await kindsWith([first, spoiled, ...records.slice(2)]), []);
    deepEqual(await kindsWith([first, spoiled, ...records.slice(2)], true), ["changed"]);
    deepEqual(await kindsWith([...records, first]), ["doubled"]);
    deepEqual(await kindsWith([...records.slice(0, -1), first, last]), ["doubled"]);
    deepEqual(await kindsWith(records.toSpliced(-2, 1)), ["missing"]);
    const moved = await kindsWith([...records.slice(1), first]);
    deepEqual([...new Set(moved)], ["misplaced"]);
  });
});

describe("a snapshot that cannot serve is passed over, and that is said", () => {
  test("a damaged one: the older one serves, or the first step", async () => {
    const { cluster } = await market("instant-crowd-3", 0.7);
    rewrite(cluster, (record) => {
      const value = record.value === null ? null : Buffer.from(record.value);
      if (value !== null && !String(record.key).endsWith("manifest"))
        value[20] = (value[20] ?? 0) ^ 1;
      return { key: record.key, value };
    });
    const { code, facts, notes } = await reconcileOnce(url, cluster);
    deepEqual([code, facts[0]?.["from_seq"], facts[0]?.["snapshot"]], [0, 1, null]);
    match(notes, /snapshot \S+ of shard 0 is passed over: .*SHA-256/);
  });

  test("one that the books have not come to: what they have still to do is compared whole", async () => {
    const steps = recordedSteps("instant-crowd-3");
    const made = await openSnapshotMarket(steps);
    await made.write(Math.floor(steps.length * 0.5));
    await booksOf(url, made.cluster).keep(openBooksStore(url));
    await made.write(Math.floor(steps.length * 0.5));
    await made.take();
    await publishAll(made.cluster);
    const { facts } = await reconcileOnce(url, made.cluster);
    equal(facts.at(-1)?.["from_seq"], 1);
    ok(made.cluster.partition(snapshotsTopic, 0).bounds.end > 0);
  });
});
