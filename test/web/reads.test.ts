import { equal } from "node:assert/strict";
import { test } from "node:test";
import { openApi } from "../../web/src/gateway/api.ts";
import { startMemoryMarket } from "./memory-market.ts";

test("pages that open at once and read more than one key may wait for their turn", async (context) => {
  const market = await startMemoryMarket();
  context.after(() => market.close());
  const api = openApi({ origin: market.url, key: market.key, participant: "HDFC" });
  const pages = Array.from({ length: 20 }, () => api.orders("all", 1_000));
  equal((await Promise.all(pages)).length, 20);
});
