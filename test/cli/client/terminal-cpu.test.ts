import { equal, ok } from "node:assert/strict";
import { after, test } from "node:test";
import { root, startProgram, until } from "../../acceptance/market-process.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";
import { writeRestingOrders } from "./many-orders.ts";

const [few, many] = [200, 40_000];
const rounds = 7;

/** Says at the end of a process how much CPU it took, in ms. */
const noting = `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write("cpu " + (user + system) / 1000 + "\\n");
});`;

/** The CPU time of a command against a market, in ms. */
async function cpuOf({ endpoint }: AskedGateway, ...words: string[]): Promise<number> {
  const first = `--import=data:text/javascript,${encodeURIComponent(noting)}`;
  const env = { SAUDA_URL: endpoint.http, SAUDA_KEY: endpoint.key, KAFKA_BOOTSTRAP_SERVERS: "" };
  const args = [first, "bin/sauda.js", ...words];
  const run = startProgram(process.execPath, args, { cwd: root, env });
  equal((await run.ended()).code, 0, run.err.join("\n"));
  ok(run.out.length > 0 && run.out.length <= 101, `${run.out.length} lines`);
  return Number(run.err.find((line) => line.startsWith("cpu "))?.slice(4));
}

async function marketOf(count: number): Promise<AskedGateway> {
  const market = await startAskedGateway();
  after(() => market.close());
  await writeRestingOrders(market.log, count);
  const last = `/v1/orders?id=many-${count - 1}`;
  await until(`${count} orders`, async () => {
    const { body } = await market.call("operations", "GET", last);
    return (body["orders"] as unknown[]).length === 1;
  });
  return market;
}

test("a command takes as much CPU with 40,000 orders in the market as with 200", async () => {
  const [small, large] = [await marketOf(few), await marketOf(many)];
  for (const words of [["orders"], ["accounts"], ["depth", "SBIN"]]) {
    const took: Record<"small" | "large", number[]> = { small: [], large: [] };
    // In pairs, one after the other: what else the machine does weighs on both.
    for (let round = 0; round < rounds; round += 1) {
      took.small.push(await cpuOf(small, ...words));
      took.large.push(await cpuOf(large, ...words));
    }
    const [least, most] = [Math.min(...took.small), Math.min(...took.large)];
    ok(most < least * 1.4, `sauda ${words.join(" ")}: ${least} ms and ${most} ms of CPU`);
    process.stdout.write(`sauda ${words.join(" ")}: ${least} and ${most} ms\n`);
  }
});
