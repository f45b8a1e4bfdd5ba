import assert from "node:assert/strict";
import { test } from "node:test";
import { checkMarket } from "./market-check.ts";
import { eventOf, recordsOf, smallMarket, type SmallMarket } from "./small-market.ts";

function problems(small: SmallMarket, isComplete = true): string {
  return checkMarket(recordsOf(small), isComplete).problems.join("\n");
}

test("a market without a fault has no problems, whole or unfinished", () => {
  assert.equal(problems(smallMarket()), "");
  const unfinished = smallMarket();
  unfinished.steps.pop();
  unfinished.published = unfinished.published.filter(
    ({ headers }) => !headers.some(([, value]) => value.startsWith("0/9/")),
  );
  assert.equal(problems(unfinished, false), "");
  assert.match(problems(unfinished), /command 8 has no step/);
});

type Any = any;
const at = (small: SmallMarket, index: number): Any => small.steps.at(index)?.step;
const topicOf = (small: SmallMarket, topic: string): Any =>
  small.published.find((record) => record.topic === topic);
const header = (record: Any, name: string, value: string): void => {
  record.headers = record.headers.map((one: Any) => (one[0] === name ? [name, value] : one));
};
const journal = (small: SmallMarket, kind: string): Any =>
  small.steps
    .flatMap(({ step }) => step.events)
    .flatMap((event) => (event.type === "JournalPosted" ? [event.journal] : []))
    .find((one) => one.kind === kind);
const rewritten = (record: Any, from: string, to: string): void => {
  record.value = Buffer.from(String(record.value).replace(from, to));
};

/** The flow A order and its answer once more, the answer now the second one. */
function consentAgain(small: SmallMarket): Any[] {
  const events = JSON.parse(JSON.stringify(at(small, 5).events)) as Any[];
  for (const event of events) if (event.type === "AnswerAccepted") event.source.offset = 1;
  return events;
}

