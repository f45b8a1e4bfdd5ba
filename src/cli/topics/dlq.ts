import type { LetterFilter } from "./dead-letters.ts";
import { registerRedrive } from "./dlq-redrive.ts";
import { addMarketCommand, onMarket, type MarketOptions } from "../client/market-context.ts";
import { readCount, readSince } from "../option-values.ts";
import { newCommand } from "../program.ts";
import type { Registry } from "../registry.ts";

/** Which dead letters to list. */
export type DlqListOptions = MarketOptions & LetterFilter & { readonly limit: number };
/** How to show one. */
export type DlqShowOptions = MarketOptions & { readonly raw?: boolean };

/** `sauda dlq list|show`: records nobody could read or use. */
export function registerDlq(registry: Registry): void {
  const dlq = newCommand(registry.program, {
    name: "dlq",
    examples: [
      "npx sauda dlq list",
      "npx sauda dlq show D-0-12-0-0",
      "npx sauda dlq redrive --reason NO_ORDER_WAITING --dry-run",
    ],
    more:
      "The truth about them, and their original bytes, are on sauda.events, which --kafka reads; the gateway " +
      "keeps the last 10,000; the publisher copies them to sauda.dead-letters for everybody else.",
  });
  const under = { ...registry, program: dlq };
  addMarketCommand(under, {
    name: "list",
    summary: "list dead letters, newest last",
    examples: ["npx sauda dlq list", "npx sauda dlq list --topic Counter_party --limit 5"],
  })
    .option("--topic <name>", "only records of this topic")
    .option("--reason <reason>", "only letters with this reason, as in NO_ORDER_WAITING")
    .option("--since <time>", "only letters since then: 30m, 2h, 7d, a date, or a time", readSince)
    .option("--limit <n>", "at most so many, the newest", readCount, 50)
    .action((options: DlqListOptions) =>
      onMarket(registry, options, {
        gateway: async (context) =>
          (await import("./dlq-of-market.ts")).runDlqList(context, options),
        log: async (context) => (await import("./dlq-of-log.ts")).runDlqList(context, options),
      }),
    );
  addMarketCommand(under, {
    name: "show",
    summary: "show one dead letter with its original bytes",
    examples: [
      "npx sauda dlq show D-0-12-0-0",
      "npx sauda dlq show Counter_party-0-3",
      "npx sauda dlq show 0-3          (where no two topics have one there)",
      "npx sauda dlq show Counter_party-0-3 --raw > record.bin",
    ],
  })
    .argument(
      "<place>",
      "the letter's id, topic-partition-offset of the record, or partition-offset",
    )
    .option("--raw", "the original value's bytes and nothing else")
    .action((name: string, options: DlqShowOptions) =>
      onMarket(registry, options, {
        gateway: async (context) =>
          (await import("./dlq-of-market.ts")).runDlqShow(context, name, options),
        log: async (context) =>
          (await import("./dlq-of-log.ts")).runDlqShow(context, name, options),
      }),
    );
  registerRedrive(under);
}
