import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { installJars } from "../../src/kafka/managed/jars.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { findState } from "../../src/kafka/managed/state.ts";
import {
  allGone,
  childrenOf,
  groupLimitMs,
  isAlive,
  root,
  startTimeoutMs,
  startProgram,
  until,
  type SaudaProcess,
} from "./market-process.ts";

// The package as npm would publish it, installed in somebody's folder and for a whole machine.

const run = promisify(execFile);
const limit = { timeout: groupLimitMs };

let folder: string;
let installed: string;
let prefix: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-package-"));
  const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
  });
  const packed = join(folder, stdout.trim().split("\n").at(-1) ?? "");
  await writeFile(join(folder, "package.json"), '{"private":true}');
  installed = join(folder, "node_modules", "sauda");
  prefix = join(folder, "global");
  await Promise.all([npmInstall(packed), npmInstall("--global", "--prefix", prefix, packed)]);
}, limit);

after(() => rm(folder, { recursive: true, force: true }));

async function npmInstall(...words: string[]): Promise<void> {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", ...quiet, ...words], { cwd: folder });
}

/** `npx sauda` in that folder. */
function npx(...words: string[]): SaudaProcess {
  return startProgram("npx", ["sauda", ...words], { cwd: folder, asGroup: true });
}

async function ownVersion(): Promise<string> {
  const text = await readFile(join(root, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Every file below a folder. */
async function filesOf(place: string): Promise<string[]> {
  const all = await readdir(place, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
}

describe("the installed package", limit, () => {
  test("has no TypeScript to be stripped, and all that it runs by", async () => {
    ok(!existsSync(join(installed, "src")));
    for (const path of ["dist/main.js", "pom.xml", "participants.json", "web/dist/index.html"])
      ok(existsSync(join(installed, path)), path);
    ok(existsSync(join(installed, "dist", "migrations", "001-journals.sql")));
    // Not minified: a stack names our functions.
    match(await readFile(join(installed, "dist", "main.js"), "utf8"), /^function explain\(/m);
    const licenses = await readFile(join(installed, "dist", "licenses.txt"), "utf8");
    for (const name of ["commander", "fastify", "@platformatic/kafka", "zod"])
      match(licenses, new RegExp(`^==== ${name} \\d.*\\n[^=]*(Permission|License)`, "m"));
  });

  test("says its version and its help", async () => {
    const version = npx("--version");
    strictEqual((await version.ended()).code, 0);
    deepStrictEqual(version.out, [await ownVersion()]);
    const help = npx("--help");
    strictEqual((await help.ended()).code, 0);
    strictEqual(help.out[0], "Examples:");
  });

  test("runs by its own Node 24 where an older one is installed", async (context) => {
    const old = await oldNode();
    if (old === null) return context.skip("no Node older than 24 here");
    const version = startProgram(old, [join(installed, "bin", "sauda.js"), "--version"]);
    strictEqual((await version.ended()).code, 0);
    deepStrictEqual(version.out, [await ownVersion()]);
  });

  test("has none of the client library's checks of options made at its start", async () => {
    // What Ajv makes is a function of these two.
    const counting = `
      let made = 0;
      const construct = (target, words) => {
        if (words[0] === "self" && words[1] === "scope") made += 1;
        return Reflect.construct(target, words);
      };
      globalThis.Function = new Proxy(Function, { construct });
      process.on("exit", () => console.log("made: " + made));`;
    const first = `--import=data:text/javascript,${encodeURIComponent(counting)}`;
    const sauda = join(installed, "bin", "sauda.js");
    const down = startProgram(process.execPath, [first, sauda, "down"], { cwd: folder });
    strictEqual((await down.ended()).code, 0);
    strictEqual(down.out.at(-1), "made: 0");
  });

  test("runs a market in memory, with its dashboard, until it is ended", async () => {
    const up = npx("up", "--ephemeral", "--in-memory", "--json");
    const ready = JSON.parse(await up.line(/"type":"ready"/)) as { http: string };
    match(await (await fetch(ready.http)).text(), /<title>/);
    up.signal("SIGTERM");
    await up.ended();
  });

  test("keeps what it keeps in the user's folder, not among npm's packages", async () => {
    strictEqual((await npx("keys", "add", "oms").ended()).code, 0);
    ok(existsSync(join(folder, ".sauda")));
    ok(!existsSync(join(installed, ".sauda", "keys.json")));
  });
});

/** A Node older than 24 on the PATH, outside of packages; null where there is none. */
async function oldNode(): Promise<string | null> {
  for (const place of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(place, "node");
    if (place.includes("node_modules") || !existsSync(node)) continue;
    const { stdout } = await run(node, ["--version"]);
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 24) return node;
  }
  return null;
}

describe("the package, installed for a whole machine", limit, () => {
  let env: NodeJS.ProcessEnv;
  let atFirst: readonly string[];

  before(async () => {
    env = await bareMachine();
    atFirst = await filesOf(join(prefix, "lib", "node_modules", "sauda", "dist"));
  }, limit);

  /** A machine with Node 24, and a user who has nothing yet but what Maven brought before. */
  async function bareMachine(): Promise<NodeJS.ProcessEnv> {
    const [bin, home] = [join(folder, "bin"), join(folder, "home")];
    const cache = join(home, ".cache", "sauda");
    await mkdir(bin);
    await mkdir(cache, { recursive: true });
    await symlink(process.execPath, join(bin, "node"));
    await installJars(defaultJarsDir, { env: process.env, onProgress: () => {} });
    await symlink(defaultJarsDir, join(cache, basename(defaultJarsDir)));
    const other = (process.env["PATH"] ?? "").split(delimiter);
    const path = other.filter((place) => !place.includes("node_modules"));
    return { HOME: home, PATH: [join(prefix, "bin"), bin, ...path].join(delimiter) };
  }

  /** `sauda`, by its name, in an empty folder. */
  async function sauda(words: readonly string[], input = ""): Promise<SaudaProcess> {
    const cwd = await mkdtemp(join(folder, "work-"));
    return startProgram("sauda", words, { cwd, env, input });
  }

  test("says its version and its help", async () => {
    const version = await sauda(["--version"]);
    strictEqual((await version.ended()).code, 0);
    deepStrictEqual([version.out, version.err], [[await ownVersion()], []]);
    const help = await sauda(["--help"]);
    strictEqual((await help.ended()).code, 0);
    strictEqual(help.out[0], "Examples:");
  });

  test("plays a scenario of its own", async () => {
    const listed = await sauda(["scenario", "list"]);
    strictEqual((await listed.ended()).code, 0, listed.err.join("\n"));
    ok(listed.out.some((line) => line.includes("happy-trade")));
  });

  test("trades in memory: two orders, their trade, the dashboard's page and its program", async () => {
    const up = await sauda(["up", "--ephemeral", "--in-memory", "--json"]);
    const { http, key } = JSON.parse(await up.line(/"type":"ready"/)) as Record<string, string>;
    const ask = async (path: string, participant: string, body?: object): Promise<unknown> => {
      const headers = {
        authorization: `Bearer ${key}`,
        "sauda-participant": participant,
        "content-type": "application/json",
      };
      const request = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      return (await fetch(`${http}${path}`, { headers, ...request })).json();
    };
    const terms = { symbol: "SBIN", quantity: 10, price_paise: 98_500 };
    await ask("/v1/orders", "SELLER", { ...terms, side: "SELL" });
    await ask("/v1/orders", "HDFC", { ...terms, side: "BUY" });
    const { trades } = (await ask("/v1/trades", "HDFC")) as { trades: Record<string, unknown>[] };
    deepStrictEqual(
      trades.map(({ symbol, quantity, price_paise, state }) => [
        symbol,
        quantity,
        price_paise,
        state,
      ]),
      [["SBIN", 10, 98_500, "Settled"]],
    );
    const page = await (await fetch(String(http))).text();
    const program = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? "";
    match(await (await fetch(`${http}${program}`)).text(), /function/);
    up.signal("SIGTERM");
    await up.ended();
  });

  test("runs Kafka, services and books; a kill leaves none of them", async () => {
    const up = await sauda(["up", "--ephemeral", "--json"]);
    const fact = async (type: string): Promise<Record<string, string>> =>
      JSON.parse(await up.line(new RegExp(`"type":"${type}"`), "out", startTimeoutMs)) as Record<
        string,
        string
      >;
    const { bootstrap, database = "" } = await fact("ready");
    match(database, /^postgres:/);
    const { dataDir = "" } = await fact("kafka");
    const kafka = (await findState(dataDir))?.pid ?? 0;
    const pids = [kafka, ...(await childrenOf(up.pid))];
    ok(isAlive(kafka) && pids.length > 5, pids.join(", "));
    const on = ["--kafka", bootstrap ?? ""];
    const sent = await sauda([
      "order",
      "--participant",
      "HDFC",
      "--symbol",
      "SBI",
      ...on,
      "--side",
      "BUY",
      "--quantity",
      "1",
      "--price",
      "985",
    ]);
    strictEqual((await sent.ended()).code, 0, sent.err.join("\n"));
    const topics = await sauda(["topics", ...on]);
    strictEqual((await topics.ended()).code, 0, topics.err.join("\n"));
    up.signal("SIGKILL");
    await allGone(pids);
    await until("the data are gone", () => !existsSync(dirname(dataDir)) || !existsSync(dataDir));
  });

  test("none of this wrote among npm's packages", async () => {
    const place = join(prefix, "lib", "node_modules", "sauda");
    deepStrictEqual(await filesOf(join(place, "dist")), atFirst);
    ok(!existsSync(join(place, ".sauda")));
    ok(existsSync(join(folder, "home", ".cache", "sauda", "compile-cache")));
  });
});

test("a clone runs its sources, whatever was once made of them", async () => {
  const clone = await mkdtemp(join(tmpdir(), "sauda-stale-"));
  try {
    await cp(join(root, "bin"), join(clone, "bin"), { recursive: true });
    await writeFile(join(clone, "package.json"), '{"type":"module"}');
    for (const [path, name] of [
      ["src/cli/main.ts", "sources"],
      ["dist/main.js", "bundle"],
    ] as const) {
      await mkdir(dirname(join(clone, path)), { recursive: true });
      await writeFile(join(clone, path), `console.log("${name}");\n`);
    }
    const output = async (): Promise<readonly string[]> => {
      const started = startProgram(process.execPath, [join(clone, "bin", "sauda.js")]);
      await started.ended();
      return started.out;
    };
    deepStrictEqual(await output(), ["sources"]);
    await rm(join(clone, "src"), { recursive: true });
    deepStrictEqual(await output(), ["bundle"]);
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
});
