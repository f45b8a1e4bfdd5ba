import { deepEqual, ok } from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { schemaFiles } from "../../src/protocol/documents/schema-files.ts";
import { topicSpecs } from "../../src/protocol/topics.ts";
import { findBreaks, type Direction, type Schema } from "./compatibility.ts";

const folder = join(import.meta.dirname, "..", "..", "docs", "released");

/**
 * A topic's released schema is replaced when a version is released, never to make this test pass.
 */
test("no topic's messages break who built on the released schemas", async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".schema.json"));
  ok(names.length >= 12, "every public topic was released");
  for (const name of names) {
    const released = JSON.parse(await readFile(join(folder, name), "utf8")) as Schema;
    const now = JSON.parse(schemaFiles().get(name) ?? "null") as Schema | null;
    ok(now !== null, `${name} is gone`);
    const topic = name.replace(".schema.json", "");
    const role = topicSpecs.find((spec) => spec.name === topic)?.role;
    deepEqual(findBreaks(released, now, role === "input" ? "input" : "output"), [], name);
  }
});

const message = (properties: Record<string, Schema>, required: string[]): Schema => ({
  type: "object",
  properties,
  required,
});
const whole: Schema = { type: "integer" };
const old = message({ a: whole, b: { enum: ["x", "y"] } }, ["a"]);

const rows: readonly (readonly [string, Direction, Schema, readonly string[]])[] = [
  ["the same", "output", old, []],
  ["a new field in what we say", "output", message({ ...old.properties, c: whole }, ["a"]), []],
  ["a field less in what we say", "output", message({ a: whole }, ["a"]), ["message.b is gone"]],
  [
    "a field that may be missing",
    "output",
    message(old.properties ?? {}, []),
    ["message.a may now be missing"],
  ],
  [
    "a field that may be null",
    "output",
    message({ ...old.properties, a: { type: ["integer", "null"] } }, ["a"]),
    ["message.a may now be null"],
  ],
  [
    "a word nobody knows",
    "output",
    message({ ...old.properties, b: { enum: ["x", "y", "z"] } }, ["a"]),
    ["message.b may now be z"],
  ],
  [
    "another kind of message that names itself",
    "output",
    { anyOf: [old, message({ type: { const: "Other" }, b: whole }, ["type"])] },
    [],
  ],
  [
    "another kind of message that does not",
    "output",
    { anyOf: [old, message({ b: whole }, [])] },
    ["message.a is gone", "message.b is gone"],
  ],
  [
    "a word we say no more",
    "output",
    message({ ...old.properties, b: { enum: ["x"] } }, ["a"]),
    [],
  ],
  [
    "an optional field in what we hear",
    "input",
    message({ ...old.properties, c: whole }, ["a"]),
    [],
  ],
  [
    "a field that must be sent",
    "input",
    message({ ...old.properties, c: whole }, ["a", "c"]),
    ["message.c must now be sent"],
  ],
  [
    "a word we hear no more",
    "input",
    message({ ...old.properties, b: { enum: ["x"] } }, ["a"]),
    ["message.b may no longer be y"],
  ],
  [
    "null no more",
    "input",
    message({ ...old.properties, a: { type: "string" } }, ["a"]),
    ["message.a may no longer be integer"],
  ],
];

for (const [name, direction, now, breaks] of rows)
  test(`${direction}: ${name}: ${breaks.length === 0 ? "breaks nobody" : breaks.join("; ")}`, () => {
    deepEqual(findBreaks(old, now, direction), breaks);
  });
