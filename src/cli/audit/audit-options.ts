import type { Command } from "commander";
import { addCommand, type ContextOptions } from "../context.ts";
import type { CommandHelp } from "../program.ts";
import type { Registry } from "../registry.ts";

/** Where the log lies that is read: a running Kafka, or files. */
export type AuditOptions = ContextOptions & { readonly files?: string };

/** Adds a command with the options that all such have. */
export function addAuditCommand(registry: Pick<Registry, "program">, help: CommandHelp): Command {
  const command = addCommand(registry, help).option(
    "--files <folder>",
    "read files instead: the data folder of a market that was stopped, or an archive",
  );
  command.options.find(({ long }) => long === "--files")?.conflicts("kafka");
  return command;
}
