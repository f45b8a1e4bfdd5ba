import type { Latencies } from "../src/cli/load/latencies.ts";
import type { MarketCost } from "./cost.ts";
import type { DeterminismRound } from "./determinism.ts";
import type { Findings } from "./figure.ts";
import type { Lifetime, ProcessSoFar } from "./lifetime.ts";
import type { Bar, Line } from "./picture.ts";
import type { RestartMeasured } from "./restart.ts";
import { percentile, thousands } from "./statistics.ts";

/** What CPU an order may cost each process, in microseconds (issue 12); PostgreSQL beside books. */
export const costAims: Readonly<Record<string, number>> = {
  all: 150,
  gateway: 20,
  publisher: 25,
  books: 20,
  postgres: 35,
  exchange: 18,
  intake: 7,
  broker: 35,
};

/** How soon each is to work again, in ms (issue 12), by its row's name. */
export const restartAims: Readonly<Record<string, number>> = {
  "exchange claims, from a snapshot": 5_000,
  "gateway serves, from a snapshot": 5_000,
  "kill -9 to the next step, a standby, p99": 3_000,
  "kill -9 to the next step, started again, p99": 10_000,
};

/** What an order cost each process, what it left in each topic, and what an idle market costs. */
export function costFindings(
  { ordersPerSecond, cpuUs, collections, residentBytes, topics, asking, idleMs }: MarketCost,
  { orders, warmUp, idleSeconds }: { orders: number; warmUp: number; idleSeconds: number },
): Findings {
  const all = [...cpuUs.values()].reduce((sum, us) => sum + us, 0);
  const parts = [...cpuUs].toSorted(([, one], [, other]) => other - one);
  const row = (name: string, us: number): string[] => {
    const aim = costAims[name];
    const memory = residentBytes.get(name);
    const idle = idleMs.get(name);
    return [
      name,
      us.toFixed(1),
      aim === undefined ? "" : String(aim),
      memory === undefined ? "" : megabytes(memory),
      idle === undefined ? "" : idle.toFixed(1),
    ];
  };
  const lasting = [...topics].filter(([, { records }]) => records > 0);
  return {
    method: [
      "The whole market as processes of their own, with books and gateway and without a",
      `standby; ${thousands(orders)} buy orders`,
      `of flow B after ${thousands(warmUp)} that do not count, sent as fast as the broker`,
      "takes them, each of which takes one share",
      "of one offer. CPU is the operating system's account of each process, from the first",
      "send until nothing works any more.",
      "From the first send to the last leg that a read_committed reader sees:",
      `${thousands(ordersPerSecond)} orders/s.`,
      `Then nobody sends anything for ${idleSeconds} s. What a service allocates and how long it`,
      "stood still for its collector is noted by itself, each second, by the clock: on a busy",
      "machine it stands longer.",
    ],
    tables: [
      {
        head: ["process", "CPU us an order", "aim", "memory, MB", "idle, ms of CPU a second"],
        rows: [...parts.map(([name, us]) => row(name, us)), row("all", all)],
      },
      collectionTable(collections),
      {
        head: ["topic", "records an order", "bytes an order"],
        rows: lasting.map(([topic, { records, bytes }]) => [
          topic,
          records.toFixed(2),
          bytes.toFixed(0),
        ]),
      },
      {
        head: ["a command that asks this market", "s of CPU"],
        rows: asking.map(({ line, cpuSeconds }) => [`\`${line}\``, cpuSeconds.toFixed(3)]),
      },
    ],
    panels: [
      {
        kind: "bars",
        title: `microseconds of CPU an order, ${all.toFixed(0)} in all (aim ${costAims["all"]})`,
        bars: parts.map(([name, us]) => {
          const aim = costAims[name];
          const beside = aim === undefined ? "" : ` (aim ${aim})`;
          return { name, value: us, text: `${us.toFixed(1)}${beside}` };
        }),
      },
      {
        kind: "bars",
        title: "bytes an order in Kafka's files, by topic",
        bars: lasting.map(([name, { bytes }]) => ({ name, value: bytes, text: bytes.toFixed(0) })),
      },
    ],
  };
}

function collectionTable(collections: MarketCost["collections"]): Findings["tables"][number] {
  return {
    head: ["service", "bytes of objects an order", "stood still for the collector, us an order"],
    rows: [...collections].map(([name, { allocatedBytes, stoodStillUs }]) => [
      name,
      allocatedBytes.toFixed(0),
      stoodStillUs.toFixed(1),
    ]),
  };
}

/** How long something took, by what it is, and what is wanted of it. */
type Span = { readonly what: string; readonly of: Latencies; readonly aim: string };

