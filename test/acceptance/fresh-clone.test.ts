import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { findFreePort } from "../../src/kafka/managed/ports.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { root, startTimeoutMs, startProgram, type SaudaProcess } from "./market-process.ts";

// A clone of this tree as it stands, used as its README says: nothing in it may be written by
// a start.

const run = promisify(execFile);
const limit = { timeout: 400_000 };

let folder: string;
let clone: string;
let called: () => void;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-fresh-"));
  clone = join(folder, "sauda");
  called = endWithThisProcess("kafka", join(clone, ".sauda", "kafka"));
  await cloneTree();
});

after(async () => {
  await run(process.execPath, [join(clone, "bin", "sauda.js"), "down"]);
  called();
  await rm(folder, { recursive: true, force: true });
});

/**
 * What git knows or would know of this tree, committed in a repository of its own, with what
 * npm installed.
 */
async function cloneTree(): Promise<void> {
  const listed = await run("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const path of listed.stdout.split("\0").filter((name) => existsSync(join(root, name)))) {
    if (path === "") continue;
    await mkdir(dirname(join(clone, path)), { recursive: true });
    await copyFile(join(root, path), join(clone, path));
  }
  const git = (...words: string[]) =>
    run("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", ...words], {
      cwd: clone,
    });
  await git("init", "-q");
  await git("add", "-A");
  await git("commit", "-qm", "as it stands");
  // or every run waits for a minute's download
  await run("cp", ["-a", join(root, "node_modules"), clone]);
}

async function changes(): Promise<string> {
  return (await run("git", ["status", "--porcelain"], { cwd: clone })).stdout;
}

/** `npm start` in the clone, with this PATH. */
function npmStart(args: readonly string[], env: NodeJS.ProcessEnv = {}): SaudaProcess {
  return startProgram("npm", ["start", "--", ...args], { cwd: clone, env, asGroup: true });
}

/** A PATH on which everything is but the programs named, and those given in their place. */
async function pathWithout(
  missing: readonly string[],
  instead: Readonly<Record<string, string>> = {},
): Promise<string> {
  const bin = await mkdtemp(join(folder, "bin-"));
  const seen = new Set(missing);
  for (const place of (process.env["PATH"] ?? "").split(delimiter)) {
    if (place.includes("node_modules")) continue;
    for (const name of await readdir(place).catch(() => [])) {
      if (seen.has(name)) continue;
      seen.add(name);
      await symlink(join(place, name), join(bin, name));
    }
  }
  for (const [name, script] of Object.entries(instead)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

/**
 * Ctrl-C as a terminal gives it: to npm, its shell and the market. Npm must not call that
 * a failure.
 */
async function pressCtrlC(up: SaudaProcess): Promise<void> {
  up.signal("SIGINT");
  await up.ended();
  ok(!/npm (ERR!|error)/.test(up.err.join("\n")), up.err.join("\n"));
}

/** Starts without something that Kafka needs; the market must come all the same, and stay. */
async function startsInMemory(path: string, missing: RegExp, toGet: RegExp): Promise<void> {
  // A port of its own: a market may be running here, and whose port is taken is told of that first.
  const ports = ["--http-port", "0", "--kafka-port", String(await findFreePort())];
  const up = npmStart(ports, { PATH: path, JAVA_HOME: "" });
  await up.line(/^MARKET in memory/, "out", startTimeoutMs);
  await up.line(/^DASHBOARD /);
  await up.line(/^DEBIT 88500$/);
  const stderr = up.err.join("\n");
  match(stderr, missing);
  match(stderr, toGet);
  match(stderr, /IN MEMORY, and nothing is kept/);
  match(stderr, /do not work:\n[^]*Kafka's clients[^]*the books/);
  ok(!stderr.includes("--in-memory"), "it goes on by itself: nobody needs to be told how");
  await pressCtrlC(up);
}

describe("npm start in a fresh clone", () => {
  test("without Java the market goes on in memory, and says what is missing", limit, async () => {
    await startsInMemory(await pathWithout(["java", "mvn"]), /no Java found/, /install Java 17/);
  });

  test("with too old a Java likewise", limit, async () => {
    const old = { java: `echo 'openjdk version "11.0.2" 2019-01-15' >&2` };
    await startsInMemory(await pathWithout(["java"], old), /java is version 11\.0\.2/, /JAVA_HOME/);
  });

  test("without Maven, and without Kafka's jars, likewise", limit, async () => {
    await startsInMemory(await pathWithout(["mvn"]), /no mvn found/, /install Maven/);
  });

  test(
    "what goes into a file has one line for Kafka's jars; git knows of no change",
    limit,
    async () => {
      const port = await findFreePort();
      const up = npmStart(["--http-port", "0", "--kafka-port", String(port), "--no-books"]);
      await up.line(/^MARKET [0-9a-f]{32}/, "out", 300_000);
      const ofJars = [...up.out, ...up.err].filter((line) => /\bjars?\b/.test(line));
      deepStrictEqual(ofJars, ["downloading Kafka's jars with Maven (44 MB, once)"]);
      await pressCtrlC(up);
      strictEqual(await changes(), "");
    },
  );
});
