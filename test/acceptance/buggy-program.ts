import { ok } from "node:assert/strict";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, startProgram, type SaudaProcess } from "./market-process.ts";

const bugs = {
  LOOPS: 'if (order.participant === "LOOPS") for (;;);',
  EATS: `if (order.participant === "EATS")
    for (const eaten: unknown[] = []; ; ) eaten.push(Array(1e5).fill(eaten.length));`,
  THROWS: 'if (order.participant === "THROWS") throw new Error("a bug of ours");',
};

/** Members whose orders an exchange of `buggyProgram` never decides; each is named as it ends. */
export const poisoners: readonly string[] = Object.keys(bugs);

/** How many megabytes of objects an exchange may have that somebody eats the memory of. */
const heapMb = 96;

/** The program as it is, with bugs, in a folder of its own: some members' orders break it. */
export async function buggyProgram(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "sauda-buggy-"));
  for (const part of ["bin", "src", "package.json", "participants.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const begin = "export function placeOrder(decision: Decision, order: PlaceOrder): void {";
  plant(join(copy, "src/domain/decide/order/placing.ts"), [
    begin,
    [begin, ...Object.values(bugs)].join("\n"),
  ]);
  plant(join(copy, "src/cli/market/deciding-watch.ts"), [
    "decidingMaxMs = 10_000",
    "decidingMaxMs = 2000",
  ]);
  return copy;
}

function plant(path: string, [from, to]: readonly [string, string]): void {
  const text = readFileSync(path, "utf8");
  ok(text.includes(from), `${path} has no "${from}"; mend this test`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

/** An exchange that is started again whenever it ends. */
export type KeptExchange = {
  /** How it ended each time so far. */
  readonly deaths: readonly string[];
  end(): void;
};

/** Keeps an exchange running, as `up` does. Each of its lives is bounded by `lifeLimitMs`. */
export function keepRunning(program: string, bootstrap: string): KeptExchange {
  const deaths: string[] = [];
  let isOver = false;
  let running: SaudaProcess | null = null;
  const start = (): void => {
    if (isOver) return;
    const heap = `--max-old-space-size=${heapMb}`;
    const args = [heap, program, "exchange", "--json", "--kafka", bootstrap];
    const exchange = startProgram(process.execPath, args, {}, "exchange");
    running = exchange;
    void exchange.ended(lifeLimitMs).then(({ code, signal }) => {
      deaths.push(signal ?? String(code));
      start();
    });
  };
  start();
  return {
    deaths,
    end: () => {
      isOver = true;
      running?.signal("SIGKILL");
    },
  };
}

/** Far above what fourteen deaths take, each with the group's timeout of 6 s. */
const lifeLimitMs = 420_000;
