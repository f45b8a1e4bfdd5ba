import { z } from "zod";
import { isAccountOf, openingAccount } from "../domain/account.ts";
import { balances } from "../domain/market.ts";
import type { AccountBalance } from "../domain/market.ts";
import { findBars } from "../services/bars.ts";
import type { Gateway } from "../services/gateway.ts";
import { participantOf } from "./caller.ts";
import type { DoorParts } from "./door.ts";
import { fundsSchema, holdingSchema, positionSchema } from "./schemas.ts";
import type { Server } from "./server.ts";

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
        response: { 200: z.object({ positions: z.array(positionSchema) }) },
      },
    },
    async ({ caller }) => {
      const participant = participantOf(caller);
      const own = [...records.positions]
        .filter(([account]) => isAccountOf(participant, account))
        .flatMap(([, bySymbol]) => [...bySymbol.values()]);
      const positions = own.map(({ account, symbol, bought, boughtPaise, sold, soldPaise }) => ({
        account,
        symbol,
        bought,
        bought_paise: Number(boughtPaise),
        sold,
        sold_paise: Number(soldPaise),
        net: bought - sold,
        last_price_paise: lastPaise(records, symbol),
      }));
      return { positions };
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
        response: { 200: z.object({ holdings: z.array(holdingSchema) }) },
      },
    },
    async ({ caller }) => {
      const own = balancesOf(gateway, participantOf(caller)).filter(({ asset }) => asset !== "INR");
      const holdings = own.map(({ account, asset, free, blocked, due }) => {
        const isin = gateway.views
          .map(({ market }) => market.instruments.get(asset)?.isin)
          .find(Boolean);
        const last_price_paise = lastPaise(gateway.records, asset);
        return { account, symbol: asset, isin: isin ?? null, free, blocked, due, last_price_paise };
      });
      return { holdings };
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
        response: { 200: z.object({ funds: z.array(fundsSchema) }) },
      },
    },
    async ({ caller }) => {
      const own = balancesOf(gateway, participantOf(caller)).filter(({ asset }) => asset === "INR");
      const funds = own.map(({ account, free, blocked, due }) => ({
        account,
        free_paise: free,
        blocked_paise: blocked,
        due_paise: due,
        opening_paise: openingPaise(gateway, account),
      }));
      return { funds };
    },
  );
}

function balancesOf({ views }: Gateway, participant: string): AccountBalance[] {
  return views.flatMap(({ market }) => {
    const own = [...market.accounts].filter(([account]) => isAccountOf(participant, account));
    return balances({ ...market, accounts: new Map(own) });
  });
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
