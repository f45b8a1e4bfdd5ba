import assert from "node:assert/strict";
import { test } from "node:test";
import { makeClusterId } from "../../src/kafka/managed/format.ts";

test("a cluster's id never begins with a dash, which Kafka's tool would take for an option", () => {
  for (let first = 0; first < 256; first += 1) {
    const id = makeClusterId(Buffer.alloc(16, first));
    assert.equal(id.length, 22);
    assert.doesNotMatch(id, /^-/);
  }
});
