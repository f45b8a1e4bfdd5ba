import { equal } from "node:assert/strict";
import test from "node:test";
import { awaitOutcome } from "../../src/cli/actors/awaited-outcome.ts";
import type { MarketEvent, Step } from "../../src/domain/facts/event.ts";
import { timeMs } from "../../src/domain/facts/units.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";
import {
  emptyChain,
  encodeClaim,
  logKey,
  nextChain,
  type Claim,
} from "../../src/protocol/log/log-record.ts";
import { realClock } from "../../src/services/clock.ts";
import { memoryTopics } from "./memory-market.ts";

function claim(epoch: number): Buffer {
  const fields: Claim = {
    type: "Claim",
    format: 1,
    rules: 2,
    epoch,
    nonce: `n${epoch}`,
    owner: "o",
    genesis,
  };
  return encodeClaim(fields);
}

function steps(epoch: number, seq: number, prev: string, events: readonly MarketEvent[]): Buffer {
  const step: Step = {
    cause: { offset: seq, digest: "d".repeat(64) },
    part: 0,
    last: true,
    at: timeMs(0),
    events,
  };
  return encodeSteps(epoch, seq, prev, [step]);
}

function repeated(topicId: string, offset: number, firstSeq: number): MarketEvent {
  const source = { topicId, topic: "sauda.orders", partition: 0, offset, timestampMs: 0 };
  return { type: "Repeated", participant: "HDFC", clientOrderId: "x", firstSeq, source };
}

test("R9: what a stale writer appended after its successor's claim is no answer", async () => {
  const { logClient, cluster } = memoryTopics();
  const topicId = cluster.topic("sauda.orders").id;
  const ours = (firstSeq: number): MarketEvent => repeated(topicId, 7, firstSeq);
  const log = cluster.partition("sauda.events", 0);
  const [first, second] = [claim(1), claim(2)];
  const afterFirst = nextChain(emptyChain, logKey, first);
  const afterSecond = nextChain(afterFirst, logKey, second);
  const values = [
    first,
    second,
    steps(1, 1, afterFirst, [ours(111)]), // void: acknowledged by the broker all the same
    steps(2, 2, afterSecond, [ours(222)]), // an orphan: step 1 of this epoch is missing
    steps(2, 1, afterSecond, [
      repeated(topicId, 6, 333), // another record's
      repeated("another topic", 7, 444), // a topic that was made anew
      ours(555),
    ]),
  ];
  for (const value of values) log.append([{ key: logKey, value }], 0);
  const question = { asked: { offset: 7 }, shard: 0, participant: "HDFC", clientOrderId: "x" };
  const parts = { log: logClient.log, clock: realClock };
  const outcome = await awaitOutcome(parts, question, AbortSignal.timeout(2000));
  equal(outcome?.outcome.type === "Repeated" ? outcome.outcome.firstSeq : null, 555);
  equal(outcome?.seq, 1);
});

test("an answer that is not there yet is waited for, and given up with the signal", async () => {
  const { logClient } = memoryTopics();
  const question = { asked: { offset: 0 }, shard: 0, participant: "HDFC", clientOrderId: "x" };
  const parts = { log: logClient.log, clock: realClock };
  equal(await awaitOutcome(parts, question, AbortSignal.timeout(50)), null);
});
