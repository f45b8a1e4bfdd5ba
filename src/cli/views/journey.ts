import { addGatewayCommand, onGateway } from "../client/market-context.ts";
import type { MarketOptions } from "../client/market-context.ts";
import type { Registry } from "../registry.ts";

/** Whose order it is, and how much to show. */
export type JourneyOptions = MarketOptions & {
  readonly participant?: string;
  readonly records?: boolean;
};

/** `sauda journey ID`: an order or a trade hop by hop. */
export function registerJourney(registry: Registry): void {
  addGatewayCommand(registry, {
    name: "journey",
    examples: [
      "npx sauda journey T-0-12-0-0",
      "npx sauda journey O-0-12 --records",
      "npx sauda journey my-order-7 --participant HDFC --json",
    ],
    more:
      "Each hop is a record: when, how long after the one before, what it is, and where it stands " +
      "(topic-partition@offset). With --json each hop is an object with the record's text.",
  })
    .argument("<id>", "a trade (T-...), an order of ours (O-...) or of its sender")
    .option("--participant <name>", "whose order, where several members have one of that id")
    .option("--records", "also what each record says")
    .action((id: string, options: JourneyOptions) =>
      onGateway(registry, options, async (context) =>
        (await import("./journey-lines.ts")).runJourney(context, id, options),
      ),
    );
}
