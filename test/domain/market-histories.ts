import fc from "fast-check";
import {
  isAtDoor,
  type DoorOrigin,
  type Origin,
  type SourcePosition,
} from "../../src/domain/facts/origin.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import { localTerms, type MarketTerms } from "../../src/domain/market.ts";
import { paise } from "../../src/domain/facts/units.ts";
import type { Sent } from "../given.ts";
import { generatedOrders, plain } from "../orders.ts";

/** So little cash and so few shares that orders run short; windows that time steps cross. */
export const scarce: MarketTerms = {
  ...localTerms,
  participants: [
    { participant: "A", cashPaise: paise(120), sharesEach: 12 },
    { participant: "B", cashPaise: paise(60), sharesEach: 9 },
  ],
  openingCashPaise: paise(40),
  openingShares: 6,
  answerWindowMs: 50,
  answerRepeatWindowMs: 150,
  confirmationWindowMs: 200,
};

const participant = fc.constantFrom("A", "B", "C");

const clientOrderId = fc.constantFrom("c0", "c1", "c2", "c3", "c4", "c5", "A-0-3", "O-0-1");

const anyOrderId = fc.constantFrom(
  "c0",
  "c1",
  "c2",
  "c3",
  "O-0-0",
  "O-0-2",
  "O-0-5",
  "A-0-4",
  "A-0-1",
);

const symbol = fc.constantFrom("SBIN", "ZED");

const source: fc.Arbitrary<SourcePosition> = fc.record({
  topicId: fc.constantFrom("t1", "t2"),
  topic: fc.constant("sauda.orders"),
  partition: fc.nat({ max: 1 }),
  offset: fc.nat({ max: 3 }),
  timestampMs: fc.constant(0),
});

const door: fc.Arbitrary<DoorOrigin> = fc.record({
  requestId: fc.uuid(),
  receivedAtMs: fc.constant(1_000),
  deadlineMs: fc.constantFrom(0, 1_050, 1_000_000),
  redriveOf: fc.option(source),
});

const origin: fc.Arbitrary<Origin> = fc.oneof(
  { weight: 3, arbitrary: source },
  { weight: 1, arbitrary: door },
);

const orderFields = generatedOrders({
  ...plain,
  participant,
  clientOrderId: fc.option(clientOrderId, { freq: 3 }),
  symbol,
  quantity: fc.integer({ min: 0, max: 6 }),
  pricePaise: fc.option(fc.constantFrom(0, 3, 5, 5, 5, 10, 10, 15), { freq: 5 }),
  counterparty: fc.constantFrom(null, null, "A", "B"),
});

const place = fc
  .tuple(orderFields, origin)
  .map(([order, source]): Command => ({ type: "PlaceOrder", ...order, source }));

const cancels = fc
  .record({ participant, clientOrderId, origClientOrderId: anyOrderId, symbol, source: origin })
  .map((fields): Command => ({ type: "CancelOrder", ...fields }));

const answers = fc
  .record({
    answer: fc.constantFrom("CONFIRM" as const, "CONFIRM" as const, "REJECT" as const),
    participant: fc.constantFrom("A", "B"),
    clientOrderId: fc.option(clientOrderId, { freq: 2 }),
    orderId: fc.option(anyOrderId),
    symbol,
    source: origin,
  })
  .map((fields): Command => {
    const original = { keyBase64: null, valueBase64: "eA==" };
    const clientOrderId = fields.clientOrderId ?? (isAtDoor(fields.source) ? "D-0-1-0-0" : null);
    return { type: "AnswerOrder", original, ...fields, clientOrderId };
  });

const cancelAlls = fc
  .record({
    participant,
    clientOrderId,
    client: fc.constantFrom(null, null, "x"),
    symbol: fc.option(symbol),
    source: origin,
  })
  .map((fields): Command => ({ type: "CancelAll", ...fields }));

const funds = fc
  .record({
    type: fc.constantFrom("Deposit" as const, "Withdraw" as const, "Withdraw" as const),
    participant,
    client: fc.constantFrom(null, null, "x"),
    clientOrderId,
    asset: fc.constantFrom("INR", "SBIN", "ZED"),
    amount: fc.integer({ min: 0, max: 30 }),
    source: door,
  })
  .map((command): Command => command);

const lifts = fc
  .record({ participant, clientOrderId, source: door })
  .map((fields): Command => ({ type: "LiftSuspension", ...fields }));

const unreadable = fc.option(source).map((at): Command => {
  const original = { keyBase64: null, valueBase64: null };
  return { type: "Unreadable", reason: "TOMBSTONE", detail: "null", source: at, original };
});

const sent: fc.Arbitrary<Sent & { readonly waitMs: number }> = fc.record({
  command: fc.oneof(
    { weight: 8, arbitrary: place },
    { weight: 2, arbitrary: cancels },
    { weight: 1, arbitrary: cancelAlls },
    { weight: 1, arbitrary: funds },
    { weight: 1, arbitrary: lifts },
    { weight: 4, arbitrary: answers },
    { weight: 1, arbitrary: unreadable },
    { weight: 2, arbitrary: fc.constant<Command>({ type: "Tick" }) },
  ),
  waitMs: fc.constantFrom(0, 1, 10, 60, -5),
});

export const history = fc.array(sent, { minLength: 1, maxLength: 60, size: "max" }).chain((all) =>
  // Most sources go on; the rest repeat or fall back, as after a relay's indeterminate append.
  fc.array(fc.nat({ max: 9 }), { minLength: all.length, maxLength: all.length }).map((dice) => {
    let atMs = 1_000;
    let offset = 10;
    return all.map(({ command, waitMs }, index): Sent => {
      atMs += waitMs;
      offset += 1;
      const isNew = (dice[index] ?? 0) > 0 && command.type !== "Tick" && command.source !== null;
      if (!isNew) return { command, atMs };
      const moved = moveOrigin(command.source, offset);
      return { command: { ...command, source: moved } as Command, atMs };
    });
  }),
);

function moveOrigin(from: Origin, offset: number): Origin {
  return isAtDoor(from) ? { ...from, requestId: `request ${offset}` } : { ...from, offset };
}
