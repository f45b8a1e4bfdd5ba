import { accountKey, type Holder } from "../../facts/account.ts";
import { findBalance } from "../../state/balances.ts";
import { dateOf, dayAt } from "../../facts/calendar.ts";
import { inForce } from "../../facts/clearing-terms.ts";
import { closeBefore } from "../../state/day-prices.ts";
import { emit, freeAmount, post, type Decision } from "../decision.ts";
import type { Instrument } from "../../facts/instrument.ts";
import { symbolsIn, type AccountMargin, type SecurityMargin } from "../../state/margin.ts";
import {
  marginOnOrders,
  marginOnPosition,
  noOpenOrders,
  noPosition,
  type MarginBasis,
  type MarginPosition,
  type OpenOrderSums,
} from "../../state/margin-amount.ts";
import type { MarginOnSecurity } from "../../facts/margin-event.ts";
import { marginBasisPoints } from "../../facts/margin-rates.ts";
import { clearingTerms, settlementTypeOf } from "../cycle.ts";
import { failInvariant, type PricePaise, type Ticker } from "../../facts/units.ts";
import { moveBucket } from "../../facts/journal.ts";

/**
 * The most margin one security may ask of an account, above what any account has: sums stay exact.
 */
export const marginMaxPaise: number = 2 ** 45;

/**
 * Blocks or gives back what the step changed of margins, for each account it touched. Ends
 * the step.
 */
export function updateMargins(decision: Decision): void {
  const { margins } = decision.market.clearing;
  for (const { account, symbol } of decision.touched) {
    const found = margins.accounts.get(account);
    if (found !== undefined) updateMargin(decision, found, [symbol], "block and release");
  }
}

/**
 * Blocks what lacks of margins where something has become free since, of `curesMax` accounts at
 * most: so much may become free between two ticks. The next tick goes on.
 */
export function cureShort(decision: Decision): void {
  const { accounts, clearing } = decision.market;
  const { margins } = clearing;
  const hasFree = (key: string): boolean => (findBalance(accounts, key, "INR")?.free ?? 0) > 0;
  const curable = [...margins.short].filter(hasFree).toSorted();
  for (const key of curable.slice(0, curesMax)) {
    const account = margins.accounts.get(key) ?? failInvariant(`${key} is short of nothing`);
    updateMargin(decision, account, [], "block and release");
  }
}

/** Blocks what lacks of an account's margin where something has become free. */
export function cureAccount(decision: Decision, key: string): void {
  const { margins } = decision.market.clearing;
  const account = margins.accounts.get(key);
  if (account !== undefined && margins.short.has(key))
    updateMargin(decision, account, [], "block and release");
}

/**
 * Most accounts whose lack of margin one tick blocks: what keeps a step small enough to write
 * (rule R10).
 */
const curesMax = 500;

/**
 * Counts margins anew, those of `accountsMax` accounts at most, or of fewer that have many
 * securities. Returns how many, or what their securities weigh where that is more.
 */
export function revalue(decision: Decision, accountsMax: number): number {
  const { margins } = decision.market.clearing;
  let accounts = 0;
  let securities = 0;
  const isEnough = (): boolean => Math.max(accounts, weightOf(securities)) >= accountsMax;
  while (accounts < margins.toRevalue.length && !isEnough()) {
    accounts += 1;
    const account = margins.accounts.get(margins.toRevalue.at(-accounts) ?? "");
    if (account === undefined) continue;
    securities += account.securities.size;
    updateMargin(decision, account, [...account.securities.keys()], "block and release");
  }
  emit(decision, { type: "MarginsRevalued", accounts });
  return Math.max(accounts, weightOf(securities));
}

/**
 * Ten securities in an event weigh as much as an event: an account may have thousands (rule R10).
 */
function weightOf(securities: number): number {
  return Math.floor(securities / 10);
}

/**
 * Gives back the margin on what an account traded in a settlement, so that it can pay in with it.
 * Returns what its securities weigh, by `weightOf`.
 */
export function closeMarginPositions(
  decision: Decision,
  settlementNumber: string,
  { participant, client }: Holder,
): number {
  const { margins } = decision.market.clearing;
  const key = accountKey(participant, client);
  const symbols = symbolsIn(margins, key, settlementNumber);
  if (symbols.length === 0) return 0;
  emit(decision, { type: "MarginPositionsClosed", participant, client, settlementNumber });
  giveBackMargin(decision, key, symbols);
  return weightOf(symbols.length);
}

/** Gives back what an account no longer needs for these securities; blocks nothing. */
export function giveBackMargin(decision: Decision, key: string, symbols: readonly Ticker[]): void {
  const account = decision.market.clearing.margins.accounts.get(key);
  if (account !== undefined) updateMargin(decision, account, symbols, "release");
}

