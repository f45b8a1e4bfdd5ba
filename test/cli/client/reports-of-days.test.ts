import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { GatewayEndpoint } from "../../../src/cli/client/gateway-client.ts";
import type { Step } from "../../../src/domain/facts/event.ts";
import { localTerms } from "../../../src/domain/market.ts";
import {
  listAccountDays,
  newAccountDays,
  noteAccountDays,
} from "../../../src/domain/charges/trades.ts";
import { Random } from "../../../src/memory/random.ts";
import { eventsTopic } from "../../../src/protocol/topics.ts";
import { keptRecords } from "../../../src/services/records/market-records.ts";
import { until } from "../../acceptance/market-process.ts";
import { at, clearingTerms } from "../../clearing-given.ts";
import { buy, play, sell, type Sent } from "../../given.ts";
import { logOf } from "../../postgres/market-log.ts";
import { recordedMarkets } from "../../replay/markets.ts";
import { act } from "../act.ts";
import { startAskedGateway, type AskedGateway } from "./asked-gateway.ts";

const dayMs = 86_400_000;
const firstMs = Date.parse("2026-06-01T10:00:00+05:30");

/** A gateway over a log that is whole already: nobody decides anything more. */
async function gatewayOver(steps: readonly Step[], kept = keptRecords): Promise<AskedGateway> {
  const market = await startAskedGateway({ kept }, {}, []);
  market.cluster.partition(eventsTopic, 0).append(logOf(new Random(1), steps), 0);
  await until("the gateway to have folded the log", async () => {
    const { body } = await market.call("operations", "GET", "/v1/market");
    return body["seq"] === steps.length;
  });
  return market;
}

/** What both ways say to the words, compared; returns what they said. */
async function bothSay(market: AskedGateway, words: readonly string[]): Promise<readonly string[]> {
  const byGateway = await act(market.endpoint, [...words]);
  const byLog = await act(market.logClient, [...words]);
  deepEqual(byGateway, byLog, words.join(" "));
  return byLog.out;
}

/** One of each kind of market, and those crowds that differ most. */
const played = recordedMarkets().filter(({ name }) => !/-crowd-[245678]$|^bench$/.test(name));

for (const { name, play: playMarket } of played)
  test(`a report of a day says what the whole log says: ${name}`, async () => {
    const steps: Step[] = [];
    playMarket({ onStep: (step) => steps.push(step), onCommand: () => {} });
    const days = newAccountDays(() => true);
    for (const step of steps) noteAccountDays(days, step);
    const accountDays = listAccountDays(days);
    const dates = [...new Set(accountDays.map(({ date }) => date))];
    const market = await gatewayOver(steps);
    try {
      for (const date of [...dates, "2020-01-01"])
        await bothSay(market, ["report", "day-file", "--date", date, "--json"]);
      const few = Math.ceil(accountDays.length / 3);
      for (const [each, { member, client, date }] of accountDays.entries()) {
        if (each % few > 0) continue;
        const whose = ["--member", member, ...(client === null ? [] : ["--client", client])];
        const note = ["report", "contract-note", ...whose, "--json"];
        await bothSay(market, [...note, "--date", date]);
        if (each > 0) continue;
        await bothSay(market, note);
        await bothSay(market, [...note, "--date", "2020-01-01"]);
      }
      await bothSay(market, ["report", "contract-note", "--member", "NOBODY"]);
      const lines = await bothSay(market, ["report", "obligations", "--json"]);
      const numbers = lines.map((line) => String(JSON.parse(line).settlement));
      for (const number of [...new Set(numbers)].slice(0, 2))
        await bothSay(market, ["report", "obligations", "--settlement", number, "--json"]);
    } finally {
      await market.close();
    }
  });

/** So many days in a row: on each two orders a second rest for ten minutes, and then some trade. */
function playDays(days: number): readonly Step[] {
  const sent: Sent[] = [];
  for (let day = 0; day < days; day += 1) {
    const atMs = firstMs + day * dayMs;
    for (let each = 0; each < 1_200; each += 1) {
      const id = `${day}-${each}`;
      sent.push({ command: sell(id, 1, 100_000 + 5 * (each % 100)), atMs: atMs + each * 500 });
    }
    for (const each of [1, 2, 3])
      sent.push({
        command: buy(`b${day}-${each}`, 2, 200_000, { client: "C1" }),
        atMs: atMs + 700_000,
      });
  }
  return play(sent, localTerms).steps;
}

