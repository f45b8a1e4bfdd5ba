import type { Registry } from "../registry.ts";
import { addAuditCommand, type AuditOptions } from "./audit-options.ts";

/** `sauda verify`: the log is what was written, or where it is not. */
export function registerVerify(registry: Registry): void {
  addAuditCommand(registry, {
    name: "verify",
    examples: [
      "npx sauda verify",
      "npx sauda verify --kafka localhost:9092 --json",
      "npx sauda verify --files .sauda        a market that was stopped, by Kafka's files",
    ],
    more: [
      "Reads sauda.events and sauda.commands of every shard from the first record to where they end",
      "now, and believes nobody: each batch's place, checksum and head, no gap between offsets, each",
      "record by the rules of the log and its chain, each step against the command that it answers.",
      "Names the first break of each shard: topic, partition, offset, what belongs there, what is",
      "there; of an archive also each file that is not the one of its manifest. Exit code 0: the log is",
      "whole; 1: it is not; 2: there is none in --files. The market may be at work.",
    ].join(" "),
  }).action(async (options: AuditOptions) => {
    const { onAudit } = await import("./audit-context.ts");
    const { runVerify } = await import("./run-verify.ts");
    await onAudit(registry, options, (context) => runVerify(context, options));
  });
}
