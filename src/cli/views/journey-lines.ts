import type { z } from "zod";
import type { orderJourneySchema } from "../../http/journey/order-journey.ts";
import { rupeesForPeople } from "../../protocol/rupees.ts";
import type { MarketContext } from "../client/market-context.ts";
import { exitCode, printable } from "../output.ts";
import type { JourneyOptions } from "./journey.ts";

/** What the journeys of orders and of trades both have. */
type JourneyJson = Pick<z.infer<typeof orderJourneySchema>, "hops" | "journals">;
type HopJson = JourneyJson["hops"][number];
type JournalJson = JourneyJson["journals"][number];

/** Prints each hop, then the journals. Returns the exit code. */
export async function runJourney(
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
