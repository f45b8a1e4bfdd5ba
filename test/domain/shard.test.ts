import assert from "node:assert/strict";
import { test } from "node:test";
import { shardOf, shardOfCommand } from "../../src/domain/facts/shard.ts";
import { buy } from "../given.ts";

const shards = 7;

test("a command is decided in its symbol's shard, or that of the shares it moves", () => {
  const order = { ...buy("a", 1, 500), symbol: "INFY" };
  assert.notEqual(shardOf("INFY", shards), 0);
  assert.equal(shardOfCommand(order, shards), shardOf("INFY", shards));
  const deposit = { type: "Deposit", asset: "INFY" };
  assert.equal(shardOfCommand(deposit, shards), shardOf("INFY", shards));
});

test("what is about no security is decided in the first shard", () => {
  for (const command of [
    { type: "Deposit", asset: "INR" },
    { type: "CancelAll", symbol: null },
    { type: "LiftSuspension" },
  ])
    assert.equal(shardOfCommand(command, shards), 0);
});
