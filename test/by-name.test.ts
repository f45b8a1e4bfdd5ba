/**
 * Where is the test of a source file? That of `src/<folder>/.../<name>.ts` is somewhere in
 * `test/<folder>`, as `<name>.test.ts` or `<name>.property.test.ts`. What several files do together
 * is told as one story, under a name of its own: the files that have no other test are listed here.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

/**
 * The folders whose files have tests of their names; those of the terminal are named
 * after commands.
 */
const folders = ["domain", "protocol", "services", "kafka", "postgres", "http"];

/**
 * Files with rules whose tests have another name, by the path below `src`; the tests are
 * below `test`.
 */
const toldElsewhere: Readonly<Record<string, readonly string[]>> = {
  "domain/facts/units.ts": ["protocol/rupees"],
  "domain/facts/terms.ts": ["domain/order-check", "domain/trading"],
  "domain/state/confirmation.ts": ["domain/answering"],
  "domain/state/ended.ts": ["domain/remembered", "domain/horizon"],
  "domain/state/evolve.ts": ["domain/market.property", "domain/clearing.property"],
  "domain/state/inspection.ts": ["domain/trading", "domain/market.property"],
  "domain/state/margin.ts": ["domain/margining", "domain/margining.property"],
  "domain/state/settlement-stage.ts": ["domain/novating", "domain/clearing.property"],
  "domain/state/shortfall.ts": ["domain/finding-shortages", "domain/defaulting"],
  "domain/decide/clearing/delivering.ts": ["domain/novating", "domain/finding-shortages"],
  "domain/decide/clearing/paying-in.ts": ["domain/novating", "domain/finding-shortages"],
  "domain/decide/clearing/paying-out.ts": ["domain/novating", "domain/defaulting"],
  "domain/decide/decision.ts": ["domain/trading", "domain/bounded-steps"],
  "domain/decide/funds/crediting.ts": ["domain/defaulting", "domain/bounded-steps"],
  "domain/decide/margin/margin-check.ts": ["domain/margining"],
  "domain/decide/order/accepting.ts": ["domain/book", "domain/order-check"],
  "domain/decide/order/placing.ts": ["domain/book", "domain/order-check"],
  "domain/decide/order/receiving.ts": ["domain/order-check"],
  "domain/decide/tick/expiring.ts": ["domain/answering", "services/exchange-writer"],
  "domain/decide/tick/settling.ts": ["domain/novating", "domain/bounded-steps"],
  "http/measures/snapshot-watch.ts": ["services/snapshots/snapshot-watch"],
  "protocol/contract-note/layout.ts": ["protocol/contract-note"],
  "protocol/fields.ts": ["protocol/sources", "protocol/hostile-values"],
  "protocol/log/log-record.ts": ["services/log-fold", "protocol/order-record"],
  "protocol/own/log-place.ts": ["services/publisher"],
  "protocol/own/request-execution.ts": ["http/request-routes", "services/cycle"],
  "protocol/own/sauda-orders.ts": ["protocol/sources"],
  "protocol/own/way-message.ts": ["protocol/trade-ways"],
  "protocol/snapshot/market-shape.ts": ["replay/snapshots"],
  "protocol/snapshot/shape.ts": ["replay/snapshots", "protocol/state-bytes"],
  "protocol/ways/short-trades.ts": ["protocol/trade-ways"],
  "protocol/ways/way-taking.ts": ["protocol/trade-ways"],
  "services/books/books-rows.ts": ["postgres/books", "postgres/older-records"],
  "services/books/books-life.ts": ["services/books", "services/books-charges"],
  "services/gateway-sender.ts": ["services/gateway"],
  "services/market-watch.ts": ["kafka/market-watch", "http/health-routes"],
  "services/reconciling/compared-from.ts": ["postgres/reconcile-from"],
  "services/reconciling/public-comparison.ts": ["services/reconciliation"],
  "services/reconciling/public-place.ts": ["http/public-search"],
  "services/shard-view.ts": ["services/snapshots/gateway-memory", "services/snapshots/snapshots"],
  "services/snapshots/drop-snapshots.ts": ["services/snapshots/snapshots"],
  "services/snapshots/forged-reader.ts": ["services/snapshots/foreign-manifests"],
  "services/snapshots/other-log.ts": ["services/snapshots/snapshots", "services/gateway"],
  "services/snapshots/manifest.ts": ["services/snapshots/foreign-manifests"],
  "services/snapshots/records-shape.ts": [
    "services/snapshots/snapshots",
    "http/routes/snapshot-start",
  ],
  "services/snapshots/snapshotter.ts": ["services/snapshots/snapshots"],
  "services/snapshots/load-snapshot.ts": ["services/snapshots/snapshots"],
  "services/snapshots/take-snapshot.ts": ["services/snapshots/snapshots", "services/simulation"],
  "services/trial-balance.ts": ["http/clearing-routes"],
  "services/records/forgotten.ts": ["http/routes/not-kept"],
  "services/trouble.ts": ["cli/doctor-stops", "http/health-routes"],
  "kafka/batch-files.ts": ["kafka/log-files"],
  "kafka/batch-walk.ts": ["kafka/record-batch", "kafka/unpack"],
  "kafka/brokers.ts": ["kafka/errors", "kafka/log"],
  "kafka/checked-batches.ts": ["kafka/log-files", "kafka/checked-reader"],
  "kafka/cluster.ts": ["kafka/log"],
  "kafka/committed-reader.ts": ["kafka/log", "kafka/publisher"],
  "kafka/connection.ts": ["kafka/appender"],
  "kafka/group-offsets.ts": ["kafka/group-membership"],
  "kafka/lz4.ts": ["kafka/unpack"],
  "kafka/managed/broker.ts": ["kafka/managed"],
  "kafka/managed/launch.ts": ["kafka/managed", "kafka/managed-problems"],
  "kafka/managed/stop.ts": ["kafka/managed", "kafka/managed-cli"],
  "kafka/partition-fetch.ts": ["kafka/log"],
  "kafka/publisher-connections.ts": ["kafka/publisher"],
  "kafka/topics-admin.ts": ["kafka/log"],
  "kafka/transaction.ts": ["kafka/publisher", "kafka/publisher-announced"],
  "postgres/books-store.ts": ["postgres/books"],
  "postgres/comparing-store.ts": ["postgres/books", "postgres/reconcile"],
  "postgres/managed/data-folder.ts": ["postgres/managed"],
  "postgres/managed/launch.ts": ["postgres/managed"],
  "postgres/managed/server.ts": ["postgres/managed"],
  "postgres/managed/state.ts": ["postgres/managed"],
  "postgres/managed/stop.ts": ["postgres/managed"],
  "postgres/older-rows.ts": ["postgres/older-records"],
  "postgres/row-columns.ts": ["postgres/books"],
  "postgres/rebuild.ts": ["postgres/books"],
  "postgres/verify.ts": ["postgres/books", "postgres/reconcile"],
  "http/caller.ts": ["http/bad-requests", "http/own-data"],
  "http/connections.ts": ["http/sockets", "http/many-connections"],
  "http/guard.ts": ["http/bad-requests", "http/sockets"],
  "http/routes/log-routes.ts": ["cli/client/reports-of-days", "http/every-route"],
  "http/journey/journey-hops.ts": ["http/order-routes"],
  "http/journey/trade-standing.ts": ["http/journey-way", "postgres/older-records"],
  "http/older/asked-books.ts": ["postgres/older-records"],
  "http/older/older-page.ts": ["postgres/older-records"],
  "http/older/trade-list.ts": ["postgres/older-records", "http/whole-market"],
  "http/older/order-list.ts": ["postgres/older-records", "http/whole-market"],
  "http/kite/order-form.ts": ["http/kite/kite-error", "http/kite/order-json"],
  "http/kite/order-news.ts": ["http/kite/postbacks", "http/kite/ticker"],
  "http/measures/flow.ts": ["http/faults", "http/every-route"],
  "http/problem.ts": ["http/refusal-names", "http/bad-requests"],
  "http/routes/account-routes.ts": ["http/whole-market", "http/page"],
  "http/routes/funds-routes.ts": ["http/request-routes"],
  "http/routes/topic-routes.ts": ["http/whole-market"],
  "http/stream/broadcast.ts": ["http/stream", "http/stream-access"],
  "http/wire.ts": ["http/order-routes"],
};

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => path.endsWith(".ts") && folders.includes(path.split("/")[0] ?? ""));

