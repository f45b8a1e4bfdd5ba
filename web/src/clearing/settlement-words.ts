import type { OpenSettlementJson } from "../wire.ts";

/** How the trades of a settlement settle, by the first letter of its number. */
export function typeWord(settlementType: string): string {
  return typeWords[settlementType] ?? settlementType;
}

/** A stage in words. */
export function stageWord(stage: string): string {
  return stageWords[stage] ?? stage;
}

/** True once every member's obligations are final: until then trades may change the net. */
export function isDetermined({ settlement_type, stage }: OpenSettlementJson): boolean {
  return isNetted(settlement_type) && !notYet.has(stage);
}

/** True if trades of such a settlement are netted against each other. */
export function isNetted(settlementType: string): boolean {
  return settlementType === "M" || settlementType === "5";
}

/** Paise of several settlements together; `savedPaise` is what netting spared members to pay. */
type Savings = {
  readonly trades: number;
  readonly grossPaise: number;
  readonly savedPaise: number;
  /**
   * Of the gross amount whose net is known, in hundredths of a percent, cut; null where none is.
   */
  readonly savedBasisPoints: number | null;
};

/** Adds settlements up. Those without final obligations count in the gross amount alone. */
export function savingsOf(settlements: readonly OpenSettlementJson[]): Savings {
  const known = settlements.filter(isDetermined);
  const sum = (of: readonly OpenSettlementJson[], field: "trades" | "gross_paise" | "net_paise") =>
    of.reduce((total, each) => total + each[field], 0);
  const knownPaise = sum(known, "gross_paise");
  const savedPaise = knownPaise - sum(known, "net_paise");
  return {
    trades: sum(settlements, "trades"),
    grossPaise: sum(settlements, "gross_paise"),
    savedPaise,
    savedBasisPoints:
      knownPaise === 0 ? null : Number((BigInt(savedPaise) * 10_000n) / BigInt(knownPaise)),
  };
}

/** Basis points as percent: 9850 is 98.50 %. */
export function percentText(basisPoints: number): string {
  return `${(basisPoints / 100).toFixed(2)} %`;
}

const notYet = new Set(["Trading", "Provisional", "Devolution", "Final"]);

const typeWords: Readonly<Record<string, string>> = {
  M: "T+1, netted",
  "5": "T+0, netted",
  Z: "trade for trade",
  A: "auction",
};

const stageWords: Readonly<Record<string, string>> = {
  Trading: "trading",
  Provisional: "obligations, provisional",
  Devolution: "custodians' time is up",
  Final: "obligations, final",
  PayInShares: "pay-in of shares",
  Margins: "margins",
  PayInCash: "pay-in of cash",
  Shortages: "shortages",
  PayOutCash: "pay-out of cash",
  PayOutShares: "pay-out of shares",
  Confirmation: "confirmation of trades",
  Delivery: "delivery",
};
