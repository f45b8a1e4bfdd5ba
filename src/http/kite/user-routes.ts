import { openingAccount } from "../../domain/facts/account.ts";
import type { Gateway } from "../../services/gateway.ts";
import { shortened } from "../../protocol/unreadable.ts";
import type { Server } from "../typed-server.ts";
import { inputError } from "./kite-error.ts";
import { success, userOf, type KiteParts } from "./kite-parts.ts";
import { rupeeNumber } from "./rupee-numbers.ts";
import { kiteUser } from "./user-json.ts";

/** The user and his money. */
export function userRoutes(kite: Server, { gateway }: KiteParts): void {
  kite.get("/user/profile", async (request) => success(kiteUser(userOf(request))));
  kite.get("/user/margins", async (request) =>
    success({ equity: equityMargin(gateway, userOf(request)), commodity: noMargin }),
  );
  kite.get("/user/margins/:segment", async (request) => {
    const { segment } = request.params as { readonly segment: string };
    if (segment === "equity") return success(equityMargin(gateway, userOf(request)));
    if (segment === "commodity") return success(noMargin);
    throw inputError(`segment: found ${shortened(segment)}, send equity or commodity`);
  });
}

/**
 * Cash of the member's own account: `cash` is all of it, `net` what is free, `debits` what open
 * buys block. An account opens with its first order; before that there is none, and so nothing
 * in it.
 */
function equityMargin({ views }: Gateway, account: string): object {
  const sum = (read: (view: Gateway["views"][number]) => number | undefined): number =>
    views.reduce((total, view) => total + (read(view) ?? 0), 0);
  const free = sum(({ market }) => market.accounts.get(account)?.get("INR")?.free);
  const blocked = sum(({ market }) => market.accounts.get(account)?.get("INR")?.blocked);
  const opened = sum(
    ({ market }) => market.accounts.get(openingAccount(account))?.get("INR")?.free,
  );
  return margin(true, { free, blocked, opening: -opened });
}

type Money = { readonly free: number; readonly blocked: number; readonly opening: number };

function margin(enabled: boolean, { free, blocked, opening }: Money): object {
  return {
    enabled,
    net: rupeeNumber(free),
    available: {
      adhoc_margin: 0,
      cash: rupeeNumber(free + blocked),
      opening_balance: rupeeNumber(opening),
      live_balance: rupeeNumber(free),
      collateral: 0,
      intraday_payin: 0,
    },
    utilised: {
      debits: rupeeNumber(blocked),
      exposure: 0,
      m2m_realised: 0,
      m2m_unrealised: 0,
      option_premium: 0,
      payout: 0,
      span: 0,
      holding_sales: 0,
      turnover: 0,
      liquid_collateral: 0,
      stock_collateral: 0,
      delivery: 0,
    },
  };
}

const noMargin = margin(false, { free: 0, blocked: 0, opening: 0 });
