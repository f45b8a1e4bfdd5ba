import { deepEqual, equal, match } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findTrouble } from "../../src/postgres/managed/server.ts";
import { stopPostgres } from "../../src/postgres/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { sauda } from "../acceptance/market-process.ts";

describe("sauda postgres", () => {
  let dataDir: string;
  let env: NodeJS.ProcessEnv;
  let called: () => void;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "sauda-postgres-cli-"));
    env = { SAUDA_DATA_DIR: dataDir, DATABASE_URL: "" };
    called = endWithThisProcess("postgres", join(dataDir, "postgres"));
  });
  after(async () => {
    await stopPostgres(join(dataDir, "postgres"), 1000);
    await rm(dataDir, { recursive: true, force: true });
    called();
  });

  test("status and url before a start: exit code 1, with the way on", async () => {
    const status = await sauda(["postgres", "status"], { env });
    deepEqual([status.code, status.out], [1, ["POSTGRES stopped   data none"]]);
    const url = await sauda(["postgres", "url"], { env });
    equal(url.code, 1);
    match(url.err.join(), /npx sauda postgres start/);
    const books = await sauda(["books", "--kafka", "localhost:9"], { env });
    equal(books.code, 1);
    match(books.err.join(), /npm start starts one.*DATABASE_URL/);
  });

  test("start, and start again: one server, whose password only url shows", async () => {
    const first = await sauda(["postgres", "start"], { env });
    match(
      first.out.join(),
      /^POSTGRES postgres:\/\/sauda@127\.0\.0\.1:\d+\/postgres +running +pid \d+/,
    );
    const again = await sauda(["postgres", "start", "--json"], { env });
    equal((JSON.parse(again.out[0] ?? "{}") as { reused: boolean }).reused, true);
    const { out } = await sauda(["postgres", "url"], { env });
    equal(await findTrouble(out[0] ?? ""), null);
    equal((await sauda(["postgres", "status"], { env })).code, 0);
  });

  test("one that DATABASE_URL names is not ours to touch", async () => {
    const given = { ...env, DATABASE_URL: "postgres://user:secret@db.example/books" };
    for (const verb of ["start", "stop", "reset"]) {
      const { code, err } = await sauda(["postgres", verb], { env: given });
      equal(code, 1);
      match(err.join(), /postgres:\/\/user@db\.example\/books, which is not ours/);
    }
  });

  test("reset needs --yes and then leaves nothing; stop is told what it stopped", async () => {
    equal((await sauda(["postgres", "reset"], { env })).code, 2);
    equal((await sauda(["postgres", "stop"], { env })).out[0], "POSTGRES stopped");
    equal((await sauda(["postgres", "stop"], { env })).out[0], "POSTGRES not running");
    equal((await sauda(["postgres", "reset", "--yes"], { env })).code, 0);
    equal(existsSync(join(dataDir, "postgres", "data")), false);
  });
});
