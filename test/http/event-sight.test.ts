import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { MarketEvent } from "../../src/domain/facts/event.ts";
import type { TradeExecuted } from "../../src/domain/facts/trade-event.ts";
import {
  maySee,
  readableEvent,
  stepText,
  type Viewer,
} from "../../src/http/journey/event-sight.ts";
import { stepText as textOfLog } from "../../src/protocol/log/order-record.ts";
import { readGood, runScenarioText } from "../scenario/run-text.ts";

const folder = join(import.meta.dirname, "..", "..", "examples", "scenarios");
// Its two hundred accounts make four million pairs of event and viewer; the kinds are in the
// others too.
const files = readdirSync(folder).filter((file) => file !== "three-days.yaml");

/** The members that a text names, by their short names or their clients' accounts. */
function namedIn(text: string, members: readonly string[]): string[] {
  return members.filter((member) => new RegExp(`\\b${member}\\b`).test(text));
}

/** Whom a member may meet in the way of its trade: who traded, and who settles its side. */
function known({ participant, trades }: TradesViewer): Set<string> {
  const sides = [...trades.values()].flatMap((trade) => [trade.buy, trade.sell]);
  const own = sides.filter((side) => side.participant === participant);
  const settlers = own.map(({ custodian }) => custodian).filter((name) => name !== undefined);
  return new Set([...sides.map((side) => side.participant), ...settlers]);
}

type TradesViewer = Omit<Viewer, "trades"> & {
  readonly trades: ReadonlyMap<string, TradeExecuted>;
};

function viewerOf(participant: string, trade: TradeExecuted): TradesViewer {
  return { participant, trades: new Map([[trade.tradeId, trade]]) };
}

function tradesOf(events: readonly MarketEvent[]): TradeExecuted[] {
  return events.filter((event) => event.type === "TradeExecuted");
}

test("in the way of its trade a member reads of nobody but those that traded with it", () => {
  const seen = new Set<string>();
  for (const file of files) {
    const source = readFileSync(join(folder, file), "utf8");
    const members = [...new Set(readGood(source).accounts.map(({ participant }) => participant))];
    const events = runScenarioText(source).taken.flatMap((step) => step.events);
    for (const trade of tradesOf(events))
      for (const { participant } of [trade.buy, trade.sell]) {
        const viewer = viewerOf(participant, trade);
        const strangers = members.filter((member) => !known(viewer).has(member));
        for (const event of events) {
          if (!maySee(viewer, event)) continue;
          seen.add(event.type);
          const text = JSON.stringify(readableEvent(viewer, event));
          deepEqual(namedIn(text, strangers), [], `${file}: ${participant} reads ${text}`);
        }
      }
  }
  ok(seen.size >= 20, `${seen.size} kinds of events were read: ${[...seen].join(", ")}`);
});

test("of the other side a member reads neither its client nor what is blocked for it", () => {
  const source = readFileSync(join(folder, "short-bought-in.yaml"), "utf8");
  const events = runScenarioText(source).taken.flatMap((step) => step.events);
  const trades = tradesOf(events).filter(({ buy, sell }) => buy.participant !== sell.participant);
  ok(trades.length > 0);
  for (const trade of trades) {
    const viewer = viewerOf(trade.buy.participant, trade);
    const texts = events
      .filter((event) => event.type !== "JournalPosted" && maySee(viewer, event))
      .map((event) => JSON.stringify(readableEvent(viewer, event)));
    ok(texts.some((text) => text.includes('"TradeNovated"')));
    const client = new RegExp(`"client":"${trade.sell.client}"`);
    deepEqual(
      texts.filter((text) => client.test(text)),
      [],
    );
  }
});

test("an event of a kind that no line of the table speaks for is nobody's", () => {
  const trade = tradesOf(
    runScenarioText(readFileSync(join(folder, "happy-trade.yaml"), "utf8")).taken.flatMap(
      (step) => step.events,
    ),
  )[0];
  ok(trade);
  const viewer = viewerOf(trade.buy.participant, trade);
  const silent: MarketEvent[] = [
    { type: "MarginsRevalued", accounts: 1 },
    { type: "AuctionOfferEnded", offerId: "A-1", symbol: "SBIN" as never, quantity: 1 },
    { type: "DebtPaid", debtor: "X/c1", creditor: "Y", paise: 1 },
    {
      type: "Repeated",
      participant: null,
      clientOrderId: null,
      firstSeq: null,
      source: {} as never,
    },
  ];
  deepEqual(
    silent.filter((event) => maySee(viewer, event)),
    [],
  );
});

test("who sees everything reads a step as it stands in the log", () => {
  for (const file of files)
    for (const step of runScenarioText(readFileSync(join(folder, file), "utf8")).taken)
      equal(stepText(null, step, step.events), textOfLog(step));
});