/** How long each span took, the generator's own lateness first. */
export function latencyFindings(
  spans: readonly Span[],
  load: { rate: number; seconds: number; warmUpSeconds: number },
): Findings {
  const shares = [50, 90, 99, 100] as const;
  const bars = (share: number): Bar[] =>
    spans.map(({ what, of }) => ({
      name: what,
      value: of.at(share),
      text: of.at(share).toFixed(1),
    }));
  return {
    method: [
      "Intake, exchange and publisher as processes of their own on one Kafka; buy orders of",
      "flow B by the timetable of `sauda load`,",
      `${thousands(load.rate)} a second for ${load.seconds} s after ${load.warmUpSeconds} s`,
      "that do not count, whether or not earlier",
      "ones have settled (open loop): each is counted from when it was due. Two hops: a",
      "record copied by Kafka's plain use from one",
      "topic to another, at the same rate, before.",
    ],
    tables: [
      {
        head: ["ms", "p50", "p90", "p99", "max", "count", "aim"],
        rows: spans.map(({ what, of, aim }) => [
          what,
          ...shares.map((share) => of.at(share).toFixed(1)),
          thousands(of.count),
          aim,
        ]),
      },
    ],
    panels: [
      { kind: "bars", title: "p50, ms", bars: bars(50) },
      { kind: "bars", title: "p99, ms", bars: bars(99) },
    ],
  };
}

/** What a market costs as it grows old. */
export function lifetimeFindings(
  { tenths, rereads, events, eventsPerCpuSecond }: Lifetime,
  resting: number,
): Findings {
  const names = ["exchange", "gateway"] as const;
  const lines = (what: string, of: (process: ProcessSoFar) => number): readonly Line[] =>
    names.map((name) => ({
      name: `${name}, ${what}`,
      points: tenths.map((tenth) => [tenth.orders, of(tenth[name])] as const),
    }));
  const rows = names.flatMap((name) =>
    tenths.map(({ orders, [name]: { cpuUsEach, heapBytes, bufferBytes, residentBytes } }) => [
      name,
      thousands(orders),
      cpuUsEach.toFixed(1),
      megabytes(heapBytes),
      megabytes(bufferBytes),
      megabytes(residentBytes),
    ]),
  );
  return {
    method: [
      "Orders of flow B, pairs that trade at once,",
      `beside ${thousands(resting)} that rest: one process decides them as the exchange does,`,
      "from commands' bytes to the log's, and another one folds these as the gateway does; each",
      "with the flags of the process that it stands for, and without Kafka and HTTP.",
      "After each tenth: CPU of the process an order of that tenth, and what it holds after the",
      "garbage went (aim: 400 MB of process, and 10 % of the CPU at the start at most more).",
      "At the end each reads from a snapshot's bytes what it knows (aim: 5 s).",
    ],
    tables: [
      {
        head: ["process", "orders", "CPU us an order", "objects, MB", "buffers, MB", "process, MB"],
        rows,
      },
      {
        head: ["at the end", "bytes of its snapshot", "read in ms"],
        rows: names.map((name) => [
          name,
          thousands(rereads[name].bytes),
          thousands(rereads[name].readMs),
        ]),
      },
      {
        head: ["events folded by the gateway's process", "in a second of CPU"],
        rows: [[thousands(events), thousands(eventsPerCpuSecond)]],
      },
    ],
    panels: [
      {
        kind: "lines",
        title: "MB after so many orders",
        x: "orders",
        marks: [],
        lines: [
          ...lines("process", ({ residentBytes }) => residentBytes / 1e6),
          ...lines("objects", ({ heapBytes }) => heapBytes / 1e6),
        ],
      },
      {
        kind: "lines",
        title: "microseconds of CPU an order, of each tenth",
        x: "orders",
        marks: [],
        lines: lines("CPU an order", ({ cpuUsEach }) => cpuUsEach),
      },
    ],
  };
}

