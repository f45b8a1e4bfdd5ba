import { equal, ok } from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ephemeralMarket,
  groupLimitMs,
  startSauda,
  until,
  type SaudaProcess,
  type ServiceOrKafka,
  type TestMarket,
} from "./market-process.ts";

/** What a load on this market's Kafka was told, on its own disk, while its processes are hurt. */
let market: TestMarket;
let folder: string;
before(
  async () => {
    market = await ephemeralMarket(["--orders-per-second", "100000"]);
    folder = await mkdtemp(join(tmpdir(), "sauda-load-"));
  },
  { timeout: groupLimitMs },
);
after(async () => {
  await market.stop();
  await rm(folder, { recursive: true, force: true });
});

type Fact = Readonly<Record<string, unknown>>;

const factsOf = ({ out }: Pick<SaudaProcess, "out">): readonly Fact[] =>
  out.map((line) => JSON.parse(line) as Fact);

function startLoad(name: string, words: string): SaudaProcess {
  const env = { SAUDA_URL: market.http, SAUDA_KEY: market.key };
  const asked = ["load", "--json", "--record", join(folder, name), ...words.split(" ")];
  return startSauda(asked, { env });
}

/** Waits until so many answers are on the load's disk: it may be long before it begins. */
async function answered(name: string, count: number): Promise<void> {
  await until(`${count} orders are answered`, async () => {
    const text = await readFile(join(folder, name), "utf8").catch(() => "");
    return text.split("\n").length - 2 >= count;
  });
}

async function running(name: ServiceOrKafka): Promise<number> {
  let pid: number | null = null;
  await until(`${name} runs`, async () => (pid = await market.pid(name)) !== null);
  return pid ?? 0;
}

/** Compares the record with the log itself, and gives what was found. */
async function checked(name: string): Promise<Fact> {
  const path = join(folder, name);
  const { code, out, err } = await market.sauda(["load", "--json", "--kafka", "--check", path]);
  equal(code, 0, [...out, ...err].join("\n"));
  return factsOf({ out }).at(-1) ?? {};
}

test("a gateway killed in the middle of a load: what it answered is true, the rest is unknown or not sent", async () => {
  const load = startLoad("killed", "--rate 150 --duration 14 --timeout 3");
  await answered("killed", 350);
  process.kill(await running("gateway"), "SIGKILL");
  const { code } = await load.ended();
  equal(code, 1, load.err.join("\n"));
  const { sent, outcomes } = factsOf(load)[0] ?? {};
  equal(sent, 2_100);
  const { accepted = 0, unknown = 0, not_sent = 0 } = outcomes as Record<string, number>;
  ok(accepted > 300, JSON.stringify(outcomes));
  ok(unknown + not_sent > 0, JSON.stringify(outcomes));
  const { breaks, not_recorded } = await checked("killed");
  equal(breaks, 0);
  equal(not_recorded, 0);
});

test("an exchange that stands still in the middle of a load: every answer that came is true", async () => {
  const load = startLoad("paused", "--rate 150 --duration 8 --timeout 20");
  const pid = await running("exchange");
  await answered("paused", 150);
  process.kill(pid, "SIGSTOP");
  await sleep(3_000);
  process.kill(pid, "SIGCONT");
  await load.ended();
  const facts = factsOf(load);
  equal(facts[0]?.["sent"], 1_200);
  const latency = facts.find(({ span }) => span === "answer");
  ok(Number(latency?.["max_ms"]) > 2_000, JSON.stringify(latency));
  equal((await checked("paused"))["breaks"], 0);
});

test("an intake killed in the middle of a load on flow B: every record is decided once", async () => {
  const path = join(folder, "flow-b");
  const words = `load --json --kafka --to flow-b --rate 200 --duration 8 --record ${path}`;
  const env = { KAFKA_BOOTSTRAP_SERVERS: market.bootstrap };
  const load = startSauda(words.split(" "), { env });
  const pid = await running("intake");
  await answered("flow-b", 400);
  process.kill(pid, "SIGKILL");
  const { code } = await load.ended();
  equal(code, 0, load.err.join("\n"));
  const { acknowledged, breaks } = await checked("flow-b");
  equal(acknowledged, 1_600);
  equal(breaks, 0);
});
