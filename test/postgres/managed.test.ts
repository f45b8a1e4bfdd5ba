import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectTo, disconnect } from "../../src/postgres/connection.ts";
import { DatabaseTrouble } from "../../src/postgres/database-trouble.ts";
import { findBinaries } from "../../src/postgres/managed/binaries.ts";
import { initOnce } from "../../src/postgres/managed/init.ts";
import { launch } from "../../src/postgres/managed/launch.ts";
import { findOwner } from "../../src/postgres/managed/owner.ts";
import { chooseDataDir, reachableBinaries } from "../../src/postgres/managed/data-folder.ts";
import { findFreePort } from "../../src/postgres/managed/port.ts";
import { startPostgres, type PostgresStart } from "../../src/postgres/managed/server.ts";
import { hasEndedWithin, readLife, remember } from "../../src/postgres/managed/state.ts";
import {
  erasePostgres,
  hasDied,
  postgresStatus,
  stopPostgres,
} from "../../src/postgres/managed/stop.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { until } from "../acceptance/market-process.ts";

const isRoot = process.getuid?.() === 0;

let dir: string;
let folder: string;
let called: () => void;
let progress: string[];

async function openFolder(): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), "sauda-managed-"));
  folder = join(dir, "a folder, with spaces", "postgres");
  progress = [];
  called = endWithThisProcess("postgres", folder);
}
async function closeFolder(): Promise<void> {
  await stopPostgres(folder, 1000);
  await rm(dir, { recursive: true, force: true });
  called();
}

function start(over: Partial<PostgresStart> = {}): ReturnType<typeof startPostgres> {
  const onProgress = (line: string): void => void progress.push(line);
  const given = { folder, base: dir, isDurable: false, onProgress, env: process.env };
  return startPostgres({ ...given, ...over });
}

async function ask(url: string, text: string): Promise<unknown> {
  const sql = connectTo({ url, schema: "public", role: null });
  try {
    return (await sql.unsafe(text)).map((row) => Object.fromEntries(Object.entries(row)));
  } finally {
    await disconnect(sql);
  }
}

test(
  "a server that heeds no signal is killed where its start fails",
  { timeout: 60_000 },
  async () => {
    await openFolder();
    try {
      const owner = await findOwner(() => undefined, process.env);
      const { dataDir } = await chooseDataDir(folder, dir, owner);
      const { password } = await remember(folder, dataDir);
      const programs = await reachableBinaries(await findBinaries(), owner, () => undefined);
      const stop = new AbortController();
      const { signal } = stop;
      await initOnce({ programs, dataDir, owner, password, isDurable: false, signal });
      const away = new DatabaseTrouble("passing", "not asked", undefined);
      const answers = async (): Promise<DatabaseTrouble> => away;
      const port = await findFreePort();
      const server = { folder, programs, dataDir, owner, port, isDurable: false };
      const watch = { answers, limitMs: 50_000, onProgress: () => undefined, signal };
      const failed = rejects(launch(server, watch), /given up/);
      await until("a server that runs", async () => (await readLife(dataDir)).life === "running");
      const life = await readLife(dataDir);
      ok(life.life === "running");
      process.kill(life.pid, "SIGSTOP");
      stop.abort(new Error("given up"));
      await failed;
      equal((await readLife(dataDir)).life, "stale");
    } finally {
      await closeFolder();
    }
  },
);

