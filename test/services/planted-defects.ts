import type { Cast } from "./market-in-simulation.ts";
import type { Patch } from "./service-variant.ts";

/**
 * A defect put into a copy of the services. `rule` and `what` name it as the rule book's
 * table does.
 */
type PlantedDefect = {
  readonly rule: string;
  readonly what: string;
  /** What the checker must say of it; other problems do not count. */
  readonly says: RegExp;
  /** Who is there: the more of the service with the defect, the more often the storm hits it. */
  readonly cast: Cast;
  readonly patches: readonly Patch[];
};

const exchange = "services/exchange.ts";
const writer = "services/exchange-writer.ts";
const batch = "services/writing/batch.ts";
const fold = "services/log-fold.ts";
const intake = "services/intake.ts";
const carrying = "services/carrying.ts";
const publisher = "services/publisher.ts";

const writers: Cast = { exchanges: 3, intakes: 1, publishers: 1 };
const relays: Cast = { exchanges: 1, intakes: 2, publishers: 1 };
const publishers: Cast = { exchanges: 1, intakes: 1, publishers: 3 };

/**
 * A cancel-all of two orders has two parts, an order that meets two, and a record of the log one.
 */
export const smallParts: readonly Patch[] = [
  { file: "domain/facts/limits.ts", from: "fillsMax = 1_000", to: "fillsMax = 1" },
  { file: "domain/decide/order/cancelling-all.ts", from: "cancelsMax = 250", to: "cancelsMax = 1" },
  {
    file: "protocol/carriage.ts",
    from: "stepsRecordBytesMax: number = 128 * kib",
    to: "stepsRecordBytesMax: number = kib",
  },
];

