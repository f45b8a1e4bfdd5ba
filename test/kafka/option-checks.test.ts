import { equal, match, throws } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { root, startProgram } from "../acceptance/market-process.ts";

type Ajv = { Ajv2020: { prototype: object } };
const fromClient = createRequire(import.meta.resolve("@platformatic/kafka"));

const dataDir = await mkdtemp(join(tmpdir(), "sauda-checks-"));
after(() => rm(dataDir, { recursive: true, force: true }));

/** Counts in a process what Ajv makes, and says it at the end. */
const counting = `
  import { createRequire } from "node:module";
  const fromClient = createRequire(${JSON.stringify(import.meta.resolve("@platformatic/kafka"))});
  const { default: Core } = fromClient("ajv/dist/core.js");
  const { compile } = Core.prototype;
  let made = 0;
  Core.prototype.compile = function (schema) {
    made += 1;
    return compile.call(this, schema);
  };
  process.on("exit", () => console.log("made: " + made));
`;

async function madeBy(args: readonly string[]): Promise<string> {
  const first = `--import=data:text/javascript,${encodeURIComponent(counting)}`;
  const run = startProgram(process.execPath, [first, ...args], {
    env: { SAUDA_DATA_DIR: dataDir },
    cwd: root,
  });
  equal((await run.ended()).code, 0, run.err.join("\n"));
  return run.out.at(-1) ?? "";
}

test("a command makes none of the client library's checks of options at its start", async () => {
  // It asks whether our Kafka answers, which is done with the library.
  equal(await madeBy([join(root, "bin", "sauda.js"), "down"]), "made: 0");
  // By itself the library makes them all: what is counted is there.
  const alone = ["--input-type=module", "--eval", 'import "@platformatic/kafka"'];
  match(await madeBy(alone), /^made: [3-9]\d$/);
});

test("a client that asks for a check gets it, in the library's words", async () => {
  await import("../../src/kafka/option-checks.ts");
  const { Producer } = await import("@platformatic/kafka");
  const { Ajv2020 } = fromClient("ajv/dist/2020.js") as Ajv;
  equal(Object.hasOwn(Ajv2020.prototype, "compile"), true);
  const wrong = { clientId: "", bootstrapBrokers: ["localhost:1"], strict: true };
  for (const _ of ["first", "again"])
    throws(() => new Producer(wrong), /options\/clientId must match pattern "\^\\S\+\$"/);
});
