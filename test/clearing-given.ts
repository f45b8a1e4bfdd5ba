import type { OfferInAuction, PayDues } from "../src/domain/facts/clearing-command.ts";
import { nseClearing } from "../src/domain/facts/nse-clearing.ts";
import type { AccountTerms, ClearingTerms } from "../src/domain/facts/clearing-terms.ts";
import { balances, localTerms, type Market, type MarketTerms } from "../src/domain/market.ts";
import { paise } from "../src/domain/facts/units.ts";
import { atDoor, newSource, type Sent } from "./given.ts";

/**
 * The local market with NSE's clearing: T+1 for every symbol. Any lack of cash suspends: the
 * amounts are small.
 */
export function clearingTerms(over: Partial<ClearingTerms> = {}): MarketTerms {
  return { ...localTerms, clearing: { ...nseClearing, withdrawalRules: anyLack, ...over } };
}

const anyLack: ClearingTerms["withdrawalRules"] = [
  { from: "2000-01-01", source: "test", isVerified: false, lackPaise: paise(1) },
];

/** Nothing is required upfront: for what happens where an account lacks cash all the same. */
export const noMargin: ClearingTerms["marginRates"] = [
  {
    from: "2026-01-01",
    source: "test",
    isVerified: false,
    varBasisPoints: { I: 0, II: 0, III: 0, "III-rare": 0 },
    elmBasisPoints: 0,
    leastBasisPoints: 0,
  },
];

/** How an account opens: cash in paise, shares by symbol. */
export function account(
  cover: AccountTerms["cover"],
  cashPaise: number,
  holdings: Readonly<Record<string, number>> = {},
): AccountTerms {
  const own = new Map(Object.entries(holdings));
  return { cover, custodian: null, cashPaise: paise(cashPaise), holdings: own };
}

/** A moment of June 2026 in India: `01 10:00` is Monday the first at ten. */
export function at(time: string): number {
  const [day = "", clock = ""] = time.split(" ");
  return Date.parse(`2026-06-${day}T${clock}:00+05:30`);
}

/** A tick at that moment. */
export function tick(time: string): Sent {
  return { command: { type: "Tick" }, atMs: at(time) };
}

/** An offer of SBIN in its auction, at a door. */
export function offer(
  participant: string,
  clientOrderId: string,
  quantity: number,
  pricePaise: number,
  over: Partial<OfferInAuction> = {},
): OfferInAuction {
  return {
    type: "OfferInAuction",
    participant,
    client: null,
    clientOrderId,
    symbol: "SBIN",
    quantity,
    pricePaise,
    source: atDoor({ deadlineMs: Number.MAX_SAFE_INTEGER }),
    ...over,
  };
}

/** A payment of what an account owes. */
export function payDues(
  participant: string,
  client: string | null,
  clientOrderId: string,
  amountPaise: number,
): PayDues {
  const source = newSource();
  return { type: "PayDues", participant, client, clientOrderId, amountPaise, source };
}

/** Each account's cash in paise and shares, as `free/blocked/due`; nothing where all are zero. */
export function holdingsOf(market: Market, ...names: readonly string[]): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const { account: name, asset, free, blocked, transit, due } of balances(market)) {
    if (!names.includes(name)) continue;
    if (transit !== 0) throw new Error(`${name} has ${transit} ${asset} on its way`);
    shown[`${name} ${asset}`] = `${free}/${blocked}/${due}`;
  }
  return shown;
}
