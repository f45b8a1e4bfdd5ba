import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";
import { readSource } from "../../src/protocol/sources.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { hostileValues, inexactTexts } from "../hostile-values.ts";
import { recordText, wellFormed } from "./malformed.ts";

const source = { topicId: "dG9waWMtaWQtb2YtdGVzdA", topic: "x", partition: 0, offset: 7 };

function read(topic: string, text: string): Command {
  const at = { ...source, topic, timestampMs: 1767588300123 };
  return readSource(topic, { key: null, value: Buffer.from(text), source: at });
}

/** What a command says in words: of its own making, so bounded whatever was sent. */
function wordsOf(command: Command): string {
  if (command.type === "Unreadable") return command.detail;
  return command.type === "PlaceOrder" ? (command.unfit?.text ?? "") : "";
}

test("whatever stands in whatever field of a record, its words are short and it survives the log", () => {
  for (const { topic, fields } of wellFormed)
    for (const field of [...Object.keys(fields), "__proto__", "no_such_field"])
      for (const [what, value] of Object.entries(hostileValues)) {
        const command = read(topic, recordText(fields, { [field]: value }));
        const words = wordsOf(command);
        ok(words.length < 300, `${topic} ${field} ${what}: ${words.length} characters`);
        deepEqual(readCommand(null, encodeCommand(command)), command, `${topic} ${field} ${what}`);
      }
});

test("a command's own record of hostile values is unreadable in few words", () => {
  for (const [what, value] of Object.entries(hostileValues))
    for (const text of [
      value,
      `{"format":${value}}`,
      `{"format":1,"type":${value}}`,
      `{"format":1,"type":"PlaceOrder","source":${value}}`,
      `{"format":1,"type":"CancelOrder","participant":${value}}`,
    ]) {
      const command = readCommand(null, Buffer.from(text));
      equal(command.type, "Unreadable", what);
      ok(wordsOf(command).length < 300, `${what}: ${wordsOf(command).length} characters`);
    }
});

test("a whole number is whole by its text on every topic, as at the HTTP doors", () => {
  let tried = 0;
  for (const { topic, fields } of wellFormed)
    for (const field of ["qty", "quantity", "price_paise", "amount_paise"])
      if (field in fields)
        for (const number of inexactTexts("100")) {
          const command = read(topic, recordText(fields, { [field]: number }));
          equal(command.type, "Unreadable", `${topic} ${field} ${number}`);
          tried += 1;
        }
  ok(tried >= 40, `${tried} tried`);
});