/** An endpoint of the market that counts the records of the log that come through it. */
async function countingEndpoint({ endpoint }: AskedGateway) {
  let records = 0;
  const server = createServer((request, response) => {
    void passOn(request).catch(() => response.destroy());
    async function passOn({ url = "", headers }: IncomingMessage): Promise<void> {
      const { authorization = "" } = headers;
      const answer = await fetch(`${endpoint.http}${url}`, { headers: { authorization } });
      const text = await answer.text();
      if (url.includes(`/${eventsTopic}/records`)) records += JSON.parse(text).records.length;
      response.writeHead(answer.status, { "sauda-seq": answer.headers.get("sauda-seq") ?? "" });
      response.end(text);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const counted: GatewayEndpoint = { ...endpoint, http: `http://127.0.0.1:${port}` };
  return { endpoint: counted, records: () => records, close: () => server.close() };
}

test("a report reads of the log what its day has, however many days lie before it", async () => {
  const read: Record<string, number[]> = {};
  for (const days of [4, 24]) {
    const market = await gatewayOver(playDays(days));
    const date = new Date(firstMs + (days - 1) * dayMs).toISOString().slice(0, 10);
    const note = ["report", "contract-note", "--member", "HDFC", "--client", "C1"];
    try {
      for (const words of [
        ["report", "day-file", "--date", date],
        note,
        [...note, "--date", date],
        ["report", "contract-note", "--member", "SELLER"],
        ["report", "obligations"],
      ]) {
        const counting = await countingEndpoint(market);
        const { code, out } = await act(counting.endpoint, words);
        equal(code, 0, words.join(" "));
        deepEqual(out, (await act(market.logClient, words)).out);
        const name = words.filter((word) => word !== date).join(" ");
        (read[name] ??= []).push(counting.records());
        counting.close();
      }
    } finally {
      await market.close();
    }
  }
  // A day is some 270 records; a reader begins up to 256 before it, and pages are of 100 or 1,000.
  for (const [name, [few = 0, many = Infinity]] of Object.entries(read))
    ok(many <= few + 256, `${name}: ${few} records after 4 days, ${many} after 24`);
  ok(
    Object.values(read)
      .flat()
      .some((records) => records > 0),
  );
});

test("a note tells when orders came that rested for days before they traded", async () => {
  const market = await gatewayOver(playDays(6));
  const note = ["report", "contract-note", "--member", "SELLER", "--json"];
  try {
    const { out } = await act(market.endpoint, note);
    deepEqual(out, (await act(market.logClient, note)).out);
    // Of the third day, traded on the sixth: more than 1,000 records lie between.
    match(String(out[0]), /"order_id":"O-0-3006","order_time":"10:05:00"/);
  } finally {
    await market.close();
  }
});

test("a date's trades among those of another date, whose settlement opened before, are its own", async () => {
  const symbols = new Map([["NOW", { settlement: "instant", series: "EQ" } as const]]);
  const trade = (time: string, symbol: string): Sent[] => {
    const over = { symbol, symbolAsSent: symbol };
    return [
      { command: sell(`s${time}`, 1, 100_000, over), atMs: at(time) },
      { command: buy(`b${time}`, 1, 100_000, over), atMs: at(time) },
    ];
  };
  // After the market's hours a trade has the next trade date, one that settles at once its own.
  const sent = [
    ...trade("01 21:00", "SBIN"),
    ...Array.from({ length: 20 }, (_, each) => ({
      command: sell(`rests ${each}`, 1, 101_000),
      atMs: at("01 21:30"),
    })),
    ...trade("01 22:00", "NOW"),
    ...trade("01 22:05", "SBIN"),
    ...trade("01 22:10", "NOW"),
  ];
  const { steps } = play(sent, clearingTerms({ symbols }));
  const market = await gatewayOver(steps);
  const dayFile = (date: string) => ["report", "day-file", "--json", "--date", date];
  try {
    const rows = await bothSay(market, dayFile("2026-06-01"));
    deepEqual(
      rows.map((row) => JSON.parse(row).TckrSymb),
      ["NOW"],
    );
    equal((await bothSay(market, dayFile("2026-06-02"))).length, 1);
    await bothSay(market, ["report", "contract-note", "--member", "HDFC", "--date", "2026-06-01"]);
  } finally {
    await market.close();
  }
});

test("a date older than what the gateway keeps is said to be so, not to be without a trade", async () => {
  const market = await gatewayOver(playDays(4), {
    ...keptRecords,
    marks: { dates: 2, closes: 10 },
  });
  const gone = /2026-06-01 is older than what this gateway keeps, .*2026-06-02; --kafka/;
  try {
    for (const words of [["day-file"], ["contract-note", "--member", "SELLER"]]) {
      const { code, err } = await act(market.endpoint, [
        "report",
        ...words,
        "--date",
        "2026-06-01",
      ]);
      equal(code, 1);
      match(err, gone);
      await bothSay(market, ["report", ...words, "--date", "2026-06-03"]);
    }
    const { status, body } = await market.call(
      "operations",
      "GET",
      "/v1/log/settlements?settlement_number=M2026100",
    );
    deepEqual([status, body["code"]], [410, "NO_LONGER_KEPT"]);
  } finally {
    await market.close();
  }
});
