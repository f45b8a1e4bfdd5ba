import { equal, ok } from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { findFreePort } from "../../src/services/free-port.ts";
import * as kafka from "../../src/kafka/managed/ports.ts";
import * as postgres from "../../src/postgres/managed/port.ts";

test("the search for a free port ends where none is free", { timeout: 10_000 }, async () => {
  let asked = 0;
  const isFree = async (): Promise<boolean> => {
    asked += 1;
    if (asked > 1_000) throw new Error("asked a thousand times");
    return false;
  };
  equal(await findFreePort(isFree, randomInt), null);
  ok(asked > 10);
});

test("a taken port is passed over, and what is found lies below those of outgoing connections", async () => {
  const asked: number[] = [];
  const isFree = async (port: number): Promise<boolean> => asked.push(port) === 3;
  const found = await findFreePort(isFree, randomInt);
  equal(found, asked[2]);
  ok(asked.every((port) => port >= 20_000 && port < 32_000));
});

test("Kafka's and PostgreSQL's ports can be listened on, and a second one of Kafka is another", async () => {
  const first = await kafka.findFreePort();
  ok(await kafka.isFree(first));
  equal(await kafka.isFree(await kafka.findFreePort(first)), true);
  ok(await postgres.isFree(await postgres.findFreePort()));
});
