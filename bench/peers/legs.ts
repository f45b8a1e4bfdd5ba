import { deepEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { legTopics } from "../../src/protocol/topics.ts";
import type { KafkaLog } from "../../src/kafka/kafka-log.ts";
import { followCommitted } from "../committed-records.ts";
import type { Fill } from "./input.ts";

/** A record of a topic, and when it came, on `performance.now()`'s clock. */
export type Arrived = { readonly value: Buffer; readonly atMs: number };

/** The legs that a read_committed reader has seen on both topics since a run began. */
export type Legs = {
  readonly demat: readonly Arrived[];
  readonly cash: readonly Arrived[];
  /** Waits for so many in each topic; throws where none came for a while. */
  untilCount(each: number): Promise<void>;
  close(): Promise<void>;
};

const lookMs = 5;

/** Follows both topics from their first record. */
export async function followLegs(log: KafkaLog, stallMs: number): Promise<Legs> {
  const came: [demat: Arrived[], cash: Arrived[]] = [[], []];
  const closes = await Promise.all(
    legTopics.book.map((topic, index) =>
      followCommitted(log, topic, (value) => came[index]?.push({ value, atMs: performance.now() })),
    ),
  );
  const [demat, cash] = came;
  return {
    demat,
    cash,
    async untilCount(each) {
      let lastCount = -1;
      let lastMs = performance.now();
      for (;;) {
        const count = Math.min(demat.length, cash.length);
        if (count >= each) return;
        const nowMs = performance.now();
        if (count !== lastCount) [lastCount, lastMs] = [count, nowMs];
        if (nowMs - lastMs > stallMs)
          throw new Error(
            `${count} of ${each} trades came, and for ${stallMs / 1000} s none of the rest`,
          );
        await sleep(lookMs);
      }
    },
    close: async () => void (await Promise.all(closes.map((close) => close()))),
  };
}

/**
 * Throws unless exactly these trades came, each leg once, in this order in both topics: what
 * one writer makes of orders that came in this order.
 */
export function checkFills(legs: Pick<Legs, "demat" | "cash">, wanted: readonly Fill[]): void {
  const demat = legs.demat.map(({ value }) => readDemat(value));
  const cash = legs.cash.map(({ value }) => readCash(value));
  deepEqual(
    demat,
    wanted.map((fill) => fill.demat),
  );
  deepEqual(
    cash,
    wanted.map((fill) => fill.cash),
  );
}

/** Which order a leg, or the copy of an order, belongs to. */
export function orderIdOf({ value }: Arrived): string {
  return (JSON.parse(value.toString()) as { readonly order_id: string }).order_id;
}

function readDemat(value: Buffer): string {
  const { order_id, stock_symbol, quantity } = JSON.parse(value.toString()) as Demat;
  return `${order_id} ${stock_symbol} ${quantity}`;
}

type Demat = {
  readonly order_id: string;
  readonly stock_symbol: string;
  readonly quantity: number;
};

/** The amount as its text stands there. */
function readCash(value: Buffer): string {
  const text = value.toString();
  const { order_id } = JSON.parse(text) as { readonly order_id: string };
  return `${order_id} ${/"amount": ?([^,}]*)/.exec(text)?.[1]}`;
}