describe("the life of a managed PostgreSQL", () => {
  before(openFolder);
  after(closeFolder);

  test("before the first start there is nothing to stop or erase, and looking makes no folder", async () => {
    equal(await stopPostgres(folder), "not running");
    deepEqual(await postgresStatus(folder), { life: "stopped", dataDir: null });
    await erasePostgres(folder);
    await rejects(stat(folder));
  });

  test("three starts at once give one server, and two of them are told that it was there", async () => {
    const started = await Promise.all([start(), start(), start()]);
    const pids = new Set(started.map(({ postgres }) => postgres.pid));
    equal(pids.size, 1);
    equal(started.filter(({ reused }) => reused).length, 2);
    const status = await postgresStatus(folder);
    ok(status.life === "running" && status.trouble === null);
    deepEqual(status.postgres, started[0]?.postgres);
  });

  test("it listens on loopback only, and lets nobody in without the password", async () => {
    const { postgres } = await start();
    deepEqual(await ask(postgres.url, "SHOW listen_addresses"), [
      { listen_addresses: "127.0.0.1" },
    ]);
    const guess = new URL(postgres.url);
    guess.password = "guess";
    await rejects(ask(guess.href, "SELECT 1"), { code: "28P01" });
    const file = await stat(join(folder, "server.json"));
    equal(file.mode & 0o077, 0, "others can read the password");
  });

  test("its data cannot be erased while it runs", async () => {
    await rejects(erasePostgres(folder), { code: "RUNNING" });
  });

  test("what was written outlives a stop, on the same port", async () => {
    const first = (await start()).postgres;
    await ask(first.url, "CREATE TABLE kept AS SELECT 7 AS seven");
    equal(await stopPostgres(folder), "stopped");
    equal(await stopPostgres(folder), "not running");
    equal(await hasDied(folder), false);
    const { postgres, reused } = await start();
    equal(reused, false);
    equal(postgres.url, first.url);
    deepEqual(await ask(postgres.url, "SELECT seven FROM kept"), [{ seven: 7 }]);
  });

  test("a stop does not wait for those who are connected", async () => {
    const { postgres } = await start();
    const sql = connectTo({ url: postgres.url, schema: "public", role: null });
    await sql`SELECT 1`;
    const startedAtMs = performance.now();
    equal(await stopPostgres(folder), "stopped");
    ok(performance.now() - startedAtMs < 15_000);
    await disconnect(sql);
  });

  test("one that was killed is noticed and said, and starts again with its data", async () => {
    const first = (await start()).postgres;
    process.kill(first.pid, "SIGKILL");
    await hasEndedWithin(first.pid, first.dataDir, 5000);
    equal(await hasDied(folder), true);
    equal((await postgresStatus(folder)).life, "stale");
    progress.length = 0;
    const { postgres } = await start();
    ok(
      progress.some(
        (line) => line.includes(`pid ${first.pid}`) && line.includes("without being stopped"),
      ),
    );
    deepEqual(await ask(postgres.url, "SELECT seven FROM kept"), [{ seven: 7 }]);
  });

  test("a start in the very moment of a kill gives a new one", async () => {
    const { pid } = (await start()).postgres;
    process.kill(pid, "SIGKILL");
    const { postgres, reused } = await start();
    equal(reused, false);
    notEqual(postgres.pid, pid);
  });

  test("a pid that means somebody else by now is not taken for the server", async () => {
    const { postgres } = await start();
    await stopPostgres(folder);
    const file = join(postgres.dataDir, "postmaster.pid");
    await writeFile(file, `${process.pid}\n${postgres.dataDir}\n0\n${postgres.port}\n`);
    equal((await readLife(postgres.dataDir)).life, "stale");
    await rm(file);
  });

  test("one that does not heed a stop is ended after the grace, and loses nothing", async () => {
    const { pid } = (await start()).postgres;
    process.kill(pid, "SIGSTOP");
    equal(await stopPostgres(folder, 0), "stopped");
    const { postgres } = await start();
    deepEqual(await ask(postgres.url, "SELECT seven FROM kept"), [{ seven: 7 }]);
  });

  test("its port taken by somebody else meanwhile: it takes another, and remembers it", async () => {
    const { port } = (await start()).postgres;
    await stopPostgres(folder);
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const { postgres } = await start();
    notEqual(postgres.port, port);
    other.close();
    await stopPostgres(folder);
    equal((await start()).postgres.port, postgres.port);
  });

  test("an interrupted start leaves nothing running", async () => {
    await stopPostgres(folder);
    const signal = AbortSignal.timeout(30);
    await rejects(start({ signal }));
    await sleep(100);
    notEqual((await postgresStatus(folder)).life, "running");
    await start();
  });

  test("erasing removes its data, its password and its log, and nothing else", async () => {
    await stopPostgres(folder);
    await writeFile(join(folder, "mine.txt"), "mine");
    await erasePostgres(folder);
    equal(await readFile(join(folder, "mine.txt"), "utf8"), "mine");
    await rejects(stat(join(folder, "data")));
    await rejects(stat(join(folder, "server.json")));
  });
});

