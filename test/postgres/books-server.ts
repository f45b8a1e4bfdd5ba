import { after, before, beforeEach } from "node:test";
import type { Sql } from "postgres";
import { booksSchema, connectTo, disconnect } from "../../src/postgres/connection.ts";
import { emptyMarket } from "../../src/postgres/empty.ts";
import { migrate, readMigrations } from "../../src/postgres/migrate.ts";
import { marketId } from "./market-log.ts";
import { testPostgres, type TestPostgres } from "./test-postgres.ts";

/** A PostgreSQL of a test file's own with the books' tables, from its first test to its last. */
type BooksServer = {
  readonly server: TestPostgres;
  readonly url: string;
  /** As the database's owner. */
  readonly sql: Sql;
};

/**
 * Starts one for the tests of the calling file; `use` gets it before the first, and is waited for:
 * a file's own `before` would not wait for this one.
 */
export function withBooksServer(use: (started: BooksServer) => void | Promise<void>): void {
  let started: BooksServer;
  before(async () => {
    const server = await testPostgres();
    const { url } = server.postgres();
    await migrate(url, booksSchema, await readMigrations());
    started = { server, url, sql: connectTo({ url, schema: booksSchema, role: null }) };
    await use(started);
  });
  after(async () => {
    await disconnect(started.sql);
    await started.server.stop();
  });
}

/** The same; each test finds no rows of the test's market. */
export function withEmptyBooks(use: (started: BooksServer) => void): void {
  let url: string;
  withBooksServer((started) => {
    ({ url } = started);
    use(started);
  });
  beforeEach(async () => {
    await emptyMarket(url, marketId);
  });
}
