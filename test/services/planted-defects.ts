import type { Patch } from "./service-variant.ts";

/** A defect put into a copy of the services. `rule` and `what` name it as the rule book's table does. */
export type PlantedDefect = {
  readonly rule: string;
  readonly what: string;
  readonly patches: readonly Patch[];
};

const exchange = "services/exchange.ts";
const writer = "services/exchange-writer.ts";
const fold = "services/log-fold.ts";
const intake = "services/intake.ts";
const publisher = "services/publisher.ts";

/** Defects that the simulation must catch: one condition of the rules gone each. */
export const plantedDefects: readonly PlantedDefect[] = [
  {
    rule: "R3",
    what: "steps of an older epoch count",
    patches: [{ file: fold, from: "if (said.epoch < fold.epoch) {", to: "if (said.epoch < 0) {" }],
  },
  {
    rule: "R6",
    what: "a claim is in force whoever's nonce it has",
    patches: [{ file: exchange, from: "if (view.fold.nonce !== nonce)", to: "if (nonce === '')" }],
  },
  {
    rule: "R7",
    what: "an append is done wherever it stands",
    patches: [{ file: writer, from: "if (result.offset === expected)", to: "if (expected >= 0)" }],
  },
  {
    rule: "R7",
    what: "an append elsewhere is done whatever its chain and the nonce in force",
    patches: [
      { file: writer, from: "if (fold.nonce !== nonce)", to: "if (nonce === '')" },
      { file: writer, from: "if (fold.chain !== batch.chain)", to: "if (batch.chain === '')" },
    ],
  },
  {
    rule: "R8",
    what: "an unanswered append is taken for done",
    patches: [
      {
        file: writer,
        from: 'if (result.type === "unanswered") throw',
        to: 'if (result.type === "unanswered") return settle(parts, batch);\n    if (expected < 0) throw',
      },
    ],
  },
  {
    rule: "R8",
    what: "the state is kept after a doubt",
    patches: [{ file: exchange, from: "view = newShardView(); // a half", to: "// a half" }],
  },
  {
    rule: "R10",
    what: "a new writer starts at the command after the last but one",
    patches: [
      {
        file: writer,
        from: "return log.reader(commandsTopic, shard, lastCause.offset + 1);",
        to: "return log.reader(commandsTopic, shard, lastCause.offset);",
      },
      {
        file: writer,
        from: "fold.lastCause === null ? 0 : fold.lastCause.offset + 1;",
        to: "fold.lastCause === null ? 0 : fold.lastCause.offset;",
      },
    ],
  },
  {
    rule: "R11",
    what: "the writer's clock is believed when it goes back",
    patches: [
      {
        file: writer,
        from: "Math.max(view.market.clockMs, clock.nowMs())",
        to: "clock.nowMs()",
      },
    ],
  },
  {
    rule: "R12",
    what: "a relay sends the next chunk before the last is acknowledged",
    patches: [
      {
        file: intake,
        from: "await relayChunk(options, source, appenders, records, signal);",
        to: `const own = await Promise.all(appenders.map((_, shard) => log.appender(commandsTopic, shard)));
      const flight = relayChunk(options, source, own, records, signal);
      flight.catch(() => {});
      (appenders as any).flights ??= [];
      (appenders as any).flights.push(flight);
      if ((appenders as any).flights.length > 1) await (appenders as any).flights.shift();`,
      },
    ],
  },
  {
    rule: "R12",
    what: "the offset is committed before the last shard's answer",
    patches: [
      {
        file: intake,
        from: "await Promise.all(\n    appenders.map(",
        to: "await Promise.race(\n    appenders.map(",
      },
    ],
  },
  {
    rule: "R12",
    what: "one number for all partitions of all sources",
    patches: [
      {
        file: "domain/state.ts",
        from: "const last = market.sources.get(source.topicId)?.get(source.partition);",
        to: "const last = Math.max(-1, ...[...market.sources.values()].map((one) => one.get(source.partition) ?? -1));",
      },
    ],
  },
  {
    rule: "R12",
    what: "the shard keeps no number of its sources",
    patches: [
      {
        file: "domain/state.ts",
        from: "return last !== undefined && source.offset <= last;",
        to: "return last !== undefined && source.offset < 0;",
      },
    ],
  },
  {
    rule: "R15",
    what: "a new publisher starts from the beginning",
    patches: [{ file: publisher, from: "return committed ?? 0;", to: "return 0;" }],
  },
  {
    rule: "R15",
    what: "a publisher looks up its place before it is fenced in",
    patches: [
      {
        file: publisher,
        from: "const from = await findPlace(options, publisher, marketId);",
        to: `const from = early_place ?? (await findPlace(options, publisher, marketId));`,
      },
      {
        file: publisher,
        from: "publisher = await log.publisher(",
        to: `const early_place = await group.committed(eventsTopic, shard);
    publisher = await log.publisher(`,
      },
    ],
  },
  {
    rule: "R15",
    what: "the offset goes ahead of the records",
    patches: [
      {
        file: publisher,
        from: "await publisher.publish(records, fold.offset);",
        to: "await publisher.publish([], fold.offset); await publisher.publish(records, fold.offset);",
      },
    ],
  },
];
