import { equal, ok } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import fastify from "fastify";
import { repeatWhile } from "../../../src/http/stream/repeat.ts";
import type { Server } from "../../../src/http/typed-server.ts";

test("what is done while somebody needs it costs no wake-up before and after, and ends with the server", async () => {
  const app = fastify() as unknown as Server;
  let asked = 0;
  let done = 0;
  let isNeeded = false;
  const isWanted = (): boolean => {
    asked += 1;
    return isNeeded;
  };
  const begin = repeatWhile(app, 5, isWanted, () => (done += 1));
  await sleep(50);
  equal(asked, 0, "nobody has begun");
  isNeeded = true;
  begin();
  begin();
  await sleep(100);
  ok(done >= 5 && done <= 21, `${done} times: one timer, however often it is begun`);
  isNeeded = false;
  await sleep(30);
  const at = asked;
  await sleep(50);
  equal(asked, at, "it looks once, and stops");
  isNeeded = true;
  begin();
  await sleep(50);
  ok(asked > at, "it begins again");
  await app.close();
  const closed = asked;
  await sleep(50);
  equal(asked, closed);
});