/** What would go back, in paise, if one position of an account became another. */
export function marginLeft(
  decision: Decision,
  key: string,
  symbol: Ticker,
  [settlementNumber, changed]: readonly [string, MarginPosition],
): number {
  const account = decision.market.clearing.margins.accounts.get(key);
  const security = account?.securities.get(symbol);
  if (account === undefined || security === undefined) return 0;
  const positions = new Map(security.positions).set(settlementNumber, changed);
  const exact = exactMargin(decision, ...basisOf(decision, symbol), { ...security, positions });
  const required = account.requiredPaise - security.requiredPaise + Number(exact);
  return Math.max(0, account.blockedPaise - required);
}

/**
 * What the margin on a security is counted by now; null where nothing says what a share is worth.
 */
export function marginBasisOf(
  decision: Decision,
  instrument: Instrument,
  firstPaise: PricePaise | null,
): MarginBasis | null {
  const { clearing, clockMs } = decision.market;
  const { symbol, referenceClosePaise, isin } = instrument;
  const closePaise = closeBefore(clearing.prices.get(symbol), null) ?? referenceClosePaise;
  const markPaise = closePaise ?? clearing.margins.marks.get(symbol)?.pricePaise ?? firstPaise;
  if (markPaise === null) return null;
  const terms = clearingTerms(decision);
  const rates = inForce(terms.marginRates, dateOf(dayAt(clockMs)));
  const group = terms.symbols.get(symbol)?.marginGroup ?? (isin === null ? "III" : "I");
  return { markPaise, basisPoints: marginBasisPoints(rates, group) };
}

/**
 * The margin on all that an account has open in a security, exactly. Open orders are netted with
 * the position of the settlement that trades of now join; trade for trade, with nothing, not even
 * each other.
 */
export function exactMargin(
  { market }: Decision,
  instrument: Instrument,
  basis: MarginBasis,
  { positions, orders }: Pick<SecurityMargin, "positions" | "orders">,
): bigint {
  const type = settlementTypeOf(instrument);
  const newest = market.clearing.newest.get(type);
  const joined = newest?.stage === "Trading" ? newest.settlementNumber : "";
  const position = positions.get(joined) ?? noPosition();
  let margin = type === "Z" ? grossOrders(orders, basis) : marginOnOrders(orders, position, basis);
  for (const other of positions.values())
    if (other !== position) margin += marginOnPosition(other, basis);
  return margin;
}

function grossOrders(orders: OpenOrderSums, basis: MarginBasis): bigint {
  const { buyShares, buyPaise, ...sells } = orders;
  const buys = { ...noOpenOrders(), buyShares, buyPaise };
  return (
    marginOnOrders(buys, noPosition(), basis) +
    marginOnOrders({ ...noOpenOrders(), ...sells }, noPosition(), basis)
  );
}

/** Says what is required in these securities now, and blocks or gives back the difference. */
function updateMargin(
  decision: Decision,
  account: AccountMargin,
  symbols: readonly Ticker[],
  how: "block and release" | "release",
): void {
  const { participant, client, account: key } = account;
  const securities = symbols.flatMap((symbol) => changeIn(decision, account, symbol));
  let requiredPaise = account.requiredPaise;
  for (const { symbol, requiredPaise: after } of securities)
    requiredPaise += after - (account.securities.get(symbol)?.requiredPaise ?? 0);
  const wanted = requiredPaise - account.blockedPaise;
  const most = how === "release" ? 0 : freeAmount(decision, participant, client, "INR");
  const moved = Math.min(wanted, most);
  if (securities.length === 0 && moved === 0) return;
  const change = {
    account: key,
    asset: "INR",
    from: "free",
    to: "blocked",
    amount: moved,
  } as const;
  if (moved !== 0) post(decision, "MARGIN", key, moveBucket(change));
  const lackBefore = account.requiredPaise - account.blockedPaise;
  const blockedPaise = account.blockedPaise + moved;
  const requirement = { participant, client, requiredPaise, blockedPaise };
  emit(decision, { type: "MarginRequired", securities, ...requirement });
  const lackPaise = requiredPaise - blockedPaise;
  if (lackPaise > lackBefore) emit(decision, { type: "MarginShort", ...requirement, lackPaise });
}

function changeIn(decision: Decision, account: AccountMargin, symbol: Ticker): MarginOnSecurity[] {
  const security = account.securities.get(symbol);
  if (security === undefined) return [];
  const [instrument, basis] = basisOf(decision, symbol);
  const exact = exactMargin(decision, instrument, basis, security);
  const requiredPaise = Math.min(Number(exact), marginMaxPaise);
  return requiredPaise === security.requiredPaise ? [] : [{ symbol, ...basis, requiredPaise }];
}

/** Of a security that something is open in. */
function basisOf(decision: Decision, symbol: Ticker): [Instrument, MarginBasis] {
  const instrument =
    decision.market.instruments.get(symbol) ?? failInvariant(`${symbol} is not listed`);
  // An unpriced sell is only let in where a share has a price.
  return [
    instrument,
    marginBasisOf(decision, instrument, null) ?? failInvariant(`${symbol} has no price`),
  ];
}
