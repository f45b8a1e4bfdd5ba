import { z } from "zod";
import { insideOf, isAccountOf, isOutside, openingAccount } from "../../domain/facts/account.ts";
import { balances, type AccountBalance } from "../../domain/market.ts";
import { findBars } from "../../services/records/bars.ts";
import type { Gateway } from "../../services/gateway.ts";
import { participantOf, seesAll } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { pageOf, pageQuery, pageSchema } from "../page.ts";
import { accountSchema, fundsSchema, holdingSchema, positionSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";

/** What a participant has: positions, holdings, funds, its clients' accounts included. */
export function accountRoutes(app: Server, { gateway }: DoorParts): void {
  accountsRoute(app, gateway);
  positionsRoute(app, gateway);
  holdingsRoute(app, gateway);
  fundsRoute(app, gateway);
}

const tags = ["accounts"];

function accountsRoute(app: Server, { views }: Gateway): void {
  app.get(
    "/v1/accounts",
    {
      config: { readCost: 5 },
      schema: {
        summary: "Cash and shares of own accounts, by account; for operations everybody's",
        tags,
        querystring: pageQuery.extend({
          openings: z
            .enum(["true", "false"])
            .default("false")
            .describe("true or false: also those that openings and deposits came from"),
        }),
        response: { 200: pageSchema("accounts", accountSchema) },
      },
    },
    async ({ caller, query }) => {
      const participant = seesAll(caller) ? null : participantOf(caller);
      const isShown = (account: string): boolean =>
        isOutside(account)
          ? query.openings === "true" && isOwn(participant, insideOf(account))
          : isOwn(participant, account);
      const names = new Set(views.flatMap(({ market }) => [...market.accounts.keys()]));
      const shown = [...names].filter(isShown).toSorted();
      return pageOf("accounts", balanceRows(views, shown), query, {
        idOf: ({ account, asset }) => `${account} ${asset}`,
        rowOf: (row) => row,
      });
    },
  );
}

/** What the accounts have, cash before shares; added up over the shards when it is asked for. */
function* balanceRows(
  views: Gateway["views"],
  accounts: readonly string[],
): Generator<z.infer<typeof accountSchema>> {
  for (const account of accounts) {
    const rows = new Map<string, z.infer<typeof accountSchema>>();
    for (const { market } of views)
      for (const [asset, { free, blocked, due }] of market.accounts.get(account) ?? []) {
        const row = rows.get(asset) ?? { account, asset, free: 0, blocked: 0, due: 0 };
        const held = { free: row.free + free, blocked: row.blocked + blocked };
        rows.set(asset, { account, asset, ...held, due: row.due + due });
      }
    const { INR: cash = [], shares = [] } = Object.groupBy(rows.values(), ({ asset }) =>
      asset === "INR" ? "INR" : "shares",
    );
    yield* cash;
    yield* shares.toSorted((one, other) => (one.asset < other.asset ? -1 : 1));
  }
}

/** Null: everybody's. */
function isOwn(participant: string | null, account: string): boolean {
  return participant === null || isAccountOf(participant, account);
}

function positionsRoute(app: Server, gateway: Gateway): void {
  app.get(
    "/v1/positions",
    {
      schema: {
        summary:
          "Bought and sold by symbol since the market began, own; for operations everybody's",
        tags,
        querystring: pageQuery,
        response: { 200: pageSchema("positions", positionSchema) },
      },
    },
    async ({ caller, query }) => {
      const participant = seesAll(caller) ? null : participantOf(caller);
      const { records } = gateway;
      const own = [...records.positions]
        .filter(([account]) => isOwn(participant, account))
        .flatMap(([, bySymbol]) => [...bySymbol.values()]);
      return pageOf("positions", own, query, {
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
      return pageOf("holdings", own, query, {
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
      return pageOf("funds", own, query, {
        idOf: ({ account, asset }) => `${account} ${asset}`,
        rowOf: ({ account, free, blocked, due }) => ({
          account,
          free_paise: free,
          blocked_paise: blocked,
          due_paise: due,
          opening_paise: openingPaise(gateway, account),
        }),
      });
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
