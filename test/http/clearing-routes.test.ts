import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { clearingTerms } from "../clearing-given.ts";
import { changeKeys, newKey } from "../../src/cli/keys/keys-file.ts";
import { until } from "../acceptance/market-process.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway({}, undefined, clearingTerms());
  const order = { symbol: "SBIN", quantity: 100, price_paise: 98_500 };
  for (const [who, side] of [
    ["SELLER", "SELL"],
    ["HDFC", "BUY"],
  ] as const)
    equal((await market.call(who, "POST", "/v1/orders", { ...order, side })).status, 201);
});
after(() => market.close());

test("the trial balance is zero for each asset, novated trades included", async () => {
  const { status, body } = await market.call("operations", "GET", "/v1/trial-balance");
  equal(status, 200);
  equal(body["is_zero"], true);
  const assets = body["assets"] as { asset: string; total: string; amounts: object[] }[];
  deepEqual(
    assets.map(({ asset, total }) => [asset, total]),
    [
      ["INR", "0"],
      ["SBIN", "0"],
    ],
  );
  equal(assets[0]?.amounts.length, 3); // members, openings, the clearing corporation
});

test("an open settlement is shown with its trades and its stage", async () => {
  const { body } = await market.call("operations", "GET", "/v1/settlements");
  const [settlement] = body["settlements"] as Record<string, unknown>[];
  deepEqual(
    [settlement?.["stage"], settlement?.["trades"], settlement?.["gross_paise"]],
    ["Trading", 1, 9_850_000],
  );
  ok(Date.parse(String(settlement?.["next_at"])) > Date.now(), "what comes next is to come");
});

test("what one account pays another receives: the obligations of a settlement sum to zero", async () => {
  const { body } = await market.call("operations", "GET", "/v1/settlements");
  const [settlement] = body["settlements"] as { settlement_number: string }[];
  const path = `/v1/settlements/${settlement?.settlement_number}/obligations`;
  const { status, body: page } = await market.call("operations", "GET", path);
  equal(status, 200);
  const rows = page["obligations"] as { account: string; asset: string; net: number }[];
  deepEqual(
    rows.map(({ account, asset, net }) => [account, asset, net]),
    [
      ["HDFC", "INR", -9_850_000],
      ["HDFC", "SBIN", 100],
      ["SELLER", "INR", 9_850_000],
      ["SELLER", "SBIN", -100],
    ],
  );
});

test("a settlement that is not open is said to be none", async () => {
  const path = "/v1/settlements/M1999001/obligations";
  const { status, body } = await market.call("operations", "GET", path);
  deepEqual([status, body["code"]], [404, "SETTLEMENT_NOT_FOUND"]);
});

test("all are for operations: a member's key is refused", async () => {
  for (const path of [
    "/v1/trial-balance",
    "/v1/settlements",
    "/v1/settlements/M1999001/obligations",
  ])
    equal((await market.call("HDFC", "GET", path)).status, 403);
});

test("an operations key of one member sees that member's obligations alone", async () => {
  const { key, text } = newKey("sellers-office", ["operations"], ["SELLER"]);
  await changeKeys(market.keysFile, (keys) => [...(keys ?? []), key]);
  const read = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(`${market.url}${path}`, {
      headers: { authorization: `Bearer ${text}` },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  await until(
    "the office's key is known",
    async () => (await read("/v1/settlements")).status === 200,
  );
  const [settlement] = (await read("/v1/settlements")).body["settlements"] as {
    settlement_number: string;
  }[];
  const { body } = await read(`/v1/settlements/${settlement?.settlement_number}/obligations`);
  const rows = body["obligations"] as { account: string }[];
  deepEqual(new Set(rows.map(({ account }) => account)), new Set(["SELLER"]));
});
