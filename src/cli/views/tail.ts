import { Argument } from "commander";
import { addGatewayCommand, onGateway, type MarketOptions } from "../client/market-context.ts";
import { addCounting, type Counted } from "../counted.ts";
import type { Registry } from "../registry.ts";

/** What the stream tells of; `all`: orders, trades and settlements. */
const channels = [
  "all",
  "orders",
  "trades",
  "settlements",
  "prints",
  "depth",
  "market",
  "confirmations",
  "affirmations",
] as const;

/** What of it to show, and for how long. */
export type TailOptions = MarketOptions & Counted & { readonly participant?: string };

/** `sauda tail [channel] [symbol]`: what happens in the market, as it happens. */
export function registerTail(registry: Registry): void {
  const command = addGatewayCommand(registry, {
    name: "tail",
    examples: [
      "npx sauda tail",
      "npx sauda tail orders --participant HDFC --json",
      "npx sauda tail prints SBIN -n 100",
      "npx sauda tail depth SBIN",
      "npx sauda tail market --timeout 10   (in a script)",
    ],
    more:
      "Pushed by the gateway's stream, from now on; nothing is polled and nobody's offsets move. Operations hears " +
      "of everybody, or with --participant of one member. With --json each line is a message as the stream has " +
      "it (docs/asyncapi.json). A gateway that starts anew is waited for. Ctrl-C ends it.",
  })
    .addArgument(new Argument("[channel]", "what to follow").choices(channels).default("all"))
    .argument("[symbol]", "of this symbol only; prints and depth need one")
    .option("--participant <name>", "as this member; confirmations and affirmations need one");
  addCounting(command, "messages").action(
    (channel: string, symbol: string | undefined, options: TailOptions) =>
      onGateway(registry, options, async (context) =>
        (await import("./tailing.ts")).runTail(context, channel, symbol, options),
      ),
  );
}
