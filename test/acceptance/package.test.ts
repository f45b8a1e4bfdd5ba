import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { groupLimitMs, root, startProgram } from "./market-process.ts";

// The package as npm would publish it, installed in somebody's folder.

const run = promisify(execFile);

let folder: string;
let installed: string;

before(
  async () => {
    folder = await mkdtemp(join(tmpdir(), "sauda-package-"));
    const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder], {
      cwd: root,
    });
    const packed = join(folder, stdout.trim().split("\n").at(-1) ?? "");
    await writeFile(join(folder, "package.json"), '{"private":true}');
    const words = ["install", "--no-audit", "--no-fund", "--loglevel=error", packed];
    await run("npm", words, { cwd: folder });
    installed = join(folder, "node_modules", "sauda");
  },
  { timeout: groupLimitMs },
);

after(() => rm(folder, { recursive: true, force: true }));

/** `npx sauda` in that folder. */
function npx(...words: string[]): ReturnType<typeof startProgram> {
  return startProgram("npx", ["sauda", ...words], { cwd: folder, asGroup: true });
}

describe("the installed package", { timeout: groupLimitMs }, () => {
  test("has no TypeScript to be stripped, and all that it runs by", () => {
    ok(!existsSync(join(installed, "src")));
    for (const path of ["dist/cli/main.js", "pom.xml", "participants.json", "web/dist/index.html"])
      ok(existsSync(join(installed, path)), path);
    ok(existsSync(join(installed, "dist", "postgres", "migrations", "001-journals.sql")));
  });

  test("says its version and its help", async () => {
    const version = npx("--version");
    strictEqual((await version.ended()).code, 0);
    const said = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    deepStrictEqual(version.out, [said.version]);
    const help = npx("--help");
    strictEqual((await help.ended()).code, 0);
    strictEqual(help.out[0], "Examples:");
  });

  test("runs a market in memory, with its dashboard, until it is ended", async () => {
    const up = npx("up", "--ephemeral", "--in-memory", "--json");
    const ready = JSON.parse(await up.said(/"type":"ready"/)) as { http: string };
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
