import { deepEqual } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as pause } from "node:timers/promises";
import {
  unreadableReasons,
  type Command,
  type UnreadableReason,
} from "../../src/domain/facts/command.ts";
import type { DeadLetterReason, MarketEvent } from "../../src/domain/facts/event.ts";
import { rejectReason } from "../../src/protocol/log/shapes/event-fields.ts";
import { commandType } from "../../src/protocol/log/shapes/margin-events.ts";
import { stepShapes } from "../../src/protocol/log/steps-bytes.ts";
import { kindsOf, wordsIn } from "../checker/shape-text.ts";
import { replayAll } from "./digests.ts";

const path = join(import.meta.dirname, "digests.txt");
const howTo = "where it is meant: UPDATE_DOCS=1 npx node --test test/replay/digests.test.ts";

const commands = new Set<string>();
const events = new Set<string>();
const refused = new Set<string>();
const deadLetters = new Set<string>();

function see(event: MarketEvent): void {
  events.add(event.type);
  if (event.type === "DeadLettered") deadLetters.add(event.reason);
  else if (event.type.endsWith("Rejected") && "reason" in event) refused.add(String(event.reason));
}

test("every recorded market writes the bytes that it always wrote: log, public records, books", async () => {
  const digests: string[] = [];
  const onCommand = ({ type }: Command): void => void commands.add(type);
  for (const line of replayAll({ onStep: (step) => step.events.forEach(see), onCommand })) {
    digests.push(line);
    await pause(); // so that this process says that it is at work
  }
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(path, `${digests.join("\n")}\n`);
  deepEqual(digests, readFileSync(path, "utf8").trimEnd().split("\n"), howTo);
});

// After the test before, in which they are played.
test("the recorded markets hold every kind of command and event, and every reason", () => {
  deepEqual([...commands].toSorted(), everyCommand);
  deepEqual([...events].toSorted(), everyEvent);
  deepEqual([...refused].toSorted(), everyRefusal);
  deepEqual([...deadLetters].toSorted(), everyDeadLetter.toSorted());
});

/**
 * What is of a market alone that a command breaks: no recorded one is;
 * test/services/quarantine.test.ts plays it.
 */
const ofQuarantine = ["LiftHalt", "Trying", "Quarantined", "HaltLifted"];
const everyCommand = wordsIn(commandType.text).filter((kind) => !ofQuarantine.includes(kind));
const everyEvent = kindsOf(stepShapes).filter((kind) => !ofQuarantine.includes(kind));

/** The same, and what is given no more. */
const notGiven = ["QUARANTINED", "SYMBOL_HALTED", "NOT_HALTED", "TOO_MANY_FILLS"];
const everyRefusal = wordsIn(rejectReason.text).filter((reason) => !notGiven.includes(reason));

const everyDeadLetter = [
  ...unreadableReasons,
  ...Object.keys({
    NO_ORDER_WAITING: true,
    ANSWER_REPEATED: true,
    NOT_YOUR_ORDER: true,
    ORDER_CLOSED: true,
  } satisfies Record<Exclude<DeadLetterReason, UnreadableReason | "QUARANTINED">, true>),
];
