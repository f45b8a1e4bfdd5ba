import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import {
  groupLimitMs,
  root,
  startTimeoutMs,
  watchProcess,
  type SaudaProcess,
  type TestMarket,
} from "../acceptance/market-process.ts";
import type { Venv } from "./venv.ts";

const examples = join(root, "examples");

/** What the examples are tried with. */
type Around = {
  readonly venv: Venv | null;
  readonly missing: string;
  readonly market: TestMarket;
};

type Workflow = {
  readonly jobs: Record<string, { readonly steps: readonly Readonly<Record<string, unknown>>[] }>;
};

/**
 * Runs everything in examples/, the tests there as the workflow file runs them in a user's project.
 */
export function describeExamples(around: () => Around): void {
  describe("examples", { timeout: groupLimitMs }, () => {
    test("client.py buys and prints what settles, in at most 20 lines of code", async (context) => {
      const { venv, missing, market } = around();
      if (venv === null) return context.skip(`${missing} is missing`);
      const text = await readFile(join(examples, "client.py"), "utf8");
      const code = text.split("\n").filter((line) => line.trim() !== "");
      ok(code.length <= 20, `${code.length} lines`);
      const file = join(examples, "client.py");
      const client = run(venv.python, [file], { KAFKA_BOOTSTRAP_SERVERS: market.bootstrap });
      strictEqual((await client.ended()).code, 0, client.err.join("\n"));
      deepStrictEqual(client.out.toSorted(), ["DEBIT 88500.0", "DEMAT 100 SBI"]);
    });

    test("ci.yml runs both tests in a project that is not this one, and they pass", async (context) => {
      const { venv, missing } = around();
      if (venv === null) return context.skip(`${missing} is missing`);
      const workflow = parse(await readFile(join(examples, "ci.yml"), "utf8")) as Workflow;
      const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
      const project = await mkdtemp(join(tmpdir(), "sauda-project-"));
      try {
        await symlink(join(root, "node_modules"), join(project, "node_modules"));
        for (const file of ["order.test.mjs", "test_order.py"])
          await copyFile(join(examples, file), join(project, file));
        const commands = steps.flatMap(({ run: command }) =>
          typeof command === "string" ? [command] : [],
        );
        const tests = commands.filter((command) => /^(node --test|pytest) /.test(command));
        strictEqual(tests.length, 2);
        for (const command of tests) {
          const done = run(
            "/bin/sh",
            ["-c", command],
            {
              SAUDA_HOME: root,
              PATH: [venv.bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
            },
            project,
          );
          const output = (): string => [...done.out, ...done.err].join("\n");
          strictEqual((await done.ended(startTimeoutMs)).code, 0, output());
          match(output(), /^ℹ pass 1$|1 passed/m);
        }
      } finally {
        await rm(project, { recursive: true, force: true });
      }
    });

    test("ci.yml brings what the tests need and says where the market is", async () => {
      const workflow = parse(await readFile(join(examples, "ci.yml"), "utf8")) as Workflow;
      const text = JSON.stringify(workflow);
      for (const needed of ["actions/checkout", "setup-node", "setup-java", "setup-python"])
        ok(text.includes(needed), needed);
      match(text, /kafka-python==3\.0\.\*/);
      match(text, /SAUDA_HOME/);
    });
  });
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string = root,
): SaudaProcess {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env; // or node --test reports to our own runner
  const child = spawn(command, [...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...rest, ...env },
    cwd,
  });
  return watchProcess(child, `${command} ${args.join(" ")}`);
}
