import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maxValueBytes, ownNumbers, readObject } from "../../src/protocol/json-text.ts";

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { source?: string },
) => unknown;

/** The same by JSON.parse's reviver, which is slower and shows the source of every number. */
function numbersByReviver(text: string): Map<string, string> {
  const found: [unknown, string, string][] = [];
  const reviver: Reviver = function (key, value, { source }) {
    if (typeof value === "number") found.push([this, key, source ?? ""]);
    return value;
  };
  const root: unknown = JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  const own = found.filter(([holder]) => holder === root);
  return new Map(own.map(([, key, source]) => [key, source]));
}

const space = fc.constantFrom("", "", " ", "\n\t", "\r ");
const number = fc.constantFrom("0", "-0", "100", "985.0", "9.85e2", "-1.5E+10", "1e-7", "1e999");
const text = fc
  .oneof(fc.string(), fc.constantFrom('\\"', "\\", '"', "}", "{1", ":5,", "qty", "\u20b9"))
  .map((one) => JSON.stringify(one));
const { object } = fc.letrec<{ json: string; object: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(number, text, fc.constantFrom("true", "false", "null")),
    tie("object"),
    fc
      .tuple(space, fc.array(tie("json"), { maxLength: 3 }))
      .map(([gap, list]) => `[${gap}${list.join(`${gap},`)}]`),
  ),
  object: fc
    .array(fc.tuple(space, text, tie("json")), { maxLength: 5 })
    .map(
      (list) =>
        `{${list.map(([gap, key, value]) => `${gap}${key}${gap}:${gap}${value}${gap}`).join(",")}}`,
    ),
}));

test("property: an object's own numbers have the source text that JSON.parse saw", () => {
  fc.assert(
    fc.property(object, space, (value, gap) => {
      const whole = `${gap}${value}${gap}`;
      const fields = JSON.parse(whole) as Record<string, unknown>;
      // Where a field stands twice and ends as something else, its number is nobody's.
      const isNumber = ([key]: [string, string]): boolean => typeof fields[key] === "number";
      deepStrictEqual(new Map([...ownNumbers(whole)].filter(isNumber)), numbersByReviver(whole));
    }),
    { numRuns: 5000 },
  );
});

test("of a field that stands twice the last counts", () => {
  const read = readObject(Buffer.from('{"qty":1,"qty":2.50}'));
  ok(read.ok);
  strictEqual(read.value.fields["qty"], 2.5);
  strictEqual(read.value.numberTexts.get("qty"), "2.50");
});

test("__proto__ is a field like any other and changes no object", () => {
  const read = readObject(Buffer.from('{"__proto__":{"qty":1},"constructor":1e999}'));
  ok(read.ok);
  strictEqual(read.value.fields["qty"], undefined);
  strictEqual(({} as Record<string, unknown>)["qty"], undefined);
});

test("64 KiB are read, one byte more is not", () => {
  const fit = Buffer.from(`{"pad":"${"x".repeat(maxValueBytes - 10)}"}`);
  strictEqual(fit.length, maxValueBytes);
  ok(readObject(fit).ok);
  const over = readObject(Buffer.concat([fit, Buffer.from(" ")]));
  ok(!over.ok && over.problem.reason === "TOO_LARGE");
});

test("nesting as deep as 64 KiB allow is read on any stack", () => {
  const deep = `{"extra":${"[".repeat(32_000)}${"]".repeat(32_000)}}`;
  ok(readObject(Buffer.from(deep)).ok);
});
