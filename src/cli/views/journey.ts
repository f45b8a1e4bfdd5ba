import {
  addGatewayCommand,
  onGateway,
  type MarketContext,
  type MarketOptions,
} from "../client/market-context.ts";
import type { Registry } from "../registry.ts";
import type { z } from "zod";
import type { orderJourneySchema } from "../../http/journey/order-journey.ts";
import { rupeesForPeople } from "../../protocol/rupees.ts";
import { exitCode, printable } from "../output.ts";

/** Whose order it is, and how much to show. */
type JourneyOptions = MarketOptions & {
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
      onGateway(registry, options, (context) => runJourney(context, id, options)),
    );
}

/** What the journeys of orders and of trades both have. */
type JourneyJson = Pick<z.infer<typeof orderJourneySchema>, "hops" | "journals">;
type HopJson = JourneyJson["hops"][number];
type JournalJson = JourneyJson["journals"][number];

/** Prints each hop, then the journals. Returns the exit code. */
async function runJourney(
  { market, output }: MarketContext,
  id: string,
  { participant, records = false }: JourneyOptions,
): Promise<number> {
  const what = id.startsWith("T-") ? "trades" : "orders";
  const path = `/v1/${what}/${encodeURIComponent(id)}/journey`;
  const { hops, journals } = await market.get<JourneyJson>(path, { participant });
  for (const hop of hops) {
    output.fact(hopLine(hop), { type: "hop", ...hop });
    if (records && !output.isJson && hop.record !== null)
      output.fact(`  ${printable(hop.record)}`, {});
  }
  for (const journal of journals)
    output.fact(journalLine(journal), { type: "journal", ...journal });
  return exitCode.done;
}

function hopLine({
  at,
  since_last_ms: after,
  lane,
  title,
  topic,
  partition,
  offset,
}: HopJson): string {
  const place = topic === null ? "at the gateway" : `${topic}-${partition}@${offset}`;
  const later = after === null ? "" : `+${after} ms`;
  return `${(at ?? "-").padEnd(24)}  ${later.padStart(10)}  ${lane.padEnd(12)}  ${printable(title)}  ${place}`;
}

function journalLine({ journal_id: id, kind, postings }: JournalJson): string {
  const moved = postings.map(({ account, asset, bucket, amount }) => {
    const much =
      asset === "INR"
        ? `Rs ${signed(amount, rupeesForPeople)}`
        : `${signed(amount, String)} ${asset}`;
    return `${account} ${bucket} ${much}`;
  });
  return `JOURNAL ${kind} ${id}: ${printable(moved.join("; "))}`;
}

function signed(amount: number, words: (size: number) => string): string {
  return amount < 0 ? `-${words(-amount)}` : `+${words(amount)}`;
}
