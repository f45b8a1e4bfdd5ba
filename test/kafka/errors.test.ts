import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { AuthenticationError, listOffsetsV7, NetworkError, UserError } from "@platformatic/kafka";
import { openBrokers } from "../../src/kafka/brokers.ts";
import { KafkaUnreachable, unreachable } from "../../src/kafka/errors.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { NoSuchTopic, Unauthorised, unlessMissing } from "../../src/services/log-errors.ts";

/** Takes requests and never answers, as a stopped broker does. */
const hanging = createServer();
const taken: Socket[] = [];
hanging.on("connection", (socket) => taken.push(socket));

before(async () => {
  hanging.listen(0, "127.0.0.1");
  await once(hanging, "listening");
});

after(() => {
  for (const socket of taken) socket.destroy();
  hanging.close();
});

test("a broker that hangs is asked once, not a second time for as long", async () => {
  const address = { host: "127.0.0.1", port: (hanging.address() as AddressInfo).port };
  const brokers = openBrokers({ clientId: "test", bootstrap: `127.0.0.1:${address.port}` });
  try {
    await assert.rejects(brokers.askOf(address, listOffsetsV7.api, -1, 0, []), (error) => {
      assert.ok(error instanceof KafkaUnreachable);
      return /cannot be reached \(no answer within/.test(error.message);
    });
    assert.equal(taken.length, 1);
  } finally {
    brokers.close();
  }
});

test("who is not let in is told so by what the client threw, whatever its words are", () => {
  const failed = (cause: Error): Error => new NetworkError("no way", { cause });
  const tls = Object.assign(new Error("no way"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  for (const [error, says] of [
    [failed(new AuthenticationError("no way")), /refuses the user or password/],
    [failed(new UserError("no way")), /do not agree on encryption/],
    [failed(tls), /do not agree on encryption/],
  ] as const) {
    const told = unreachable("broker:9092", error);
    assert.ok(told instanceof Unauthorised && !told.mayPass, told.message);
    assert.match(told.message, says);
  }
  const gone = Object.assign(new Error("SASL, TLS and a certificate"), { code: "ECONNREFUSED" });
  const told = unreachable("broker:9092", failed(gone));
  assert.ok(told instanceof KafkaUnreachable);
  assert.match(told.message, /nothing listens there/);
});

test("a topic or partition that is missing is no value; every other error stays one", async () => {
  const log = openMemoryLog(openMemoryCluster(1), "test");
  assert.equal(await unlessMissing(log.bounds("sauda.commands", 7)), null);
  assert.deepEqual(await unlessMissing(log.bounds("sauda.commands", 0)), { start: 0, end: 0 });
  await assert.rejects(log.bounds("no such topic", 0), NoSuchTopic);
  await assert.rejects(unlessMissing(Promise.reject(new Error("other"))), /other/);
});
