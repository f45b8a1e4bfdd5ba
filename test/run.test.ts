import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  allGone,
  root,
  until,
  watchProcess,
  type SaudaProcess,
} from "./acceptance/market-process.ts";

// The runner of all tests, on files planted here. With a limit of three seconds: silent for six,
// a hang.
const limitSeconds = 3;

type Planted = {
  readonly run: SaudaProcess;
  /** The pid of the stranger that the planted file has started. */
  stranger(): Promise<number>;
};

/** Runs a file of this text. */
async function runPlanted(
  context: TestContext,
  text: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Planted> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-planted-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "planted.test.mjs");
  await writeFile(file, `import { test } from "node:test";\n${text}`);
  const run = startRunner(["--limit", String(limitSeconds), file], env);
  const stranger = async (): Promise<number> => {
    const read = (): Promise<string> => readFile(join(folder, "stranger"), "utf8").catch(() => "");
    await until("the stranger has started", async () => (await read()) !== "");
    return Number(await read());
  };
  return { run, stranger };
}

function startRunner(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = root,
): SaudaProcess {
  const child = spawn(process.execPath, [join(root, "test", "run.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    cwd,
  });
  return watchProcess(child, "the runner");
}

/**
 * Starts a process in a group of its own, as our Kafka is; it heeds no friendly signal and holds
 * the streams.
 */
const stranger = `
  const { spawn } = await import("node:child_process");
  const { writeFileSync } = await import("node:fs");
  const text = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ["-e", text], { detached: true, stdio: "inherit" });
  child.unref();
  writeFileSync(import.meta.dirname + "/stranger", String(child.pid));
  await new Promise((resolve) => setTimeout(resolve, 1500));
`;

function closingLines({ out }: SaudaProcess): Record<string, string> {
  return Object.fromEntries(
    out.flatMap((line) => {
      const [, name, value] = /^ℹ (\w+) ([\d.]+)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

test("a run that passes ends with the totals, exit code 0, and one line for its folder", async (context) => {
  const text = `test("one", () => {}); test.skip("two", () => {});`;
  const { run } = await runPlanted(context, text);
  equal((await run.ended()).code, 0);
  const { duration_ms: ms, ...counts } = closingLines(run);
  ok(Number(ms) > 0);
  const none = { suites: "0", fail: "0", cancelled: "0", todo: "0" };
  deepEqual(counts, { ...none, tests: "2", pass: "1", skipped: "1" });
  equal(run.out.filter((line) => /2 tests +0 failed +1 skipped/.test(line)).length, 1);
});

test("a failure is told in full, with the names of its groups", async (context) => {
  const text = `import { describe } from "node:test";
    describe("group", () => test("wrong", () => { throw new Error("what is wrong"); }));`;
  const { run } = await runPlanted(context, text);
  equal((await run.ended()).code, 1);
  match(run.out.join("\n"), /✖ .*planted\.test\.mjs: group > wrong\n +after .*what is wrong/);
  equal(closingLines(run)["fail"], "1");
});

test("what the terminal or the machine sets for other programs does not reach the tests", async (context) => {
  const set = {
    CI: "true",
    FORCE_COLOR: "1",
    NO_COLOR: "1",
    KAFKA_BOOTSTRAP_SERVERS: "somebody:9092",
    KAFKA_HEAP_OPTS: "-Xmx16m",
    DATABASE_URL: "postgres://somebody",
    PGHOST: "somebody",
    JAVA_TOOL_OPTIONS: "-Dsome=thing",
    SAUDA_DESK_KEY: "somebody's",
  };
  const text = `test("sees none", () => {
    const set = Object.entries(${JSON.stringify(set)});
    const seen = set.filter(([name, value]) => process.env[name] === value);
    if (seen.length > 0) throw new Error("seen: " + seen);
  });`;
  const { run } = await runPlanted(context, text, set);
  equal((await run.ended()).code, 0, run.out.join("\n"));
});

test("npm test tells of a wrong path before any check, and runs no test where a check is red", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "sauda-checked-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const words = scripts["test"]?.split(" ") ?? [];
  deepEqual(words.slice(0, 2), ["node", "test/run.ts"]);
  const check = async (code: number): Promise<void> => {
    const its = { scripts: { check: `echo checked; exit ${code}` } };
    await writeFile(join(folder, "package.json"), JSON.stringify(its));
  };
  const file = join(folder, "planted.test.mjs");
  await writeFile(file, `import { test } from "node:test"; test("one", () => {});`);
  const run = async (path: string): Promise<readonly string[]> => {
    const runner = startRunner([...words.slice(2), path], {}, folder);
    const { code } = await runner.ended();
    return [
      String(code),
      ...runner.err,
      ...runner.out.filter((line) => /^(checked$|ℹ pass)/.test(line)),
    ];
  };
  await check(1);
  const nothing = join(folder, "nothing");
  const told = `no tests in ${nothing}: name a folder or a file, as in test/domain`;
  deepEqual(await run(nothing), ["2", told]);
  deepEqual(await run(file), ["1", "checked"]);
  await check(0);
  deepEqual(await run(file), ["0", "checked", "ℹ pass 1"]);
});

test("a file that cannot be loaded is red", async (context) => {
  const { run } = await runPlanted(context, `import "./is-not-there.mjs";`);
  equal((await run.ended()).code, 1);
  match(run.out.join("\n"), /planted\.test\.mjs: the file itself[^]*is-not-there/);
  equal(closingLines(run)["fail"], "1");
});

test("a test that waits for ever beside a process of its own: red, named, nothing is left running", async (context) => {
  const text = `test("waits for ever", async () => { ${stranger}
    await new Promise(() => setInterval(() => {}, 1000)); });
    test("the next one", () => {});`;
  const planted = await runPlanted(context, text);
  equal((await planted.run.ended()).code, 1);
  match(planted.run.out.join("\n"), /planted\.test\.mjs: waits for ever\n +after 3\.\d s/);
  await allGone([await planted.stranger()]);
  const { cancelled, pass } = closingLines(planted.run);
  deepEqual([cancelled, pass], ["1", "1"]);
});

test("a test that blocks its whole process is ended from outside, and the file named", async (context) => {
  const { run } = await runPlanted(context, `test("turns round", () => { for (;;); });`);
  equal((await run.ended()).code, 1);
  match(run.out.join("\n"), /planted\.test\.mjs: .*\n +(hangs: not a word|does not end)/);
});

test("what a passing test leaves running is ended, and is red", async (context) => {
  const planted = await runPlanted(context, `test("untidy", async () => { ${stranger} });`);
  equal((await planted.run.ended()).code, 1);
  const output = planted.run.out.join("\n");
  match(output, /planted\.test\.mjs: the file itself\n +left running, and ended now:\n +\d+ /);
  await allGone([await planted.stranger()]);
});

test("Ctrl-C ends everything that was started", async (context) => {
  const text = `test("long", { timeout: 60_000 }, async () => { ${stranger}
    await new Promise((resolve) => setTimeout(resolve, 60_000)); });`;
  const planted = await runPlanted(context, text);
  const pid = await planted.stranger();
  planted.run.signal("SIGINT");
  equal((await planted.run.ended(20_000)).code, 1);
  match(planted.run.out.join("\n"), /SIGINT: the run was ended/);
  await allGone([pid]);
});

test("a file that mostly waits runs beside two others, and no fourth one", async (context) => {
  if (availableParallelism() < 2) return context.skip("one core: one at a time");
  const folder = await mkdtemp(join(tmpdir(), "sauda-planted-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  /** Waits until it has seen two others at work. */
  const text = (looksMax: number, isWrong: string): string => `import { test } from "node:test";
    import { readdirSync, rmSync, writeFileSync } from "node:fs";
    const atWork = ${JSON.stringify(join(folder, "at-work"))};
    test("at work", async () => {
      writeFileSync(atWork + "/" + process.pid, "");
      let most = 0;
      for (let looks = 0; most < 3 && looks < ${looksMax}; looks += 1) {
        most = Math.max(most, readdirSync(atWork).length);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      most = Math.max(most, readdirSync(atWork).length);
      rmSync(atWork + "/" + process.pid);
      if (most ${isWrong} 3) throw new Error("at work at once: " + most);
    });`;
  await mkdir(join(folder, "at-work"));
  await mkdir(join(folder, "kafka"));
  for (const name of ["a", "b", "kafka/group-membership"])
    await writeFile(join(folder, `${name}.test.ts`), text(200, "!=="));
  await writeFile(join(folder, "c.test.ts"), text(10, ">"));
  const run = startRunner(["--limit", "30", folder]);
  equal((await run.ended()).code, 0, run.out.join("\n"));
});

test("a folder without tests is no success", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "sauda-planted-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const run = startRunner([folder]);
  equal((await run.ended()).code, 2);
  match(run.err.join("\n"), /no tests in/);
});
