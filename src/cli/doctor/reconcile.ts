import type { Config } from "../config.ts";
import { readSeconds, secondsOption } from "../option-values.ts";
import { addCommand, withContext } from "../context.ts";
import type { Registry } from "../registry.ts";
import type { ReconcileOptions } from "./run-reconcile.ts";

/**
 * `sauda reconcile`: the log, the books and the public topics say the same, or where they do not.
 */
export function registerReconcile(registry: Registry, config: Config): void {
  addCommand(registry, {
    name: "reconcile",
    examples: [
      "npx sauda reconcile",
      "npx sauda reconcile --watch --json",
      "npx sauda reconcile --from-start     every step, not only those since the newest good snapshot",
      "npx sauda reconcile --grace 0        at the end of the day: nothing may be late",
    ],
    more: [
      "Reads the log from the newest good snapshot that books and publisher have come to, else whole,",
      "and compares it with the books' rows and with every public topic as a committed reader sees it.",
      "Of the steps before the snapshot: what the books' postings add up to for each account, and that",
      "no record of theirs stands among later ones. Each break is named to the record, and what keeps the",
      "market from moving or from being whole. Exit code 1: a break or a trouble was found. The database is DATABASE_URL, else the PostgreSQL that npm start runs.",
    ].join("\n"),
  })
    .option("--from-start", "compares every step, wherever there is a snapshot")
    .option("--watch", "again and again, until Ctrl-C")
    .addOption(secondsOption("--every <seconds>", "with --watch: how long to rest in between", 30))
    .addOption(
      secondsOption("--grace <seconds>", "how long topics and books may be behind", 30, readGrace),
    )
    .action(async (options: ReconcileOptions) => {
      const { runReconcile, sayTroubles } = await import("./run-reconcile.ts");
      const { findDatabase } = await import("../market/books-database.ts");
      await withContext(registry, options, async (context) =>
        runReconcile(context, await findDatabase(config), options, sayTroubles),
      );
    });
}

/** At the end of a day nothing may be late. */
function readGrace(text: string): number {
  return text === "0" ? 0 : readSeconds(text);
}
