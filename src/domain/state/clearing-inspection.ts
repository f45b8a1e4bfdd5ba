import type { Clearing } from "./clearing.ts";
import type { Intraday } from "./intraday.ts";
import type { Margins } from "./margin.ts";
import type { Settlement } from "./settlement.ts";
import type { Shortfalls } from "./shortfall.ts";

/**
 * What is known of clearing as text, one fact a line, in an order that does not depend on how it
 * came about.
 */
export function describeClearing(clearing: Clearing): string[] {
  const { settlements, newest, prices, days, margins } = clearing;
  return [
    ...sorted(days).map(([, day]) => line("trading day", day)),
    ...sorted(prices).flatMap(([symbol, { open, ...rest }]) => [
      line("prices", symbol, rest),
      ...sorted(open).map(([date, { windowPaise, windowShares, ...day }]) =>
        line("open prices", symbol, date, String(windowPaise), String(windowShares), day),
      ),
    ]),
    ...sorted(newest).map(([type, { settlementNumber }]) => line("newest", type, settlementNumber)),
    ...sorted(settlements).flatMap(([, settlement]) => describeSettlement(settlement)),
    ...describeShortfalls(clearing.shortfalls),
    ...describeMargins(margins),
    ...describeIntraday(margins.intraday),
  ];
}

function describeShortfalls(shortfalls: Shortfalls): string[] {
  const { debts, unpaidShares, toFree, lacks, suspended, lots, auctions } = shortfalls;
  return [
    // Creditors in their own order: the oldest is paid first.
    ...sorted(debts).map(([debtor, owed]) => line("debt", debtor, [...owed])),
    ...sorted(unpaidShares).map(([account, held]) => line("unpaid", account, sorted(held))),
    ...[...toFree].map(([account, sinceMs]) => line("to free", account, sinceMs)),
    ...sorted(lacks).map(([participant, lack]) => line("lacked", participant, lack)),
    ...sorted(suspended).map(([participant, since]) => line("suspended", participant, since)),
    ...sorted(lots).map(([, lot]) => line("lot", lot)),
    ...sorted(auctions).map(([, { lots: own, offers, ...auction }]) =>
      line("auction", auction, [...own.keys()], [...offers.values()]),
    ),
  ];
}

function describeSettlement(all: Settlement): string[] {
  const { members, trades, pending, ended, onMargin, ...settlement } = all;
  const number = settlement.settlementNumber;
  return [
    line("settlement", settlement),
    ...sorted(members).flatMap(([participant, { transitPaise, lackingPaise, accounts }]) => [
      line("member of", number, participant, transitPaise, lackingPaise),
      ...sorted(accounts).flatMap(([account, { assets }]) =>
        sorted(assets).map(([asset, position]) =>
          line("position", number, account, asset, position),
        ),
      ),
    ]),
    ...sorted(trades).map(([, trade]) => line("trade of", number, trade)),
    ...[...pending].map(([name, side]) => line("pending in", number, name, side)),
    ...sorted(ended).map(([name, side]) => line("ended in", number, name, side)),
    ...sorted(onMargin).map(([account]) => line("on margin in", number, account)),
  ];
}

function describeIntraday({ squareOffAtMs, orders, positions }: Intraday): string[] {
  return squareOffAtMs === null
    ? []
    : [line("intraday", squareOffAtMs, [...orders], [...positions.values()])];
}

function describeMargins({ accounts, marks, short, toRevalue, revalueAtMs }: Margins): string[] {
  return [
    ...sorted(accounts).flatMap(([account, { securities, requiredPaise, blockedPaise }]) => [
      line("margin", account, requiredPaise, blockedPaise),
      ...sorted(securities).flatMap(([symbol, { positions, orders, requiredPaise: required }]) => [
        line("margin on", account, symbol, required, ...Object.values(orders).map(String)),
        ...sorted(positions).map(([key, position]) =>
          line("open in", key, account, symbol, position),
        ),
      ]),
    ]),
    ...sorted(marks).map(([symbol, mark]) => line("mark", symbol, mark)),
    ...[...short].toSorted().map((account) => line("short of margin", account)),
    ...(revalueAtMs === null ? [] : [line("to revalue", revalueAtMs, toRevalue)]),
  ];
}

function line(...facts: readonly unknown[]): string {
  return facts.map((fact) => (typeof fact === "string" ? fact : JSON.stringify(fact))).join(" ");
}

function sorted<Key extends string, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] {
  return [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
