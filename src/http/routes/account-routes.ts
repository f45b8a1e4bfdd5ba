import { isAccountOf, openingAccount } from "../../domain/facts/account.ts";
import { balances } from "../../domain/market.ts";
import type { AccountBalance } from "../../domain/market.ts";
import { findBars } from "../../services/records/bars.ts";
import type { Gateway } from "../../services/gateway.ts";
import { participantOf } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import { fundsSchema, holdingSchema, positionSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";

/** What a participant has: positions, holdings, funds, its clients' accounts included. */
export function accountRoutes(app: Server, { gateway }: DoorParts): void {
  positionsRoute(app, gateway);
  holdingsRoute(app, gateway);
  fundsRoute(app, gateway);
}

const tags = ["accounts"];

function positionsRoute(app: Server, { records }: Gateway): void {
  app.get(
    "/v1/positions",
    {
      schema: {
        summary: "Bought and sold by symbol since the market began",
        tags,
        querystring: pageQuery,
        response: { 200: pageSchema("positions", positionSchema) },
      },
    },
    async ({ caller, query }) => {
      const participant = participantOf(caller);
      const own = [...records.positions]
        .filter(([account]) => isAccountOf(participant, account))
        .flatMap(([, bySymbol]) => [...bySymbol.values()]);
      const { rows, next } = pageOf(own, query, {
        idOf: ({ account, symbol }) => `${account} ${symbol}`,
        rowOf: ({ account, symbol, bought, boughtPaise, sold, soldPaise }) => ({
          account,
          symbol,
          bought,
          bought_paise: Number(boughtPaise),
          sold,
          sold_paise: Number(soldPaise),
          net: bought - sold,
          last_price_paise: lastPaise(records, symbol),
        }),
      });
      return { positions: rows, next };
    },
  );
}

function holdingsRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/holdings",
    {
      schema: {
        summary: "Shares: free, and blocked for open sells",
        tags,
        querystring: pageQuery,
        response: { 200: pageSchema("holdings", holdingSchema) },
      },
    },
    async ({ caller, query }) => {
      const own = balancesOf(gateway, participantOf(caller)).filter(({ asset }) => asset !== "INR");
      const { rows, next } = pageOf(own, query, {
        idOf: ({ account, asset }) => `${account} ${asset}`,
        rowOf: ({ account, asset, free, blocked, due }) => ({
          account,
          symbol: asset,
          isin: isinOf(gateway, asset),
          free,
          blocked,
          due,
          last_price_paise: lastPaise(gateway.records, asset),
        }),
      });
      return { holdings: rows, next };
    },
  );
}

function fundsRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/funds",
    {
      schema: {
        summary: "Cash: free, and blocked for open buys",
        tags,
        querystring: pageQuery,
        response: { 200: pageSchema("funds", fundsSchema) },
      },
    },
    async ({ caller, query }) => {
      const own = balancesOf(gateway, participantOf(caller)).filter(({ asset }) => asset === "INR");
      const { rows, next } = pageOf(own, query, {
        idOf: ({ account, asset }) => `${account} ${asset}`,
        rowOf: ({ account, free, blocked, due }) => ({
          account,
          free_paise: free,
          blocked_paise: blocked,
          due_paise: due,
          opening_paise: openingPaise(gateway, account),
        }),
      });
      return { funds: rows, next };
    },
  );
}

function balancesOf({ views }: Gateway, participant: string): AccountBalance[] {
  return views.flatMap(({ market }) => {
    const own = [...market.accounts].filter(([account]) => isAccountOf(participant, account));
    return balances({ ...market, accounts: new Map(own) });
  });
}

function isinOf({ views }: Gateway, symbol: string): string | null {
  return views.map(({ market }) => market.instruments.get(symbol)?.isin).find(Boolean) ?? null;
}

function openingPaise({ views }: Gateway, account: string): number {
  const opened = views.map(({ market }) =>
    market.accounts.get(openingAccount(account))?.get("INR"),
  );
  return opened.reduce((sum, balance) => sum - (balance?.free ?? 0), 0);
}

function lastPaise({ bars }: Gateway["records"], symbol: string): number | null {
  return findBars(bars, symbol)?.day.lastPaise ?? null;
}
