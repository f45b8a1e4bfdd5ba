import { readCount } from "../option-values.ts";
import { addCommand, withContext, type ContextOptions } from "../context.ts";
import type { Registry } from "../registry.ts";

/** How large a file becomes before the next is begun, in MiB. */
export type ArchiveOptions = ContextOptions & { readonly fileMib: number };

/** `sauda archive`: the log, copied to files. */
export function registerArchive(registry: Registry): void {
  addCommand(registry, {
    name: "archive",
    examples: [
      "npx sauda archive /backup/sauda",
      "npx sauda verify --files /backup/sauda     is it whole?",
    ],
    more: [
      "Copies sauda.events and sauda.commands of every shard, batch by batch as the broker has them, up to",
      "where they end now. Each batch is checked on the way. The folder has a manifest: of each file its",
      "offsets, its SHA-256 and the chain before and after. Run again it goes on where it ended, also",
      "after a kill. Nothing is deleted from Kafka. verify, replay and explain read the folder by --files.",
    ].join(" "),
  })
    .argument("<folder>", "where the copy is, or is to be")
    .option("--file-mib <n>", "begin the next file at so many MiB", readCount, 64)
    .action(async (folder: string, options: ArchiveOptions) => {
      const { runArchive } = await import("./run-archive.ts");
      await withContext(registry, options, (context) => runArchive(context, folder, options));
    });
}
