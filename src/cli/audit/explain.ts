import type { Registry } from "../registry.ts";
import { addAuditCommand, type AuditOptions } from "./audit-options.ts";

/** Whose order it is. */
export type ExplainOptions = AuditOptions & { readonly participant?: string };

/** `sauda explain ORDER`: what became of an order, step by step, from the log. */
export function registerExplain(registry: Registry): void {
  addAuditCommand(registry, {
    name: "explain",
    examples: [
      "npx sauda explain O-0-12",
      "npx sauda explain my-order-7 --participant HDFC --json",
      "npx sauda explain O-0-12 --files .sauda     of a market that was stopped",
    ],
    more: [
      "Reads the log from its first record, however long ago the order was. Of each step that is about",
      "the order, or a trade of it: when, where its input, command and record stand",
      "(topic-partition@offset), what it says of the order, and the best prices of the book before and",
      "after it. npx sauda journey asks the running market instead, and shows public records too.",
    ].join(" "),
  })
    .argument("<order>", "an order by our id (O-...) or its sender's")
    .option("--participant <name>", "whose order, where several members have one of that id")
    .action(async (id: string, options: ExplainOptions) => {
      const { onAudit } = await import("./audit-context.ts");
      const { runExplain } = await import("./run-explain.ts");
      await onAudit(registry, options, (context) => runExplain(context, id, options));
    });
}
