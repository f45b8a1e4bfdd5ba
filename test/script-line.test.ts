import { deepEqual, equal, match } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root, startProgram } from "./acceptance/market-process.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};

/** The programs that take words of a person, each with what may be mistyped, and what is told. */
const mistyped: Readonly<Record<string, readonly (readonly [line: string, told: RegExp])[]>> = {
  start: [
    ["--http-prot 8080", /Did you mean --http-port\?/],
    ["--snapshot-steps -1", /give a whole number/],
    ["--kafka-port 1e3", /give a port from 1 to 65535/],
    ["--kafka-port 0", /give a port from 1 to 65535/],
  ],
  test: [
    ["test/domian", /no tests in .*domian: is it test\/domain\?/],
    ["--limits 3", /Did you mean --limit\?/],
    ["--limit soon", /give a whole number/],
  ],
  bench: [
    ["throughputt", /Did you mean throughput\? There are throughput, latency, /],
    ["http steam", /Did you mean stream\?/],
    ["everything", /is invalid for argument 'figure'\. There are throughput, /],
    ["--order 5", /Did you mean --orders\?/],
    ["http --orders many", /give a whole number/],
    ["digests cost", /digests cost: ask for digests by itself/],
    ["determinism cost", /determinism cost: ask for determinism by itself/],
    [
      "digests --docs --orders 5",
      /digests takes no options: leave out --(docs, --orders|orders, --docs)/,
    ],
  ],
  chaos: [
    ["stranger", /Did you mean strangers\? There are books, strangers, poison, flips\./],
    ["books strangers", /strangers: there is no such thing/],
    ["--round 3", /Did you mean --rounds\?/],
    ["--settlement T1", /Allowed choices are instant, T\+1/],
  ],
  soak: [
    ["--minute 5", /Did you mean --minutes\?/],
    ["--rate fast", /give a whole number/],
  ],
  fuzz: [
    ["--example 3", /Did you mean --examples\?/],
    ["HDFC", /HDFC: there is no such thing; it takes no more words/],
  ],
};

function run(name: string, line: string) {
  const [node, ...words] = scripts[name]?.split(" ") ?? [];
  equal(node, "node");
  return startProgram(process.execPath, [...words, ...line.split(" ")], { cwd: root }, name);
}

for (const [name, lines] of Object.entries(mistyped)) {
  test(`npm run ${name} tells how it is used, examples first, and starts nothing`, async () => {
    const asked = run(name, "--help");
    equal((await asked.ended()).code, 0);
    match(asked.out[0] ?? "", /^Examples?:$/);
    match(asked.out.join("\n"), /\nUsage: /);
  });
  for (const [line, told] of lines)
    test(`npm run ${name} -- ${line}: it is said what may be meant, and nothing starts`, async () => {
      const asked = run(name, line);
      equal((await asked.ended()).code, 2);
      match(asked.err.join("\n"), told);
      deepEqual(asked.out, []);
    });
}