/** How soon an exchange, a gateway and a command work again. */
export function restartFindings(
  { orders, state, restarts }: RestartMeasured,
  rounds: number,
): Findings {
  const { from0, fromSnapshot, snapshotBytes, standbyMs, restartMs } = restarts;
  const found = [
    ["exchange claims, from offset 0", from0.exchangeMs],
    ["exchange claims, from a snapshot", fromSnapshot.exchangeMs],
    ["gateway serves, from offset 0", from0.gatewayMs],
    ["gateway serves, from a snapshot", fromSnapshot.gatewayMs],
    ["accounts --kafka, from offset 0", from0.accountsMs],
    ["accounts --kafka, from a snapshot", fromSnapshot.accountsMs],
    ["kill -9 to the next step, a standby, p50", percentile(standbyMs, 50)],
    ["kill -9 to the next step, a standby, p99", percentile(standbyMs, 99)],
    ["kill -9 to the next step, started again, p50", percentile(restartMs, 50)],
    ["kill -9 to the next step, started again, p99", percentile(restartMs, 99)],
    ["state written by a standby", state.encodeMs],
    ["state restored", state.decodeMs],
  ] as const;
  const aimOf = (what: string): string => {
    if (what === "state restored") return "5,000 of 1,000,000";
    const aim = restartAims[what];
    return aim === undefined ? "" : thousands(aim);
  };
  return {
    method: [
      `A log of ${thousands(orders)} orders on one Kafka, all decided; each is started`,
      "on it from offset 0 and from a snapshot of",
      `${thousands(snapshotBytes)} bytes, killed and started again at once ${rounds} times, and`,
      "killed as often beside a standby. Beside it, in",
      `memory, the state of ${thousands(orders)} resting orders, ${thousands(state.bytes)}`,
      "bytes, written and restored.",
    ],
    tables: [
      {
        head: ["", "ms", "aim"],
        rows: found.map(([what, ms]) => [what, thousands(ms), aimOf(what)]),
      },
    ],
    panels: [
      {
        kind: "bars",
        title: "ms (shorter is better)",
        bars: found.map(([name, value]) => ({ name, value, text: thousands(value) })),
      },
    ],
  };
}

/** What the rounds of one market came to. */
type MarketRounds = {
  readonly name: string;
  readonly rounds: readonly DeterminismRound[];
  /** How many different ones; one where all is well. */
  readonly digests: number;
  /** How many kinds of events were decided. */
  readonly events: number;
  readonly commands: number;
};

/** Rounds by their market, each in the order of its first. */
export function byMarket(all: readonly DeterminismRound[]): MarketRounds[] {
  return [...Map.groupBy(all, ({ market }) => market)].map(([name, rounds]) => ({
    name,
    rounds,
    digests: new Set(rounds.map(({ digest }) => digest)).size,
    events: new Set(rounds.flatMap(({ events }) => [...events])).size,
    commands: rounds[0]?.commands ?? 0,
  }));
}

/** Whether the same commands come to the same, however they are cut and whoever decides them. */
export function determinismFindings(all: readonly DeterminismRound[]): Findings {
  const markets = byMarket(all);
  const commands = markets.reduce((sum, market) => sum + market.commands, 0);
  const digestsWords = (digests: number): string =>
    digests === 1 ? "one digest" : `**${digests} digests**`;
  return {
    method: [
      `${thousands(commands)} recorded commands of all kinds, decided by the exchange itself on a`,
      "log in memory. In the first market, which settles at once: orders, cancels, changes,",
      "orders that wait for a yes and answers, cancel-alls, money that comes and goes,",
      "unreadable ones, and a halt after a command that killed its writers. In the second, with",
      "T+1 beside T+0, trade for trade and at once, a crowd does all that such a market can be",
      "asked, at its own times, and ticks bring what is due. Each round reads batches of another",
      "size and, but for the first, has writers that end after other counts of steps: a follower",
      "takes a snapshot there, and the next writer goes on from it. The digest is SHA-256 of every",
      "step's bytes and then of the whole market; who starts from the newest snapshot must know",
      "the same market.",
      ...markets.map(
        ({ name, rounds, digests, events, commands: own }) =>
          `${name}: ${digestsWords(digests)} of ${rounds.length} rounds of ${thousands(own)} ` +
          `commands, with ${events} kinds of events.`,
      ),
    ],
    tables: [
      {
        head: [
          "market",
          "digest",
          "commands a read",
          "a snapshot after steps",
          "steps",
          "records",
          "writers",
          "from a snapshot",
          "s",
        ],
        rows: markets.flatMap(({ rounds }) =>
          rounds.map((round) => [
            round.market,
            `\`${round.digest.slice(0, 16)}\``,
            thousands(round.sliceMax),
            round.endsAfter === Infinity ? "none" : thousands(round.endsAfter),
            thousands(round.steps),
            thousands(round.records),
            String(round.claims),
            String(round.restored),
            (round.ms / 1000).toFixed(1),
          ]),
        ),
      },
    ],
    panels: markets.map(({ name, rounds, commands: own }) => ({
      kind: "bars",
      title: `${name}: commands decided and folded a second, by commands a read`,
      bars: rounds.map(({ sliceMax, ms }) => {
        const value = (own * 1000) / ms;
        return { name: `${thousands(sliceMax)} a read`, value, text: thousands(value) };
      }),
    })),
  };
}

function megabytes(bytes: number): string {
  return thousands(bytes / 1e6);
}
