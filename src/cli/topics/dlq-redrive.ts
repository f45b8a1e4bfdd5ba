import { addMarketCommand, onMarket, type MarketOptions } from "../client/market-context.ts";
import { readSince } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import type { LetterFilter } from "./dead-letters.ts";
import type { Registry } from "../registry.ts";

/** Which letters are sent again. */
export type RedriveOptions = MarketOptions & LetterFilter & { readonly dryRun?: boolean };

/** `sauda dlq redrive`: dead letters that can be read by now become commands, each once. */
export function registerRedrive(registry: Registry): void {
  addMarketCommand(registry, {
    name: "redrive",
    summary: "send dead letters again, each once; --dry-run says what that would do",
    examples: [
      "npx sauda dlq redrive D-0-12-0-0",
      "npx sauda dlq redrive --reason NO_ORDER_WAITING --since 30m --dry-run",
      "npx sauda dlq redrive --topic Counter_party --since 2026-11-30T09:15:00Z",
    ],
    more:
      "Filters add up: a letter is sent again where all of them fit. Sent again twice it does nothing " +
      "twice, since its command has the letter's id. Exit code 1: one could not be sent, or was refused.",
  })
    .argument("[id...]", "letters by their ids, as dlq list shows them")
    .option("--reason <reason>", "only letters with this reason, as in NO_ORDER_WAITING")
    .option("--topic <name>", "only records of this topic")
    .option(
      "--since <time>",
      "only letters since then: 30m, 2h, 7d, 2026-11-30, or 2026-11-30T09:15:00Z",
      readSince,
    )
    .option("--dry-run", "say what would be sent, and send nothing")
    .action((ids: string[], options: RedriveOptions) => redrive(registry, ids, options));
}

async function redrive(
  registry: Registry,
  ids: readonly string[],
  options: RedriveOptions,
): Promise<void> {
  const { reason, topic, since } = options;
  if (ids.length === 0 && reason === undefined && topic === undefined && since === undefined)
    throw new Failure("say which letters: ids, --reason, --topic or --since", exitCode.usage);
  await onMarket(registry, options, {
    gateway: async (context) =>
      (await import("./redrive-of-market.ts")).runRedrive(context, ids, options),
    log: async (context) => (await import("./redrive-of-log.ts")).runRedrive(context, ids, options),
  });
}
