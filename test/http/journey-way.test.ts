import { deepEqual, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSettledMarket, type SettledMarket } from "./settled-market.ts";
import type { Who } from "./running-gateway.ts";

/** HDFC bought 10 SBIN twice at 985.00, and 10 TCS at 3,000.00: one settlement, netted. */
let market: SettledMarket;

before(async () => {
  market = await startSettledMarket("T+1");
});

after(() => market?.close());

type Journey = {
  readonly hops: readonly { readonly title: string; readonly record: string | null }[];
};

const journeyOf = (who: Who): Promise<Journey> =>
  market.get(who, `/v1/trades/${market.tradeId}/journey`) as Promise<unknown> as Promise<Journey>;

/** The hops of its way, without the settlement's number. */
const titlesOf = ({ hops }: Journey): string[] =>
  hops.flatMap(({ title }) =>
    / in M\d+: /.test(title) ? [title.replace(/ in M\d+: /, ": ")] : [],
  );

test("the way of a trade says step by step who pays, delivers and receives, and what came of the trade", async () => {
  deepEqual(titlesOf(await journeyOf("operations")), [
    "netted: HDFC pays Rs 49700.00; HDFC receives 20 SBIN; " +
      "SELLER receives Rs 19700.00; SELLER delivers 20 SBIN",
    "paid in: HDFC pays Rs 49700.00; SELLER delivers 20 SBIN",
    "paid out: HDFC receives 20 SBIN; SELLER receives Rs 19700.00",
    "settled: 10 of 10 SBIN received",
  ]);
});

test("a member reads of the way what its own account pays, delivers and receives, and of no other's", async () => {
  const buyers = await journeyOf("HDFC");
  deepEqual(titlesOf(buyers), [
    "netted: HDFC pays Rs 49700.00; HDFC receives 20 SBIN",
    "paid in: HDFC pays Rs 49700.00",
    "paid out: HDFC receives 20 SBIN",
    "settled: 10 of 10 SBIN received",
  ]);
  const sellers = await journeyOf("SELLER");
  deepEqual(titlesOf(sellers).toSorted(), [
    "netted: SELLER receives Rs 19700.00; SELLER delivers 20 SBIN",
    "paid in: SELLER delivers 20 SBIN",
    "paid out: SELLER receives Rs 19700.00",
    "settled: 10 of 10 SBIN received",
  ]);
  // HDFC's trade with COUNTERPARTY, in the same steps, is none of the seller's.
  for (const { title, record } of sellers.hops)
    ok(!/COUNTERPARTY|TCS/.test(record ?? ""), `${title}: ${record}`);
});
