import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { watchOutputs, type Shared } from "./flows.ts";
import { groupLimitMs, sauda, startSauda } from "./market-process.ts";

/** The actors at the terminal, each as a process of its own against the shared market. */
export function describeTerminal(shared: Shared): void {
  describe("at the terminal", { timeout: groupLimitMs }, () => {
    test("echo 100,SBI,985 | sauda broker and echo CONFIRM | sauda counterparty settle one trade", async () => {
      const { market, topics } = shared;
      const outputs = await watchOutputs(topics);
      const watch = startSauda(["watch", "--count", "2", "--timeout", "60"], {
        env: { KAFKA_BOOTSTRAP_SERVERS: market.bootstrap },
      });
      await watch.line(/watching from now on/, "err");
      strictEqual((await market.sauda(["broker"], "100,SBI,985\n")).code, 0);
      strictEqual((await market.sauda(["counterparty"], "CONFIRM\n")).code, 0);
      strictEqual((await watch.ended()).code, 0);
      deepStrictEqual(watch.out, ["DEMAT 100 SBI", "DEBIT 98500"]);
      const { demat, cash, transfers, movements } = await outputs.close();
      deepStrictEqual(
        [demat.length, cash.length, transfers.length, movements.length],
        [1, 1, 0, 0],
      );
      match(
        String(demat[0]?.value),
        /^\{"type":"Demat_allocation","action":"DEMAT","symbol":"SBI",/,
      );
      match(String(cash[0]?.value), /^\{"type":"Cash_movement","action":"DEBIT","amount":98500\.0/);
    });

    test("spaces around the commas and blank lines are allowed; other lines get the seeds' answer", async () => {
      const { market, topics } = shared;
      const outputs = await watchOutputs(topics);
      const lines = "\n 21 , SBI , 985.05 \n\nhello\n1,SBI\nquit\n22,SBI,985\n";
      const { out, err, code } = await market.sauda(["broker"], lines);
      const bad = [...out, ...err].filter((line) =>
        line.includes("Bad format. Use: qty,symbol,price"),
      );
      strictEqual(bad.length, 2);
      strictEqual(code, 2);
      await market.sauda(["counterparty"], "confirm\n");
      const { demat, cash } = await outputs.close();
      match(String(demat[0]?.value), /"qty":21[,}]/);
      match(String(cash[0]?.value), /"amount":20686\.05[,}]/);
      strictEqual(demat.length, 1);
    });

    test("sauda seller and sauda broker --book meet in the order book", async () => {
      const { market, topics } = shared;
      const outputs = await watchOutputs(topics);
      strictEqual((await market.sauda(["seller", "50,HCLTECH"])).code, 0);
      await (await watchOutputs(topics)).close();
      strictEqual((await market.sauda(["broker", "--book", "40,HCLTECH,885"])).code, 0);
      const { transfers, movements } = await outputs.close();
      match(String(transfers[0]?.value), /"stock_symbol":"HCLTECH","quantity":40,/);
      match(String(movements[0]?.value), /"amount":35400\.0,/);
      deepStrictEqual([transfers.length, movements.length], [1, 1]);
    });

    test("sauda order answers, sauda orders shows it, sauda cancel takes it out", async () => {
      const { market } = shared;
      const order = ["order", "--participant", "KITE", "--symbol", "MARUTI", "--side", "BUY"];
      const rest = ["--quantity", "3", "--price", "9000", "--client-order-id", "K-1", "--json"];
      const placed = await market.sauda([...order, ...rest]);
      strictEqual(placed.code, 0, placed.err.join("\n"));
      const accepted = JSON.parse(placed.out[0] ?? "{}") as Record<string, string>;
      deepStrictEqual([accepted["type"], accepted["client_order_id"]], ["accepted", "K-1"]);
      const again = await market.sauda([...order, ...rest]);
      match(again.out[0] ?? "", /"type":"repeated"/);
      const listed = await market.sauda(["orders", "--participant", "KITE"]);
      ok(listed.out.some((line) => line.includes("K-1") && line.includes("MARUTI")));
      const canceled = await market.sauda(["cancel", "K-1", "--participant", "KITE"]);
      strictEqual(canceled.code, 0, canceled.err.join("\n"));
      match(canceled.out[0] ?? "", /canceled: 3 of 3 MARUTI/);
      const after = await market.sauda(["orders", "--participant", "KITE"]);
      ok(!after.out.some((line) => line.includes("K-1")));
    });

    test("the gateway of a market on Kafka and its log answer alike", async () => {
      const { market } = shared;
      const env = { SAUDA_URL: market.http, SAUDA_KEY: market.key };
      const order = ["order", "--participant", "KITE", "--symbol", "CIPLA", "--side", "BUY"];
      const rest = ["--quantity", "3", "--price", "1400", "--client-order-id", "K-2"];
      const placed = await sauda([...order, ...rest], { env });
      match(placed.out[0] ?? placed.err.join("\n"), /^ORDER O-0-\d+ accepted: BUY 3 CIPLA @ 1400$/);
      const again = await market.sauda([...order, ...rest]);
      match(again.out[0] ?? "", /^repeated: first answered in step \d+$/);
      deepStrictEqual(again.out[1], placed.out[0]);
      for (const words of [
        ["orders", "--participant", "KITE", "--json"],
        ["accounts", "KITE"],
        ["dlq", "list", "--json"],
        ["topics"],
        ["report", "day-file", "--format", "csv"],
      ]) {
        const [byGateway, byLog] = [await sauda(words, { env }), await market.sauda(words)];
        deepStrictEqual(byGateway.out, byLog.out, `${words.join(" ")}: ${byGateway.err.join()}`);
      }
      const tail = startSauda(["tail", "orders", "-n", "1", "--json", "--timeout", "60"], { env });
      await tail.line(/following orders/, "err");
      const canceled = await sauda(["cancel", "K-2"], { env });
      match(canceled.out[0] ?? "", /canceled: 3 of 3 CIPLA taken out/);
      strictEqual((await tail.ended()).code, 0);
      match(tail.out[0] ?? "", /"exec_type":"Canceled"/);
    });

    test("a refusal says why and ends with exit code 1", async () => {
      const { market } = shared;
      const order = ["order", "--participant", "HDFC", "--symbol", "SBI", "--side", "BUY"];
      const { code, out } = await market.sauda([...order, "--quantity", "1", "--price", "985.01"]);
      strictEqual(code, 1);
      match(out.join("\n"), /rejected: PRICE_OFF_TICK/);
    });

    test("accounts, dlq, topics and doctor tell of this market", async () => {
      const { market } = shared;
      const accounts = await market.sauda(["accounts", "HDFC"]);
      strictEqual(accounts.code, 0);
      ok(accounts.out.some((line) => line.includes("SBIN")));
      const hello = '{"type":"Counter_party","text":"hello at the terminal"}';
      const offset = await shared.topics.send("Counter_party", hello);
      await shared.topics.awaitOne("sauda.dead-letters", 0, (text) => text === hello);
      const letters = await market.sauda(["dlq", "list", "--topic", "Counter_party"]);
      ok(letters.out.some((line) => line.includes("UNKNOWN_ANSWER") && line.includes(`${offset}`)));
      const topics = await market.sauda(["topics"]);
      ok(topics.out.some((line) => line.includes("sauda.events")));
      const doctor = await market.sauda(["doctor"]);
      strictEqual(doctor.code, 0, [...doctor.out, ...doctor.err].join("\n"));
    });
  });
}
