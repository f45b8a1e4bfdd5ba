import { deskKey, deskText, newSecret } from "../../src/cli/keys/keys-file.ts";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { paise } from "../../src/domain/facts/units.ts";
import {
  india,
  movedClock,
  startGateway,
  type RunningGateway,
  type SettlementKind,
  type Who,
} from "./running-gateway.ts";

/**
 * A market in which a trade was settled, another is to be, and orders rest, ended and were refused.
 */
export type SettledMarket = RunningGateway & {
  readonly kind: SettlementKind;
  /** The key of the dashboard, which may do everything for everybody. */
  readonly deskText: string;
  /** Of HDFC's: a trade of the book that is settled, and its orders. */
  readonly tradeId: string;
  readonly filledId: string;
  readonly restingId: string;
  readonly canceledId: string;
  readonly refusedId: string;
  /** A negotiated one of HDFC with COUNTERPARTY. */
  readonly negotiatedId: string;
  get(who: Who, path: string): Promise<Record<string, any>>;
  order(who: Who, side: "BUY" | "SELL", order: object): Promise<Record<string, any>>;
  /** Asks until the answer fits; fails after ten seconds. */
  until(
    who: Who,
    path: string,
    fits: (body: Record<string, any>) => boolean,
  ): Promise<Record<string, any>>;
};

/** COUNTERPARTY settles for FUND; what it may affirm is its own. */
const fund = {
  cover: "full" as const,
  custodian: null,
  cashPaise: paise(1_000_000_000),
  holdings: new Map<string, number>(),
};

/** Starts it on Monday 1 June 2026 at ten in India; T+1 goes on to Tuesday after the pay-out. */
export async function startSettledMarket(kind: SettlementKind): Promise<SettledMarket> {
  const clock = movedClock(india("2026-06-01", "10:00"));
  const clearing = { ...nseClearing, accounts: new Map([["COUNTERPARTY/FUND", fund]]) };
  const secret = newSecret();
  const parts = { clock, desk: deskKey(secret) };
  const running = await startGateway(parts, undefined, kind === "T+1" ? { clearing } : {});
  const get: SettledMarket["get"] = async (who, path) => {
    const { status, body } = await running.call(who, "GET", path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const order: SettledMarket["order"] = async (who, side, fields) => {
    const { body } = await running.call(who, "POST", "/v1/orders", { side, ...fields });
    return (body["order"] as Record<string, any> | undefined) ?? body;
  };
  const until: SettledMarket["until"] = async (who, path, fits) => {
    const endMs = Date.now() + 30_000;
    for (;;) {
      const body = await get(who, path);
      if (fits(body)) return body;
      if (Date.now() > endMs) throw new Error(`GET ${path} stays ${JSON.stringify(body)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const sbin = { symbol: "SBIN", quantity: 10, price_paise: 98_500 };
  await order("SELLER", "SELL", sbin);
  const filled = await order("HDFC", "BUY", sbin);
  const negotiated = await order("HDFC", "BUY", {
    ...sbin,
    symbol: "TCS",
    price_paise: 300_000,
    counterparty: "COUNTERPARTY",
  });
  await running.call("COUNTERPARTY", "POST", `/v1/confirmations/${negotiated["order_id"]}/confirm`);
  const refused = await order("HDFC", "BUY", {
    ...sbin,
    client_order_id: "off",
    price_paise: 98_501,
  });
  const canceled = await order("HDFC", "BUY", { ...sbin, price_paise: 98_000 });
  await running.call("HDFC", "DELETE", `/v1/orders/${canceled["order_id"]}`);
  await running.write("Trade_Order", "hello");
  if (kind === "T+1") {
    await order("SELLER", "SELL", sbin);
    await order("HDFC", "BUY", { ...sbin, client: "FUND", custodian: "COUNTERPARTY" });
    await running.moveTo(india("2026-06-02", "15:31"));
  }
  const tradeId = String(filled["trade_ids"][0]);
  const isSettled = (body: Record<string, any>): boolean =>
    (body["trades"] as Record<string, any>[]).every(({ state }) => state === "Settled");
  await until("HDFC", "/v1/trades", isSettled);
  await order("SELLER", "SELL", { ...sbin, symbol: "INFY", price_paise: 150_000 });
  await order("HDFC", "BUY", { ...sbin, symbol: "INFY", price_paise: 150_000 });
  const resting = await order("HDFC", "BUY", { ...sbin, price_paise: 97_000 });
  await until("operations", "/v1/dead-letters", ({ dead_letters: all }) => all.length > 0);
  return {
    ...running,
    kind,
    deskText: deskText(secret),
    tradeId,
    filledId: filled["order_id"],
    restingId: resting["order_id"],
    canceledId: canceled["order_id"],
    refusedId: refused["order_id"] ?? "off",
    negotiatedId: negotiated["order_id"],
    get,
    order,
    until,
  };
}