/** Each spoils the faultless market in one place; the checker must say what. */
const defects: readonly (readonly [what: string, spoil: (small: Any) => unknown, says: RegExp])[] =
  [
    // The log and the commands.
    ["a step lost", (m) => m.steps.splice(2, 1), /command 2 has no step/],
    ["two commands in each other's place", (m) => m.commands.reverse(), /has command 0, expected/],
    ["a command of other bytes", (m) => (m.commands[3].value = Buffer.from("{}")), /other bytes/],
    [
      "a command never decided",
      (m) => m.commands.push({ ...m.commands[8], offset: 9 }),
      /command 9 has no step/,
    ],
    ["a step for a command that is not there", (m) => m.commands.pop(), /there are only 8/],
    ["a cause decided twice", (m) => (at(m, 4).cause.offset = 3), /not after the last one/],
    [
      "a second part without a first",
      (m) => (at(m, 3).part = 1),
      /is part 1, expected 0|command 3 has no step|expected command/,
    ],
    ["a command begun and left", (m) => (at(m, 3).last = false), /is part 0, expected 1/],
    ["time going back", (m) => (at(m, 5).at = 3), /is at 3, before/],
    // Inputs.
    [
      "an input lost",
      (m) => m.inputs[0].records.push({ ...m.inputs[0].records[0], offset: 1 }),
      /offset 1: never decided/,
    ],
    [
      "an input decided twice",
      (m) => (eventOf(m, "OrderCanceled").source = eventOf(m, "OrderAccepted").source),
      /decided 2 times/,
    ],
    [
      "an input taken for a repeat",
      (m) => (eventOf(m, "Repeated").firstSeq = null),
      /dropped as a repeat/,
    ],
    [
      "an input nobody wrote",
      (m) => Object.assign(eventOf(m, "DeadLettered").source, { topicId: "x", offset: 0 }),
      /nobody wrote x\/0\/0/,
    ],
    [
      "a retry taken as consent to an order that came later",
      (m) => at(m, 7).events.push(...consentAgain(m)),
      /CONFIRM COUNTERPARTY again after \d+ ms, used for a later order/,
    ],
    [
      "a first answer called a repeat",
      (m) => (eventOf(m, "AnswerAccepted").clientOrderId = "c"),
      /repeats nothing that was used/,
    ],
    // Money and shares.
    [
      "a journal that does not sum to zero",
      (m) => (journal(m, "BLOCK").postings[0].amount -= 1),
      /sums to -1/,
    ],
    [
      "a journal posted twice",
      (m) => at(m, 0).events.push({ type: "JournalPosted", journal: journal(m, "BLOCK") }),
      /posted twice/,
    ],
    [
      "more than there is",
      (m) => journal(m, "BLOCK").postings.forEach((one: Any) => (one.amount *= 1e8)),
      /has -\d+ \w+ free/,
    ],
    [
      "a delivery to somebody else",
      (m) => (journal(m, "DVP").postings[3].account = "COUNTERPARTY"),
      /moves .* expected/,
    ],
    ["shares without cash", (m) => journal(m, "DVP").postings.splice(0, 2), /moves .* expected/],
    // Orders and trades.
    [
      "an order accepted twice",
      (m) => at(m, 0).events.push(eventOf(m, "OrderAccepted")),
      /accepted twice/,
    ],
    [
      "a trade executed twice",
      (m) => at(m, 1).events.push(eventOf(m, "TradeExecuted")),
      /executed twice/,
    ],
    [
      "a trade not settled",
      (m) => (at(m, 1).events = at(m, 1).events.filter((e: Any) => e.type !== "TradeSettled")),
      /settled 0 times/,
    ],
    [
      "a trade settled twice",
      (m) => at(m, 1).events.push(eventOf(m, "TradeSettled")),
      /settled 2 times/,
    ],
    [
      "a trade settled by another's journal",
      (m) => (eventOf(m, "TradeSettled").journalId = "J-x"),
      /not its journal/,
    ],
    [
      "an amount that is not price times quantity",
      (m) => (eventOf(m, "TradeExecuted").amountPaise += 1),
      /is not \d+/,
    ],
    [
      "a wrong cumulative quantity",
      (m) => (eventOf(m, "TradeExecuted").buy.cumQuantity -= 1),
      /cumulative quantity/,
    ],
    ["a wrong rest", (m) => (eventOf(m, "TradeExecuted").sell.leavesQuantity += 1), /leaves/],
    [
      "a trade above the buyer's limit",
      (m) => (at(m, 1).events.find((e: Any) => e.type === "OrderAccepted").pricePaise -= 5),
      /its limit is/,
    ],
    [
      "a trade of an order nobody accepted",
      (m) => (eventOf(m, "TradeExecuted").buy.orderId = "O-x"),
      /was never accepted/,
    ],
    [
      "an order that ends twice",
      (m) => at(m, 4).events.push(eventOf(m, "OrderCanceled")),
      /after its end/,
    ],
    // What was published.
    ["a record never published", (m) => m.published.pop(), /expected on/],
    [
      "a record published twice",
      (m) => m.published.push({ ...topicOf(m, "sauda.trades"), offset: 9 }),
      /a second time/,
    ],
    [
      "a leg that only an uncommitted reader sees",
      (m) => (topicOf(m, "cash-movements").isCommitted = false),
      /expected on/,
    ],
    [
      "one id with two contents",
      (m) =>
        m.published.unshift({
          ...topicOf(m, "sauda.trades"),
          value: Buffer.from("{}"),
          isCommitted: false,
        }),
      /another content/,
    ],
    [
      "a record of a step that does not count",
      (m) => header(topicOf(m, "sauda.trades"), "sauda-stamp", "0/99/0"),
      /does not count/,
    ],
    ["a record without its id", (m) => (topicOf(m, "sauda.trades").headers = []), /no sauda-id/],
    ["records in another order", (m) => m.published.reverse(), /after a later one/],
    [
      "a leg of another amount",
      (m) => rewritten(topicOf(m, "cash-movements"), "59100.0", "59100.5"),
      /cash leg in paise is/,
    ],
    [
      "a leg of other shares",
      (m) => rewritten(topicOf(m, "Demat_allocation"), "100", "101"),
      /demat leg is 101/,
    ],
    [
      "a dead letter of other bytes",
      (m) => rewritten(topicOf(m, "sauda.dead-letters"), "rubbish", "roses"),
      /original bytes/,
    ],
  ];

for (const [what, spoil, says] of defects) {
  test(`the checker finds ${what}`, () => {
    const small = smallMarket();
    spoil(small);
    assert.match(problems(small), says);
  });
}
