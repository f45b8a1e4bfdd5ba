import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const limit = { timeout: 180_000 };

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-lock-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The npm of this major, from the registry. */
async function npmOf(major: number): Promise<string> {
  const prefix = join(folder, `npm-${major}`);
  await run("npm", ["install", "--prefix", prefix, "--no-save", `npm@${major}`], { cwd: folder });
  return join(prefix, "node_modules", "npm", "bin", "npm-cli.js");
}

/** The lock as this npm writes it when it finds it beside our package.json. */
async function lockBy(major: number): Promise<string> {
  const npm = await npmOf(major);
  const clone = await mkdtemp(join(folder, "clone-"));
  for (const name of ["package.json", "package-lock.json", ".npmrc"])
    await copyFile(join(root, name), join(clone, name));
  const words = ["install", "--package-lock-only", "--no-audit", "--no-fund"];
  await run(process.execPath, [npm, ...words], { cwd: clone });
  return readFile(join(clone, "package-lock.json"), "utf8");
}

type Lock = { readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
const readLock = (): Promise<string> => readFile(join(root, "package-lock.json"), "utf8");

describe("the lock file", () => {
  for (const major of [10, 11])
    test(`npm ${major} leaves it as it is, to the byte`, limit, async () => {
      strictEqual(await lockBy(major), await readLock());
    });

  test("names no registry, and nothing that only one npm writes", async () => {
    const { packages } = JSON.parse(await readLock()) as Lock;
    const named = (field: string): string[] =>
      Object.keys(packages).filter((path) => packages[path]?.[field] !== undefined);
    deepStrictEqual(named("resolved"), []);
    deepStrictEqual(named("libc"), []); // npm 10 takes it out, npm 11 leaves it out
  });

  test("has each platform's build of what it has for one platform", async () => {
    const { packages } = JSON.parse(await readLock()) as Lock;
    const missing = Object.values(packages).flatMap(({ optionalDependencies }) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)),
      ),
    );
    deepStrictEqual(missing, []);
  });

  test("no script that comes before a start or a test writes it", async () => {
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      scripts: Readonly<Record<string, string>>;
    };
    const installing = Object.keys(scripts).filter((name) => scripts[name]?.includes("npm "));
    const writing = installing.filter((name) =>
      /npm (ci|install(?! --no-save))/.test(scripts[name] ?? ""),
    );
    deepStrictEqual(writing, []);
    strictEqual(scripts["pretest"], scripts["prestart"]);
  });
});
