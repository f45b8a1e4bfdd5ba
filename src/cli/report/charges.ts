import { Argument, InvalidArgumentError, Option } from "commander";
import { dateOf, dayAt, dayOf, type DateText } from "../../domain/facts/calendar.ts";
import { chargesOfDay } from "../../domain/charges/day.ts";
import { gstKind } from "../../domain/charges/gst.ts";
import type { ChargedTrade } from "../../domain/charges/security.ts";
import { priceMaxPaise, quantityMax } from "../../domain/facts/limits.ts";
import type { Side } from "../../domain/facts/side.ts";
import { canonicalSymbol, isListableSymbol } from "../../domain/facts/instrument.ts";
import { nseCalendar } from "../../domain/facts/nse-calendar.ts";
import { nseInstruments } from "../../domain/facts/nse-instruments.ts";
import {
  groupedRupees,
  pricePaise,
  quantity,
  timeMs,
  type PricePaise,
  type Quantity,
  type Ticker,
} from "../../domain/facts/units.ts";
import { readRupees } from "../../protocol/rupees.ts";
import { realClock } from "../../services/clock.ts";
import { tradedNote } from "../market/calendar-note.ts";
import { printCharges, type ChargedParty } from "./charge-table.ts";
import type { Registry } from "../registry.ts";
import { readDay } from "../option-values.ts";
import { addChargeOptions, type ChargeOptions } from "./charge-options.ts";
import { Failure, exitCode, makeOutput } from "../output.ts";
import { newCommand } from "../program.ts";

/** A trade as it is asked about. */
type ChargesOptions = ChargeOptions & {
  readonly delivery?: boolean;
  readonly intraday?: boolean;
  readonly side: "buy" | "sell" | "both";
  readonly date?: string;
  readonly json?: boolean;
};

/** `sauda charges`: what a trade costs, each figure with its rule. Asks no market. */
export function registerCharges({ program, terminal }: Registry): void {
  const command = newCommand(program, {
    name: "charges",
    examples,
    more:
      "Needs no market. Without --side it shows both: the buyer and the seller of a delivery, or one " +
      "client who buys and sells on one day. Nothing of this is part of the delivery against payment.",
  })
    .addArgument(new Argument("<quantity>", "shares").argParser(readQuantity))
    .addArgument(new Argument("<symbol>", "what is traded, as in SBIN").argParser(readSymbol))
    .addArgument(new Argument("<price>", "rupees, as in 985 or 985.05").argParser(readPrice))
    .addOption(new Option("--delivery", "the shares are delivered (default)").conflicts("intraday"))
    .option("--intraday", "bought and sold on one day, nothing is delivered")
    .addOption(
      new Option("--side <side>", "whose charges").choices(["buy", "sell", "both"]).default("both"),
    )
    .option("--date <day>", "by the rates of this day (default: today in India)", readDay)
    .option("--json", "facts as JSON, one object a line");
  addChargeOptions(command).action(
    (shares: Quantity, symbol: Ticker, price: PricePaise, options: ChargesOptions) => {
      const output = makeOutput(options.json === true, terminal);
      const date = options.date ?? dateOf(dayAt(timeMs(realClock.nowMs())));
      const parties = partiesOf({ shares, symbol, price }, { ...options, date });
      const note = tradedNote(nseCalendar, dayOf(date));
      if (note !== null) output.note(note);
      printCharges({ terminal, output }, parties);
    },
  );
}

const examples = [
  "npx sauda charges 100 SBIN 985 --delivery",
  "npx sauda charges 100 SBIN 985 --intraday --brokerage flat20",
  "npx sauda charges 100 SBIN 985.05 --side sell --state KA --date 2024-12-31 --json",
];

type DatedOptions = ChargesOptions & { readonly date: DateText };

type Deal = { readonly shares: Quantity; readonly symbol: Ticker; readonly price: PricePaise };

/** Buyer and seller of a delivery are two; who buys and sells on one day is one. */
function partiesOf(deal: Deal, options: DatedOptions): readonly ChargedParty[] {
  const isIntraday = options.intraday === true;
  if (!isIntraday) {
    const buyer = partyOf("BUYER", deal, [tradeOf(deal, "BUY", "netted")], options);
    const seller = partyOf("SELLER", deal, [tradeOf(deal, "SELL", "netted")], options);
    return { buy: [buyer], sell: [seller], both: [buyer, seller] }[options.side];
  }
  if (options.side === "both") {
    const trades = [tradeOf(deal, "BUY", "netted"), tradeOf(deal, "SELL", "netted")];
    return [partyOf("BUYER AND SELLER", deal, trades, options)];
  }
  const [title, side] =
    options.side === "buy" ? (["BUYER", "BUY"] as const) : (["SELLER", "SELL"] as const);
  return [partyOf(title, deal, [tradeOf(deal, side, "intraday")], options)];
}

function partyOf(
  who: string,
  { shares, symbol, price }: Deal,
  trades: readonly ChargedTrade[],
  { intraday, date, brokerage, state, memberState }: DatedOptions,
): ChargedParty {
  const gst = gstKind(memberState, state ?? null);
  const charges = chargesOfDay({ date, trades, plan: brokerage, gst });
  if ("reason" in charges) throw new Failure(charges.text, exitCode.usage);
  const how = intraday === true ? "intraday" : "delivery";
  return {
    title: `${who} of ${shares} ${symbol} at ${groupedRupees(price)}, ${how}, ${date}`,
    charges,
  };
}

function tradeOf(
  { shares, symbol, price }: Deal,
  side: Side,
  settledAs: ChargedTrade["settledAs"],
): ChargedTrade {
  const known = nseInstruments.find((instrument) => instrument.symbol === symbol);
  return {
    tradeId: side,
    orderId: null,
    symbol,
    isin: known?.isin ?? null,
    side,
    quantity: shares,
    pricePaise: price,
    settledAs,
  };
}

function readQuantity(text: string): Quantity {
  const shares = Number(text);
  if (!/^\d+$/.test(text) || shares < 1 || shares > quantityMax)
    throw new InvalidArgumentError(`give 1 to ${quantityMax} shares, such as 100`);
  return quantity(shares);
}

function readSymbol(text: string): Ticker {
  const symbol = canonicalSymbol(text);
  if (!isListableSymbol(symbol))
    throw new InvalidArgumentError("give 1 to 20 of A-Z 0-9 & -, such as SBIN");
  return symbol;
}

function readPrice(text: string): PricePaise {
  const price = readRupees(text);
  if (!price.ok || price.value < 1 || price.value > priceMaxPaise)
    throw new InvalidArgumentError(
      "give rupees from 0.01 to 10000000 with at most two decimals, such as 985.05",
    );
  return pricePaise(price.value);
}
