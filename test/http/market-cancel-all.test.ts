import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { countOpen, restingOrder, startGateway, type RunningGateway } from "./running-gateway.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

const post = (path: string, body: object, who: "HDFC" | "SELLER" | "reader" = "HDFC") =>
  market.call(who, "POST", path, body);

test("operations cancels the orders of all members, in a symbol or everywhere; nobody else may", async () => {
  const path = "/v1/market/cancel-all";
  const open = [
    await post("/v1/orders", restingOrder({ client_order_id: "halt-h" })),
    await post("/v1/orders", restingOrder({ client_order_id: "halt-s", symbol: "INFY" }), "SELLER"),
  ];
  deepEqual(
    open.map(({ status }) => status),
    [201, 201],
  );
  for (const who of ["HDFC", "reader"] as const)
    equal((await post(path, {}, who)).body["code"], "ROLE_MISSING", who);
  for (const wrong of [{ participant: "HDFC" }, { client: "asha" }, { symbol: 7 }])
    equal((await market.call("operations", "POST", path, wrong)).status, 400);
  const before = [await countOpen(market, "HDFC"), await countOpen(market, "SELLER")];
  const sent = { symbol: "SBI", client_order_id: "halt-1" };
  const sbi = await market.call("operations", "POST", path, sent);
  equal(sbi.status, 200);
  ok((sbi.body["answer"] as { canceled: number }).canceled >= 1);
  const again = await market.call("operations", "POST", path, sent);
  deepEqual([again.body["outcome"], again.body["answer"]], ["repeated", sbi.body["answer"]]);
  const { body } = await market.call("HDFC", "GET", "/v1/orders/halt-h");
  equal(body["status"], "Canceled");
  const all = await market.call("operations", "POST", path, {});
  const total = [sbi, all].map((one) => (one.body["answer"] as { canceled: number }).canceled);
  equal(
    total.reduce((sum, one) => sum + one, 0),
    before.reduce((sum, one) => sum + one, 0),
  );
  deepEqual([await countOpen(market, "HDFC"), await countOpen(market, "SELLER")], [0, 0]);
  // The same id is still free for a member's own request.
  equal((await post("/v1/orders/cancel-all", { client_order_id: "halt-1" })).status, 200);
});

test("a header that names a member is heard: what is about all members or another is refused, and nothing done", async () => {
  await post("/v1/orders", restingOrder({ client_order_id: "stays" }));
  const funds = { participant: "HDFC", amount_paise: 100 };
  for (const [path, body] of [
    ["/v1/market/cancel-all", {}],
    ["/v1/deposits", funds],
    ["/v1/withdrawals", funds],
    ["/v1/members/HDFC/lift-suspension", {}],
  ] as const) {
    const headers = {
      authorization: `Bearer ${market.keys.operations}`,
      "content-type": "application/json",
      "sauda-participant": "SELLER",
    };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${market.url}${path}`, init);
    const { field } = (await answer.json()) as { field: string };
    deepEqual([answer.status, field], [403, "sauda-participant"], path);
  }
  equal(await countOpen(market, "HDFC"), 1);
});
