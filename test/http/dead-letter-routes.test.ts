import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { realClock } from "../../src/services/clock.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

type Letter = {
  id: string;
  value: string;
  reason: string;
  is_shortened: boolean;
  cut: { value_bytes: number; sha256: string } | null;
};

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market?.close());

async function letterOf(fits: (letter: Letter) => boolean): Promise<Letter> {
  const untilMs = performance.now() + 10_000;
  for (;;) {
    const { body } = await market.call("operations", "GET", "/v1/dead-letters");
    const found = (body["dead_letters"] as Letter[]).find(fits);
    if (found !== undefined) return found;
    ok(performance.now() < untilMs, "the letter is there within 10 s");
    await realClock.sleep(20);
  }
}

test("a list shows the beginning of a large letter, and the letter by its id shows all", async () => {
  const value = "\u0001".repeat(60_000); // six bytes each in JSON
  await market.write("buy-orders", value);
  const listed = await letterOf(({ value: shown }) => shown.startsWith("\u0001"));
  equal(listed.is_shortened, true);
  equal(listed.value, value.slice(0, 4095));
  const { body } = await market.call("operations", "GET", `/v1/dead-letters/${listed.id}`);
  deepEqual([body["value"], body["is_shortened"], body["cut"]], [value, false, null]);
});

test("of a record too large to be carried the letter says what it was, and is not sent again", async () => {
  const value = `{"pad":"${"x".repeat(100_000)}"}`;
  await market.write("sauda.orders", value);
  const letter = await letterOf(({ reason }) => reason === "TOO_LARGE");
  const sha256 = createHash("sha256").update(value).digest("hex");
  deepEqual([letter.cut?.value_bytes, letter.cut?.sha256], [value.length, sha256]);
  equal(letter.value, value.slice(0, 4095));
  const again = await market.call("operations", "POST", `/v1/dead-letters/${letter.id}/redrive`);
  deepEqual([again.status, again.body["code"]], [409, "STILL_UNREADABLE"]);
  match(JSON.stringify(again.body), /only its beginning is kept/);
});
