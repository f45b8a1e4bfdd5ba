import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readTerms, type ReadTerms } from "../../src/cli/market/market-terms.ts";
import { dayOf, isSettlementDay, isTradingDay } from "../../src/domain/facts/calendar.ts";
import { sauda } from "../acceptance/market-process.ts";

const shipped = join(import.meta.dirname, "../../participants.json");
const members = {
  mode: "open",
  participants: [{ participant: "HDFC", cash_paise: 1_000, shares_each: 5 }],
  unknown: { cash_paise: 0, shares_each: 0 },
};

function read(more: object): Promise<ReadTerms> {
  return withFile(more, readTerms);
}

async function withFile<Result>(
  more: object,
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-terms-"));
  const file = join(folder, "participants.json");
  try {
    await writeFile(file, JSON.stringify({ ...members, ...more }));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the file that is shipped settles at once, under the digest it always had", async () => {
  const { terms, termsDigest } = await readTerms(shipped);
  equal(terms.clearing, null);
  equal(termsDigest, "ea23eced9498c6d42e0288528ac633a3cbc88bcecad1a6941f36f92063d5799b");
});

test("a file may ask for T+1, and for holidays on top of NSE's", async () => {
  const { terms } = await read({
    settlement: "T+1",
    holidays: { exchange: ["2026-06-02"], bank: ["2026-06-03"] },
  });
  equal(terms.clearing?.settlement, "T+1");
  const calendar = terms.clearing?.calendar ?? new Map();
  const isOpen = (date: string) => [
    isTradingDay(calendar, dayOf(date)),
    isSettlementDay(calendar, dayOf(date)),
  ];
  deepEqual(isOpen("2026-06-01"), [true, true]);
  deepEqual(isOpen("2026-06-02"), [false, false]);
  deepEqual(isOpen("2026-06-03"), [true, false]);
  deepEqual(isOpen("2026-06-26"), [false, false]); // NSE's own: Moharram
});

test("another settlement is another market: its digest differs", async () => {
  const digests = await Promise.all(
    [{}, { settlement: "T+0" }, { settlement: "T+1" }].map(
      async (more) => (await read(more)).termsDigest,
    ),
  );
  equal(new Set(digests).size, 3);
});

for (const [more, says] of [
  [{ settlement: "T+2" }, /settlement: write instant, T\+0 or T\+1/],
  [{ holidays: { bank: ["2026-06-03"] } }, /holidays: .*write "settlement": "T\+1" too/],
  [{ settlement: "T+1", holidays: { bank: ["3 June"] } }, /holidays\.bank\.0: write a date/],
] as const)
  test(`the mistake is named: ${JSON.stringify(more)}`, async () => {
    await rejects(read(more), says);
  });

test("a market with T+1 starts and does not wait days for the seeds' trades", async () => {
  const up = ["up", "--in-memory", "--http-port", "0", "--participants"];
  const { code, out, err } = await withFile({ settlement: "T+1" }, (file) =>
    sauda([...up, file], { input: "exit\n" }),
  );
  equal(code, 0, err.join("\n"));
  match(err.join("\n"), /the seeds' two trades are left out: trades settle by T\+1 here/);
  deepEqual(
    out.filter((line) => /^(DEMAT|DEBIT)/.test(line)),
    [],
  );
});