/** Defects that the simulation must catch: one condition of the rules gone each. */
export const plantedDefects: readonly PlantedDefect[] = [
  {
    rule: "R3",
    cast: writers,
    what: "steps of an older epoch count",
    says: /Stop: .* was written after chain/,
    patches: [
      { file: fold, from: "if (batch.epoch < fold.epoch) {", to: "if (batch.epoch < 0) {" },
    ],
  },
  {
    rule: "R6",
    cast: writers,
    what: "a claim is in force whoever's nonce it has",
    says: /wrote in epoch \d+, which is/,
    patches: [{ file: exchange, from: "if (view.fold.nonce !== nonce)", to: "if (nonce === '')" }],
  },
  {
    rule: "R7",
    cast: writers,
    what: "an append is done wherever it stands",
    says: /told as done/,
    patches: [{ file: writer, from: "if (result.offset === expected)", to: "if (expected >= 0)" }],
  },
  {
    rule: "R7",
    cast: writers,
    what: "an append elsewhere is done whatever its chain and the nonce in force",
    says: /told as done/,
    patches: [
      { file: writer, from: "if (fold.nonce !== nonce)", to: "if (nonce === '')" },
      { file: writer, from: "if (fold.chain !== batch.chain)", to: "if (batch.chain === '')" },
    ],
  },
  {
    rule: "R8",
    cast: writers,
    what: "an unanswered append is taken for done",
    says: /told as done/,
    patches: [
      {
        file: writer,
        from: 'if (result.type === "unanswered")\n      throw',
        to: `if (result.type === "unanswered") {
      settle(parts, batch);
      (parts.terms as any).tell({ shard: parts.shard, seq: view.fold.seq, chain: view.fold.chain });
      return;
    }
    if (expected < 0) throw`,
      },
    ],
  },
  {
    rule: "R8",
    cast: writers,
    what: "the state is kept after a doubt",
    says: /dropped as a repeat|decided \d+ times|never decided|Stop: /,
    patches: [{ file: exchange, from: "view = null;\n    view = await", to: "view ??= await" }],
  },
  {
    rule: "R10",
    cast: writers,
    what: "a new writer decides the last command again",
    says: /Stop: .* comes after/,
    patches: [
      {
        file: fold,
        from: "nextCommand: cause.offset + 1, nextPart: 0",
        to: "nextCommand: cause.offset, nextPart: 0",
      },
    ],
  },
  {
    rule: "R11",
    cast: writers,
    what: "the writer's clock is believed when it goes back",
    says: /is at \d+, before/,
    patches: [
      {
        file: batch,
        from: "Math.max(market.clockMs, parts.time.nowMs())",
        to: "parts.time.nowMs()",
      },
    ],
  },
  {
    rule: "R11",
    cast: writers,
    what: "the writer's clock is believed however far ahead it is",
    says: /ms ahead of the broker/,
    patches: [{ file: batch, from: "parts.time.nowMs()", to: "parts.clock.nowMs()" }],
  },
  {
    rule: "R12",
    cast: relays,
    what: "a relay sends the next chunk before the last is acknowledged",
    says: /dropped as a repeat/,
    patches: [
      {
        file: intake,
        from: "await carryChunk(source, entries, appenders, clock, signal);",
        to: `const own = await Promise.all(
        appenders.map((_, shard) => log.appender(commandsTopic, shard)),
      );
      const flight = carryChunk(source, entries, own, clock, signal);
      flight.catch(() => {});
      (appenders as any).flights ??= [];
      (appenders as any).flights.push(flight);
      if ((appenders as any).flights.length > 1) await (appenders as any).flights.shift();`,
      },
    ],
  },
  {
    rule: "R12",
    cast: relays,
    what: "the offset is committed before the last shard's answer",
    says: /never decided/,
    patches: [
      {
        file: carrying,
        from: "await Promise.all(\n    appenders.map(",
        to: "await Promise.race(\n    appenders.map(",
      },
    ],
  },
  {
    rule: "R12",
    cast: relays,
    what: "one number for all partitions of all sources",
    says: /dropped as a repeat/,
    patches: [
      {
        file: "domain/state/market-state.ts",
        from: "const last = market.sources.get(source.topicId)?.get(source.partition);",
        to:
          "const last = Math.max(-1, ...[...market.sources.values()].map((one) => " +
          "one.get(source.partition) ?? -1));",
      },
    ],
  },
  {
    rule: "R13",
    cast: relays,
    what: "the intake reads what nobody has committed",
    says: /nobody wrote/,
    patches: [
      {
        file: intake,
        from: "const reader = await log.sourceReader(topic, partition, from);",
        to: `const plain = await log.reader(topic, partition, from);
      let at = from;
      const reader = {
        async read(waitMs: number) {
          const { records } = await plain.read(waitMs);
          at = (records.at(-1)?.offset ?? at - 1) + 1;
          const entries = records.filter(({ isControl }) => !isControl);
          const bare = entries.map((one) => ({ ...one, headers: Buffer.alloc(0) }));
          return { entries: bare, next: at };
        },
        close: () => plain.close(),
      };`,
      },
    ],
  },
  {
    rule: "R12",
    cast: relays,
    what: "the shard keeps no number of its sources",
    says: /decided \d+ times/,
    patches: [
      {
        file: "domain/state/market-state.ts",
        from: "return last !== undefined && source.offset <= last;",
        to: "return last !== undefined && source.offset < 0;",
      },
    ],
  },
  {
    rule: "R15",
    cast: publishers,
    what: "a new publisher starts from the beginning",
    says: /a second time/,
    patches: [
      { file: publisher, from: "return stored;", to: "return { ...stored, next: 0, note: '' };" },
    ],
  },
  {
    rule: "R5",
    cast: publishers,
    what: "a publisher goes on from a snapshot that was taken behind its own place",
    says: /expected on|not the one that was published/,
    patches: [
      {
        file: "services/snapshots/load-snapshot.ts",
        from: "if (found.read.ok && found.read.value.reader.offset > atMost) continue;",
        to: "",
      },
    ],
  },
  {
    rule: "R18",
    cast: writers,
    what: "a snapshot's book holds other orders than its table",
    says: /Stop: |broken invariant|expected/,
    patches: [
      {
        file: "protocol/snapshot/shape.ts",
        from: "if (to.shared(value)) shape.write(to, value);",
        to: "to.shared({}); shape.write(to, value);",
      },
    ],
  },
  {
    rule: "R15",
    cast: publishers,
    what: "the offset goes ahead of the records",
    says: /expected on/,
    patches: [
      {
        file: publisher,
        from: "await publisher.publish(makeRecords(fold, batch, context), placeAfter);",
        to:
          "const made = [...makeRecords(fold, batch, context)]; " +
          "await publisher.publish([], placeAfter); await publisher.publish(made, placeAfter);",
      },
    ],
  },
  {
    rule: "R10",
    cast: writers,
    what: "a new writer takes a command with parts to come for whole",
    says: /is in quarantine/,
    patches: [...smallParts, { file: fold, from: "if (cause.last)", to: "if (cause.part >= 0)" }],
  },
  {
    rule: "R10",
    cast: writers,
    what: "a new writer begins a command anew that has parts to come",
    says: /Stop: .* part 0 comes after/,
    patches: [...smallParts, { file: fold, from: "nextPart: cause.part + 1", to: "nextPart: 0" }],
  },
  {
    rule: "R10",
    cast: writers,
    what: "who reads the log does not know that an order goes on in parts",
    says: /is in quarantine/,
    patches: [
      ...smallParts,
      {
        file: "domain/market.ts",
        from: "for (const event of step.events) evolve(market, event);",
        to: "for (const event of step.events) evolve(market, event); market.sweep = null;",
      },
    ],
  },
  {
    rule: "R10",
    cast: writers,
    what: "the next command takes the place of a part that is still to come",
    says: /has command \d+, expected command/,
    patches: [
      ...smallParts,
      { file: batch, from: "if (decided.nextCommand <= record.offset) continue;", to: "" },
    ],
  },
  {
    rule: "R10",
    cast: writers,
    what: "an order that goes on in parts counts its shares anew in each",
    says: /cumulative quantity/,
    patches: [
      ...smallParts,
      {
        file: "domain/decide/clearing/trading.ts",
        from: "cumQuantity: quantity(order.quantity - leavesQuantity)",
        to: "cumQuantity: shares",
      },
    ],
  },
  {
    rule: "R10",
    cast: writers,
    what: "a part says that it is the last where more come",
    says: /is part 1, expected 0|is in quarantine/,
    patches: [
      ...smallParts,
      {
        file: batch,
        from: "const step = { cause, part, last, at, events };",
        to: "const step = { cause, part, last: true, at, events };",
      },
    ],
  },
];