describe("when it cannot start", () => {
  beforeEach(openFolder);
  afterEach(closeFolder);

  test("a damaged data folder: its own words, and the way on", async () => {
    const { postgres } = await start();
    await stopPostgres(folder);
    await rm(join(postgres.dataDir, "global"), { recursive: true });
    await rejects(start(), (error: Error & { wayOn: string }) => {
      match(error.message, /PostgreSQL died while it started: .*global\/pg_control/);
      match(error.wayOn, /server\.log.*npx sauda postgres reset --yes/);
      return true;
    });
    notEqual((await postgresStatus(folder)).life, "running");
  });

  test("it ends, and its folder goes, when the process that watches it is killed", async () => {
    const source = (file: string): string =>
      JSON.stringify(join(import.meta.dirname, "../../src", file));
    const script = `
      import { startPostgres } from ${source("postgres/managed/server.ts")};
      import { endWithThisProcess } from ${source("cli/market/watchdog.ts")};
      const folder = ${JSON.stringify(folder)};
      endWithThisProcess("postgres", folder);
      const { postgres } = await startPostgres({
        folder,
        base: ${JSON.stringify(dir)},
        isDurable: false,
        onProgress: () => {},
        env: process.env,
      });
      console.log(postgres.pid);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    const { dataDir } = JSON.parse(await readFile(join(folder, "server.json"), "utf8")) as {
      dataDir: string;
    };
    child.kill("SIGKILL");
    ok(await hasEndedWithin(Number(pid), dataDir, 20_000), "it still runs");
    await until("the folder is gone", async () => (await stat(folder).catch(() => null)) === null);
  });
});

describe("as root", { skip: isRoot ? false : "only root needs another user" }, () => {
  beforeEach(openFolder);
  afterEach(closeFolder);
  const owner = { uid: 65534, gid: 65534 };

  test("the system's user is used, and made with a word where there is none", async () => {
    const bin = join(dir, "bin");
    await mkdir(bin);
    const program = async (name: string, script: string): Promise<void> => {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    };
    await program("id", `[ -e ${bin}/made ] && echo 777`);
    await program("useradd", `: > ${bin}/made`);
    const lines: string[] = [];
    const tell = (line: string): void => void lines.push(line);
    deepEqual(await findOwner(tell, { PATH: bin }), { uid: 777, gid: 777 });
    match(lines.join(), /made the system user postgres/);
    deepEqual(await findOwner(tell, { PATH: bin }), { uid: 777, gid: 777 });
    equal(lines.length, 1);
  });

  test("no user, and none can be made: said, with the ways on", async () => {
    await rejects(
      findOwner(() => {}, { PATH: dir }),
      (error: Error & { code: string; wayOn: string }) => {
        equal(error.code, "NO_USER");
        match(error.wayOn, /ordinary user.*DATABASE_URL.*--no-books/);
        return true;
      },
    );
  });

  test("our own closed folders are opened for passing through, no more", async () => {
    const place = await chooseDataDir(folder, dir, owner);
    equal(place.dataDir, join(folder, "data"));
    equal((await stat(dir)).mode & 0o777, 0o701);
  });

  test("a closed folder above ours: the data lie in the system's folder, which is said", async () => {
    const base = join(dir, "ours");
    await mkdir(base);
    const system = join(dir, "system");
    const place = await chooseDataDir(join(base, "postgres"), base, owner, system);
    equal(place.closed, dir);
    match(place.dataDir, new RegExp(`^${system}/postgres-[0-9a-f]{12}$`));
    equal((await stat(dir)).mode & 0o777, 0o700, "a folder that is not ours was opened");
  });

  test("programs in a closed folder are copied once, whole", async () => {
    const programs = join(dir, "native");
    await mkdir(join(programs, "bin"), { recursive: true });
    await writeFile(join(programs, "bin", "postgres"), "program");
    const lines: string[] = [];
    const tell = (line: string): void => void lines.push(line);
    const binaries = { folder: programs, version: "1" };
    const system = join(dir, "system");
    const copy = await reachableBinaries(binaries, owner, tell, system);
    equal(copy, join(system, "postgresql-1"));
    equal(await readFile(join(copy, "bin", "postgres"), "utf8"), "program");
    equal(await reachableBinaries(binaries, owner, tell, system), copy);
    equal(lines.length, 1);
    await chmod(dir, 0o711);
    equal(await reachableBinaries(binaries, owner, tell, system), programs);
  });
});