const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => path.endsWith(".test.ts"));

/** Many decisions, or some in a long file; shapes and tables have none. */
function hasRules(path: string): boolean {
  const text = readFileSync(join(root, "src", path), "utf8");
  const decisions = text.match(/\bif \(|\? |\bcase "|\bwhile \(|\bfor \(/g)?.length ?? 0;
  return decisions >= 12 || (decisions >= 4 && text.split("\n").length > 120);
}

function hasTestOfItsName(path: string): boolean {
  const name = basename(path, ".ts");
  const own = [`${name}.test.ts`, `${name}.property.test.ts`];
  const folder = `${path.split("/")[0]}/`;
  return tests.some((each) => each.startsWith(folder) && own.includes(basename(each)));
}

test("a source file with rules has a test of its name, or says under which name it is tested", () => {
  const wanted = sources.filter((path) => hasRules(path) && !hasTestOfItsName(path));
  assert.deepEqual(
    wanted.filter((path) => !(path in toldElsewhere)),
    [],
  );
});

test("a source file that is listed here is there, and has no test of its name", () => {
  const wrong = Object.keys(toldElsewhere).filter(
    (path) => !sources.includes(path) || hasTestOfItsName(path),
  );
  assert.deepEqual(wrong, []);
});

test("the tests that are named for others are there", () => {
  const named = Object.values(toldElsewhere).flat();
  const missing = named.filter((name) => !existsSync(join(root, "test", `${name}.test.ts`)));
  assert.deepEqual(missing, []);
});
