/**
 * The group of a security for its margin, by how much and how often it trades: I liquid, II traded
 * but dear to trade, III the rest, of which `III-rare` trades less than once a week. Source: NSE,
 * equity market margins.
 */
export type MarginGroup = "I" | "II" | "III" | "III-rare";

/** What a margin is of the value at risk, in hundredths of a percent. */
export type MarginRates = {
  /** Value at risk: the least of each group, since this market has no volatilities. */
  readonly varBasisPoints: Readonly<Record<MarginGroup, number>>;
  /** Extreme loss margin, on top of that. */
  readonly elmBasisPoints: number;
  /** The least that both together are. */
  readonly leastBasisPoints: number;
};

/** The rate of a group: VaR and ELM, or the least if that is more. */
export function marginBasisPoints(rates: MarginRates, group: MarginGroup): number {
  return Math.max(rates.varBasisPoints[group] + rates.elmBasisPoints, rates.leastBasisPoints);
}
