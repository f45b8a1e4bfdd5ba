import { addCommand, withContext, type ContextOptions } from "../context.ts";
import { newCommand } from "../program.ts";
import type { Registry } from "../registry.ts";

/** `sauda snapshot list` and `take`: from where a start reads the log. */
export function registerSnapshot(registry: Registry): void {
  const group = newCommand(registry.program, {
    name: "snapshot",
    examples: ["npx sauda snapshot list", "npx sauda snapshot take"],
    more:
      "A snapshot is the market's state as of a place in the log: exchange and publisher go on from " +
      "the newest good one, and read what came after it. A standby exchange takes them by itself.",
  });
  const within = { program: group };
  addCommand(within, {
    name: "list",
    summary: "every snapshot, newest first, and what is wrong with it",
    examples: ["npx sauda snapshot list", "npx sauda snapshot list --json"],
    more:
      "Reads every byte of every snapshot and tries it against the log. Newest first. Exit code 1: " +
      "one is damaged or does not fit (a start passes it over). UNFINISHED: a process was killed over it.",
  }).action((options: ContextOptions) =>
    withContext(registry, options, async (context) =>
      (await import("./run-snapshots.ts")).listSnapshots(context),
    ),
  );
  addCommand(within, {
    name: "take",
    summary: "write one of the log as it is now",
    examples: ["npx sauda snapshot take"],
    more:
      "Follows the log to its end, from the newest good snapshot on, and writes one. The market goes " +
      "on meanwhile.",
  }).action((options: ContextOptions) =>
    withContext(registry, options, async (context) =>
      (await import("./run-snapshots.ts")).takeSnapshots(context),
    ),
  );
}
