import type { z } from "zod";
import { accountKey } from "../../domain/facts/account.ts";
import type { DateText } from "../../domain/facts/calendar.ts";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { TimeMs } from "../../domain/facts/units.ts";
import {
  listAccountDays,
  newAccountDays,
  noteAccountDays,
  type AccountDay,
  type AccountDays,
  type AccountTrade,
} from "../../domain/charges/trades.ts";
import type { tradedOnSchema } from "../../http/routes/log-routes.ts";
import type { MarketContext } from "../client/market-context.ts";
import type { LogClient } from "../log-client.ts";
import { foldSteps } from "../log-steps.ts";
import { Failure } from "../output.ts";
import { foldFromCommand, foldPassages, readTradeDate } from "./log-passages.ts";

/** Whose trades, and of which trade date; absent: of the last one with a trade. */
type Wanted = { readonly member: string; readonly client?: string; readonly date?: string };

/** An account's trades of a day, by the whole log. Fails where there are none. */
export async function dayOfLog(logClient: LogClient, wanted: Wanted): Promise<AccountDay> {
  const days = daysOf(wanted);
  await foldSteps(logClient, ({ step }) => noteAccountDays(days, step));
  const all = listAccountDays(days);
  const { date } = wanted;
  const found = date === undefined ? all.at(-1) : all.find((day) => day.date === date);
  return (
    found ??
    failWithout(
      wanted,
      all.slice(-5).map((day) => day.date),
    )
  );
}

/** The same of the trade date's part of the log alone, and of where its orders came. */
export async function dayOfGateway(context: MarketContext, wanted: Wanted): Promise<AccountDay> {
  const query = { account: keyOf(wanted) };
  const { trade_dates: tradedOn } = await context.market.get<z.infer<typeof tradedOnSchema>>(
    "/v1/log/trade-dates",
    { query },
  );
  const date = wanted.date ?? tradedOn.at(-1);
  if (date === undefined) failWithout(wanted, tradedOn);
  const { shards, tradeDates } = await readTradeDate(context, date);
  const days = { ...daysOf(wanted), tradeDates };
  await foldPassages(context, shards, ({ step }) => noteAccountDays(days, step));
  const found = listAccountDays(days).find((day) => day.date === date);
  if (found === undefined) failWithout(wanted, tradedOn);
  return { ...found, trades: await withOrderTimes(context, found.trades) };
}

function daysOf(wanted: Wanted): AccountDays {
  const account = keyOf(wanted);
  return newAccountDays((holder) => accountKey(holder.participant, holder.client) === account);
}

function keyOf({ member, client }: Wanted): string {
  return accountKey(member, client ?? null);
}

function failWithout(wanted: Wanted, tradedOn: readonly DateText[]): never {
  const account = keyOf(wanted);
  if (tradedOn.length === 0)
    throw new Failure(`${account} has no trade: npx sauda orders --all shows who traded`);
  throw new Failure(
    `${account} has no trade on ${wanted.date ?? "any day"}: it traded on ${tradedOn.join(", ")}`,
  );
}

/** Orders that came before the day's part of the log: their times are looked up, order by order. */
async function withOrderTimes(
  context: MarketContext,
  trades: readonly AccountTrade[],
): Promise<readonly AccountTrade[]> {
  const orderedAtMs = new Map<string, TimeMs>();
  const early = trades.flatMap(({ orderId, orderedAtMs: atMs }) =>
    orderId === null || atMs !== null ? [] : [orderPlace(orderId)],
  );
  const wanted = new Set(early.map(({ orderId }) => orderId));
  const noteOrder = (event: MarketEvent, at: TimeMs): void => {
    if (event.type === "OrderAccepted" && wanted.has(event.orderId))
      orderedAtMs.set(event.orderId, at);
  };
  for (const place of early.toSorted((one, other) => one.commandOffset - other.commandOffset)) {
    if (orderedAtMs.has(place.orderId)) continue; // on the way to another one
    await foldFromCommand(context, place, ({ step }) => {
      for (const event of step.events) noteOrder(event, step.at);
    });
  }
  return trades.map((trade) => ({
    ...trade,
    orderedAtMs: trade.orderedAtMs ?? orderedAtMs.get(trade.orderId ?? "") ?? null,
  }));
}

/** Our id of an order names its command. */
function orderPlace(orderId: string) {
  const [, shard = "0", commandOffset = "0"] = /^O-(\d+)-(\d+)$/.exec(orderId) ?? [];
  return { orderId, shard: Number(shard), commandOffset: Number(commandOffset) };
}
