import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, test } from "node:test";
import { newMarketRecords, noteStep } from "../../src/services/records/market-records.ts";
import { placeOf } from "../../src/services/step-place.ts";
import { foldSteps } from "../../src/cli/log-steps.ts";
import { allRecords } from "../../src/memory/memory-cluster.ts";
import { act } from "./act.ts";
import { memoryMarket, type MemoryMarket } from "./memory-market.ts";

let market: MemoryMarket;

before(async () => {
  market = memoryMarket();
  await market.write("Counter_party", '{"type":"Counter_party","text":"CONFIRM"}');
  await market.write("Counter_party", "garbage");
  await until(async () => (await letters()).length === 2);
});

after(() => market.close());

type Letter = { readonly id: string; readonly reason: string };

async function letters(): Promise<Letter[]> {
  const { out } = await act(market.logClient, ["dlq", "list", "--json"]);
  return out.map((line) => JSON.parse(line) as Letter);
}

const redrive = (...words: string[]) => act(market.logClient, ["dlq", "redrive", ...words]);
const idOf = async (reason: string): Promise<string> =>
  (await letters()).find((letter) => letter.reason === reason)?.id ?? "";

test("a dead letter has one id: in the terminal, the doors' records and the public record's header", async () => {
  const inTerminal = (await letters()).map(({ id }) => id).toSorted();
  const records = newMarketRecords();
  await foldSteps(market.logClient, ({ shard, seq, step, logOffset }) => {
    noteStep(records, step, placeOf(step, shard, seq, logOffset));
  });
  deepEqual([...records.deadLetters.byId.keys()].toSorted(), inTerminal);
  const headers = () =>
    allRecords(market.cluster, "sauda.dead-letters", 0)
      .filter(({ isControl }) => !isControl)
      .flatMap(({ headers: all }) => all.filter(([name]) => name === "sauda-id"));
  await until(() => headers().length === 2);
  deepEqual(
    headers()
      .map(([, id]) => id)
      .toSorted(),
    inTerminal,
  );
  for (const id of inTerminal) equal((await act(market.logClient, ["dlq", "show", id])).code, 0);
});

test("without a letter named or a filter nothing is sent again", async () => {
  const { code, err } = await redrive();
  equal(code, 2);
  match(err, /--reason, --topic or --since/);
  equal((await redrive("--since", "yesterday")).code, 2);
  equal((await redrive("D-9-9-9-9")).code, 1);
});

test("filters add up, and a dry run sends nothing", async () => {
  const id = await idOf("NO_ORDER_WAITING");
  const commands = () => market.values("sauda.commands").filter((text) => text.includes(id)).length;
  const dry = await redrive("--topic", "Counter_party", "--since", "1h", "--dry-run");
  equal(dry.code, 1);
  deepEqual(
    dry.out.flatMap((line) => line.split(":").slice(0, 1)).toSorted(),
    [`${id} would_send`, `${await idOf("NOT_JSON")} still_unreadable`].toSorted(),
  );
  const named = await redrive("--reason", "NO_ORDER_WAITING", "--dry-run");
  deepEqual([named.code, named.out.map((line) => line.split(":")[0])], [0, [`${id} would_send`]]);
  equal((await redrive("--reason", "NO_ORDER_WAITING", "--topic", "buy-orders")).out.length, 0);
  equal((await redrive("--since", "2999-01-01T00:00:00Z")).out.length, 0);
  equal(commands(), 0);
});

test("a letter sent again takes effect once, under its own id", async () => {
  const id = await idOf("NO_ORDER_WAITING");
  equal((await act(market.logClient, ["broker", "--order-id", "b-1", "100,SBI,985"])).code, 0);
  await until(async () => (await act(market.logClient, ["orders"])).out.join("").includes("b-1"));
  const first = await redrive(id);
  equal(first.code, 0, first.err);
  match(first.out[0] ?? "", new RegExp(`^${id} accepted: COUNTERPARTY CONFIRM`));
  const again = await redrive(id);
  match(again.out[0] ?? "", new RegExp(`^${id} sent_before: AnswerAccepted`));
  equal(again.code, 0);
  equal(market.values("sauda.trades").length <= 1, true);
});

test("what the market refuses again says why, and ends with 1", async () => {
  await market.write("Counter_party", '{"type":"Counter_party","text":"CONFIRM","order_id":"no"}');
  await until(async () => (await letters()).length === 3);
  const known = await idOf("NO_ORDER_WAITING");
  const { out } = await redrive("--reason", "NO_ORDER_WAITING", "--dry-run", "--json");
  const refused = out.map((line) => (JSON.parse(line) as Letter).id).find((id) => id !== known);
  const again = await redrive(refused ?? "");
  equal(again.code, 1, again.err);
  match(again.out[0] ?? "", new RegExp(`^${refused} refused: COUNTERPARTY CONFIRM no: `));
  match(again.err, /0 of 1 sent again/);
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > limit) throw new Error("it did not come to that within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
