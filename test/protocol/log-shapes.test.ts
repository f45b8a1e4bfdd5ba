import { deepEqual, equal, throws } from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { events } from "../../src/protocol/log/shapes/event.ts";
import { stepShapes } from "../../src/protocol/log/steps-bytes.ts";
import {
  always,
  list,
  name,
  oneOf,
  orAbsent,
  record,
  since,
  whole,
  word,
} from "../../src/protocol/snapshot/shape.ts";
import { StateReader, StateWriter } from "../../src/protocol/snapshot/state-bytes.ts";

const folder = join(import.meta.dirname, "../../docs/log-shapes");
const path = (generation: number): string => join(folder, `${generation}.txt`);

test("events are written as docs/log-shapes says, by today's shapes and those of every log before", () => {
  if (process.env["UPDATE_DOCS"] === "1" && !existsSync(path(stepShapes)))
    writeFileSync(path(stepShapes), inLines(asOf(events.text, stepShapes)));
  const generations = Array.from({ length: stepShapes }, (_, before) => before + 1);
  deepEqual(readdirSync(folder).toSorted(), generations.map((each) => `${each}.txt`).toSorted());
  for (const generation of generations)
    equal(
      readFileSync(path(generation), "utf8"),
      inLines(asOf(events.text, generation)),
      `${generation}.txt is never changed: raise stepShapes, and say since(${stepShapes + 1}, ...)`,
    );
});

type Before =
  | { readonly type: "Sent"; readonly by: string }
  | { readonly type: "Done"; readonly how: "well" | "badly"; readonly times: number };
type After =
  | { readonly type: "Added"; readonly by: string }
  | { readonly type: "Sent"; readonly to: string; readonly by: string; readonly note?: string }
  | { readonly type: "Done"; readonly how: "so" | "well" | "badly"; readonly times: number };

const before = list(
  oneOf<Before>({
    Sent: record<Extract<Before, { type: "Sent" }>>({ type: always("Sent"), by: name }),
    Done: record<Extract<Before, { type: "Done" }>>({
      type: always("Done"),
      how: word({ well: true, badly: true }),
      times: whole(),
    }),
  }),
);
const after = list(
  oneOf<After>({
    Added: [2, record<Extract<After, { type: "Added" }>>({ type: always("Added"), by: name })],
    Sent: record<Extract<After, { type: "Sent" }>>({
      type: always("Sent"),
      to: since(2, name, "everybody"),
      by: name,
      note: since(2, orAbsent(name), undefined),
    }),
    Done: record<Extract<After, { type: "Done" }>>({
      type: always("Done"),
      how: word({ so: 2, well: true, badly: true }),
      times: whole(),
    }),
  }),
);

test("a field, a word and a kind that are added leave what was written before as it was", () => {
  const written: Before[] = [
    { type: "Sent", by: "HDFC" },
    { type: "Done", how: "badly", times: 3 },
  ];
  const writer = new StateWriter({ isWhole: true });
  before.write(writer, written);
  const reader = new StateReader(writer.copy());
  reader.generation = 1;
  deepEqual(after.read(reader), [{ type: "Sent", to: "everybody", by: "HDFC" }, written[1]]);
  reader.close();
  equal(asOf(after.text, 1), before.text);
});

test("what is written by today's shapes has every field, and an older program does not take it", () => {
  const written: After[] = [
    { type: "Sent", to: "ICICI", by: "HDFC", note: "late" },
    { type: "Added", by: "HDFC" },
    { type: "Done", how: "so", times: 1 },
  ];
  const writer = new StateWriter({ isWhole: true });
  after.write(writer, written);
  const reader = new StateReader(writer.copy());
  reader.generation = 2;
  deepEqual(after.read(reader), written);
  throws(() => before.read(new StateReader(writer.copy())), /broken invariant/);
});

/** A shape in words as it was in a generation: without what came later. */
function asOf(text: string, generation: number): string {
  const [, came] = /@(\d+)/.exec(text) ?? [];
  if (came === undefined) return text;
  const at = text.indexOf(`@${came}`);
  const behind = at + came.length + 1;
  if (Number(came) <= generation) return asOf(text.slice(0, at) + text.slice(behind), generation);
  const from = Math.max(...["{", "(", ",", "|"].map((mark) => text.lastIndexOf(mark, at - 1)));
  let to = behind;
  for (let depth = 0; depth > 0 || !/[,|})]/.test(text[to] ?? "}"); to += 1)
    depth += /[{([]/.test(text[to] ?? "") ? 1 : /[})\]]/.test(text[to] ?? "") ? -1 : 0;
  const isFirst = /[{(]/.test(text[from] ?? "") && /[,|]/.test(text[to] ?? "");
  const rest = isFirst
    ? text.slice(0, from + 1) + text.slice(to + 1)
    : text.slice(0, from) + text.slice(to);
  return asOf(rest, generation);
}

/** A kind of event a line. */
function inLines(text: string): string {
  let [lines, depth] = ["", 0];
  for (const sign of text) {
    if (/[})]/.test(sign)) depth -= 1;
    if (sign === ")" && depth === 0) lines += "\n";
    lines += sign;
    if (/[{(]/.test(sign)) depth += 1;
    if (depth === 1 && /[(|]/.test(sign)) lines += "\n";
  }
  return `${lines}\n`;
}
