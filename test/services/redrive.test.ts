import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { DeadLettered } from "../../src/domain/facts/event.ts";
import { readSource } from "../../src/protocol/sources.ts";
import { commandsTopic } from "../../src/protocol/topics.ts";
import type { DeadLetterRecord } from "../../src/services/records/dead-letter-records.ts";
import { describeCommand, readAgain } from "../../src/services/redrive.ts";
import { atDoor, given, newSource } from "../given.ts";

const id = "D-0-7-0-0";
const place = { shard: 0, seq: 1, commandOffset: 7, part: 0, logOffset: 2, atMs: 1 };

/** The letter of these bytes, as the market wrote it. */
function letterOf(topic: string, text: string): DeadLetterRecord {
  const source = newSource({ topic });
  const value = Buffer.from(text);
  const command = readSource(topic, { key: null, value, headers: Buffer.alloc(0), source });
  const start = given([]);
  start.when({ command, atMs: 1 });
  // An answer that finds no order is kept five seconds, then it is dead.
  start.when({ command: { type: "Tick" }, atMs: 10_000 });
  const events = start.steps.flatMap((step) => step.events);
  const event = events.find(({ type }) => type === "DeadLettered");
  return { id, arrival: 1, event: event as DeadLettered, place, redriven: null };
}

const again = (letter: DeadLetterRecord) => readAgain(letter, (redriveOf) => atDoor({ redriveOf }));

test("an answer that came too early is read again from its bytes, under the letter's own id", () => {
  const letter = letterOf("Counter_party", `{"type":"Counter_party","text":"CONFIRM"}`);
  const read = again(letter);
  equal(read.ok, true);
  if (!read.ok || read.value.type !== "AnswerOrder") return;
  const { answer, clientOrderId, source } = read.value;
  deepEqual([answer, clientOrderId], ["CONFIRM", id]);
  deepEqual("redriveOf" in source ? source.redriveOf : null, letter.event.source);
  equal(describeCommand(read.value), "COUNTERPARTY CONFIRM the oldest order that waits");
});

test("what cannot be read today says why, in the letter's name", () => {
  const problem = `${id}: the value is not JSON: "{"`;
  deepEqual(again(letterOf("buy-orders", "{")), { ok: false, problem });
});

test("what was never a client's record is not sent again", () => {
  const letter = letterOf("buy-orders", "{");
  for (const source of [null, newSource({ topic: commandsTopic })])
    deepEqual(again({ ...letter, event: { ...letter.event, source } }), {
      ok: false,
      problem: `${id}: was never a client's record`,
    });
});
