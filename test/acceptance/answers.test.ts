import { deepStrictEqual, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAtDoor } from "../../src/domain/facts/origin.ts";
import {
  ephemeralMarket,
  groupLimitMs,
  timeoutMs,
  startSauda,
  until,
  type SaudaProcess,
  type TestMarket,
} from "./market-process.ts";
import { checkWholeMarket } from "./market-records.ts";
import { openTopics } from "./records.ts";

// R9, R17: what the gateway told over HTTP, kept on the teller's own disk, against the final fold.

/** How long the writer is stopped: longer than its group's timeout, so that the standby claims. */
const stoppedMs = 9_000;
/** Requests in flight at a time. */
const clients = 8;

let market: TestMarket;
let standby: SaudaProcess;
let folder: string;

before(async () => {
  market = await ephemeralMarket(["--orders-per-second", "100000"]);
  standby = startSauda(["exchange", "--json", "--kafka", market.bootstrap]);
  await standby.line(/"type":"standby"/);
  folder = await mkdtemp(join(tmpdir(), "sauda-answers-"));
});

after(async () => {
  standby?.signal("SIGKILL");
  await market?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

type Told = {
  readonly id: string;
  readonly status: number;
  readonly seq: number | null;
  readonly code: string | null;
};

async function sendOne(id: string, index: number): Promise<Told> {
  const order = {
    client_order_id: id,
    symbol: "SBIN",
    side: index % 2 === 0 ? "BUY" : "SELL",
    quantity: 1 + (index % 5),
    price_paise: index % 10 === 7 ? 98_501 : 98_000 + (index % 10) * 5,
    deadline_in_ms: 4_000,
  };
  const answer = await fetch(`${market.http}/v1/orders`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${market.key}`,
      "sauda-participant": "HDFC",
      "content-type": "application/json",
    },
    body: JSON.stringify(order),
  });
  const fields = (await answer.json()) as { place?: { seq: number }; code?: string };
  return { id, status: answer.status, seq: fields.place?.seq ?? null, code: fields.code ?? null };
}

/** Sends until told to stop; every answer is on disk before the next request leaves. */
async function sendAll(file: string, client: number, signal: AbortSignal): Promise<void> {
  for (let index = 0; !signal.aborted; index += 1) {
    const told = await sendOne(`c${client}-${index}`, index);
    await appendFile(file, `${JSON.stringify(told)}\n`);
    await sleep(5);
  }
}

test(
  "R9, R17: no answer is void although the writer is stopped, succeeded, and goes on; unknown ends",
  { timeout: groupLimitMs },
  async (context) => {
    const file = join(folder, "answers.ndjson");
    const ended = new AbortController();
    const sending = Array.from({ length: clients }, (_, client) =>
      sendAll(file, client, ended.signal),
    );
    const readTold = async (): Promise<Told[]> => {
      const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Told);
    };
    const has = (told: readonly Told[], status: number, least: number): boolean =>
      told.filter((each) => each.status === status).length >= least;
    // However fast the machine is: each kind of answer is there before what comes next.
    await until("orders are accepted and refused", async () => {
      const told = await readTold();
      return has(told, 201, 50) && has(told, 422, 1);
    });
    const writer = await market.pid("exchange");
    ok(writer !== null, "the exchange runs");
    process.kill(writer, "SIGSTOP");
    await sleep(stoppedMs);
    await standby.line(/"type":"claimed"/, "out", timeoutMs);
    process.kill(writer, "SIGCONT");
    const before = (await readTold()).filter(({ status }) => status === 201).length;
    await until("orders are accepted after that", async () =>
      has(await readTold(), 201, before + 50),
    );
    ended.abort();
    await Promise.all(sending);
    await sleep(4_500); // past the last deadline
    const told = await readTold();
    const final = await readOutcomes();
    const count = (status: number): number => told.filter((each) => each.status === status).length;
    context.diagnostic(
      `answers: ${count(201)} accepted, ${count(422)} refused, ${count(202)} unknown`,
    );
    ok(count(202) > 0, "unknown ends were met");
    deepStrictEqual(
      told.flatMap((each) => findLie(each, final.get(each.id) ?? [])),
      [],
    );
  },
);

type Outcome = { readonly seq: number; readonly what: string; readonly isLate: boolean };

/** The outcomes of every request, by its id, as an independent reader of the log finds them. */
async function readOutcomes(): Promise<Map<string, Outcome[]>> {
  const topics = openTopics(market.bootstrap);
  try {
    const { reading } = await checkWholeMarket(topics, market.bootstrap);
    const outcomes = new Map<string, Outcome[]>();
    for (const { seq, step } of reading.steps)
      for (const event of step.events) {
        const isAnswer = event.type === "OrderAccepted" || event.type === "OrderRejected";
        if (!isAnswer || !isAtDoor(event.source)) continue;
        const what = event.type === "OrderAccepted" ? "accepted" : event.reason;
        const isLate = step.at > event.source.deadlineMs;
        const id = event.clientOrderId ?? "";
        outcomes.set(id, [...(outcomes.get(id) ?? []), { seq, what, isLate }]);
      }
    return outcomes;
  } finally {
    await topics.close();
  }
}

function findLie({ id, status, seq, code }: Told, outcomes: readonly Outcome[]): string[] {
  if (outcomes.length > 1) return [`${id}: decided ${outcomes.length} times`];
  const [final] = outcomes;
  if (final?.what === "accepted" && final.isLate) return [`${id}: accepted after its deadline`];
  if (status === 202 || status === 503) return [];
  const expected = status === 201 ? "accepted" : code;
  if (final?.what === expected && final?.seq === seq) return [];
  return [`${id}: told ${expected} at ${seq}, the log says ${final?.what} at ${final?.seq}`];
}
