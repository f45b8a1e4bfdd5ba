import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres, type ManagedPostgres } from "../../src/postgres/managed/server.ts";
import { stopPostgres } from "../../src/postgres/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";

/** A PostgreSQL of a test's own. */
export type TestPostgres = {
  readonly folder: string;
  /** As it runs now: after a kill and a `restart` it may have another port. */
  readonly postgres: () => ManagedPostgres;
  /** Starts it again on its data, after a kill. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. Without it both go when the test process does. */
  stop(): Promise<void>;
};

/** Starts a PostgreSQL on a free port in a temporary folder, in a second or two. */
export async function testPostgres(isDurable = false): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-test-postgres-"));
  const called = endWithThisProcess("postgres", folder);
  const start = async (): Promise<ManagedPostgres> => {
    const onProgress = (): void => {};
    const given = { folder, base: folder, isDurable, onProgress, env: process.env };
    return (await startPostgres(given)).postgres;
  };
  let postgres = await start();
  return {
    folder,
    postgres: () => postgres,
    restart: async () => {
      postgres = await start();
    },
    stop: async () => {
      await stopPostgres(folder, 1000);
      await rm(folder, { recursive: true, force: true });
      called();
    },
  };
}
