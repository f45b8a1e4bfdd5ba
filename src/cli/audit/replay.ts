import { InvalidArgumentError } from "commander";
import { dayPattern } from "../../protocol/moment.ts";
import { pastMs } from "../option-values.ts";
import type { Registry } from "../registry.ts";
import { addAuditCommand, type AuditOptions } from "./audit-options.ts";

/** A point of a log: after the step of that number, or after all up to a moment (ms, UTC). */
export type Point = { readonly seq: number } | { readonly atMs: number };

/** What to rebuild, and how much of it to show. */
export type ReplayOptions = AuditOptions & {
  readonly at?: Point;
  readonly diff?: Point;
  readonly shard?: number;
  readonly account?: string;
  readonly symbol?: string;
};

/** `sauda replay`: the state of the market at a point of its log. */
export function registerReplay(registry: Registry): void {
  addAuditCommand(registry, {
    name: "replay",
    examples: [
      "npx sauda replay",
      "npx sauda replay --at 1200 --symbol SBIN",
      "npx sauda replay --at 2026-11-30T09:30:00Z --account HDFC --json",
      "npx sauda replay --at 1200 --diff 1300      what 100 steps changed",
      "npx sauda replay --files .sauda             of a market that was stopped",
    ],
    more: [
      "Folds the log from its first record, checking every byte on the way, and prints the market as it",
      "was: a summary with the digest of the whole state, with --account or --symbol what is theirs, with",
      "--json all of it. With --diff what accounts, orders and books lost, got and changed from the one",
      "point to the other. A point is a step's number (0: before the first) or a time; without one it is",
      "the log's end. Numbers are a shard's own: with several shards they need --shard.",
    ].join(" "),
  })
    .option("--at <point>", "a step's number, a time with its zone, or 30m, 2h, 7d ago", readPoint)
    .option("--diff <point>", "what changed from --at to this point", readPoint)
    .option("--shard <n>", "of this shard only", readShard)
    .option("--account <name>", "what this account has and orders: HDFC, or HDFC/C1")
    .option("--symbol <symbol>", "of this symbol, as NSE names it (SBIN)")
    .action(async (options: ReplayOptions) => {
      const { onAudit } = await import("./audit-context.ts");
      const { runReplay } = await import("./run-replay.ts");
      await onAudit(registry, options, (context) => runReplay(context, options));
    });
}

function readPoint(text: string): Point {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { seq: Number(text) };
  // A day is no point: who could tell whether what happened on it is in the state?
  const atMs = dayPattern.test(text) ? Number.NaN : pastMs(text);
  if (atMs >= 0) return { atMs };
  throw new InvalidArgumentError(
    "give a step's number such as 1200, or 30m, 2h or 7d ago, or a time with its zone such as " +
      "2026-11-30T09:15:00Z",
  );
}

function readShard(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("give a shard's number, from 0 on");
  return Number(text);
}
