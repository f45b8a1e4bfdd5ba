import type { Findings } from "../../bench/figure.ts";
import type { Line } from "../../bench/picture.ts";
import { thousands } from "../../bench/statistics.ts";
import type { Limits, Verdict } from "./judging.ts";
import type { SoakPlan, Soaked } from "./running.ts";
import { followers, type Sample } from "./sampling.ts";

/** A fact for people, and the same for programs. */
type Fact = { readonly line: string; readonly json: Readonly<Record<string, unknown>> };

/** What a soak came to, a fact each; the last one says whether it held. */
export function factsOf(soaked: Soaked, verdict: Verdict, limits: Limits): Fact[] {
  const { perSecond, canPerSecond, orders, samples, blows, checks } = soaked;
  const faults = faultsOf(soaked, verdict);
  const share = canPerSecond === null ? "" : ` (30 % of ${thousands(canPerSecond)})`;
  const kills = blows.filter(({ how }) => how === "killed").length;
  const pauses = blows.length - kills;
  const per = diskPerOrder(samples, orders);
  return [
    {
      line:
        `LOAD       ${perSecond} orders/s${share}, ${thousands(orders)} in all; ` +
        `${kills} killed, ${pauses} paused`,
      json: { type: "load", perSecond, canPerSecond, orders, kills, pauses },
    },
    ...verdict.processes.map((process) => ({
      line:
        `MEMORY     ${process.name.padEnd(9)} ${growthWords(process.growthMbPerHour)} ` +
        `(at most ${process.allowedMbPerHour.toFixed(0)}), most ${process.mostMb.toFixed(0)} MB, ` +
        `${process.lives} lives, ${process.riseMb.toFixed(0)} MB in the longest`,
      json: { type: "memory", ...process },
    })),
    ...verdict.processes.map(({ name, handlesMost, handlesMore }) => ({
      line:
        `HANDLES    ${name.padEnd(9)} ${handlesMost} at most, ` +
        `${handlesMore} more at a life's end (at most ${limits.handles})`,
      json: { type: "handles", name, handlesMost, handlesMore },
    })),
    ...verdict.lags.map(({ name, mostSeconds, backSeconds }) => ({
      line:
        `LAG        ${name.padEnd(9)} ${mostSeconds.toFixed(1)} s at most; ` +
        (backSeconds === null
          ? "not back"
          : `back ${backSeconds.toFixed(1)} s after a kill (at most ${limits.backSeconds})`),
      json: { type: "lag", name, mostSeconds, backSeconds },
    })),
    {
      line:
        `DISK       Kafka ${thousands(per.kafka)} bytes an order, ` +
        `PostgreSQL ${thousands(per.postgres)}`,
      json: { type: "disk", kafkaBytesEach: per.kafka, postgresBytesEach: per.postgres },
    },
    ...checks.map(({ name, found }) => ({
      line: `CHECK      ${name}: ${found ?? "nothing found"}`,
      json: { type: "check", name, found },
    })),
    ...faults.map((fault) => ({ line: `FOUND      ${fault}`, json: { type: "fault", fault } })),
    {
      line: `SOAK       ${faults.length === 0 ? "held" : `${faults.length} found`}`,
      json: { type: "soak", held: faults.length === 0, faults: faults.length },
    },
  ];
}

/** Everything that is wrong, a sentence each. */
export function faultsOf({ checks }: Soaked, { faults }: Verdict): string[] {
  const found = checks.flatMap((check) =>
    check.found === null ? [] : [`${check.name}: ${check.found}`],
  );
  return [...faults, ...found];
}

/** Tables and picture of a soak. */
export function soakFindings(
  plan: SoakPlan,
  soaked: Soaked,
  verdict: Verdict,
  limits: Limits,
): Findings {
  return {
    method: methodOf(plan, soaked, verdict, limits),
    tables: tablesOf(soaked, verdict),
    panels: panelsOf(soaked, verdict),
  };
}

function methodOf(
  { minutes, seed, rounds, fill }: SoakPlan,
  soaked: Soaked,
  verdict: Verdict,
  limits: Limits,
): string[] {
  const { perSecond, canPerSecond } = soaked;
  const share =
    canPerSecond === null ? "" : `, 30 % of the ${thousands(canPerSecond)} that it can,`;
  const faults = faultsOf(soaked, verdict);
  return [
    `The whole market as \`npm start\` runs it, standby and books in it, for ${minutes}`,
    `minutes at ${thousands(perSecond)} orders/s${share}`,
    `by the timetables of two \`sauda load\` (flow B on Kafka, some over HTTP), after`,
    `${thousands(fill)} orders as fast as they go.`,
    `In each of ${rounds} rounds every process, PostgreSQL and Kafka are killed with`,
    "SIGKILL once and one stands still, in the round's",
    `first tenth (seed ${seed}; upright strokes). Memory is what a process has alone;`,
    "its slope is least squares through the least of each twentieth of each life after its",
    "warm-up of",
    `${(limits.warmUpMs / 60_000).toFixed(1)} minutes.`,
    faults.length === 0 ? "Nothing was found." : `**Found:** ${faults.join("; ")}.`,
  ];
}

function tablesOf({ samples, orders, checks }: Soaked, verdict: Verdict): Findings["tables"] {
  const per = diskPerOrder(samples, orders);
  return [
    {
      head: [
        "process",
        "MB an hour",
        "at most",
        "most MB",
        "lives",
        "handles",
        "more at a life's end",
      ],
      rows: verdict.processes.map((process) => [
        process.name,
        process.growthMbPerHour === null ? "too short" : process.growthMbPerHour.toFixed(0),
        process.allowedMbPerHour.toFixed(0),
        process.mostMb.toFixed(0),
        String(process.lives),
        String(process.handlesMost),
        String(process.handlesMore),
      ]),
    },
    {
      head: ["follower", "most s behind", "s from a kill until it was back"],
      rows: verdict.lags.map(({ name, mostSeconds, backSeconds }) => [
        name,
        mostSeconds.toFixed(1),
        backSeconds === null ? "**not back**" : backSeconds.toFixed(1),
      ]),
    },
    {
      head: ["checker", "found"],
      rows: checks.map(({ name, found }) => [name, found === null ? "nothing" : "**see above**"]),
    },
    {
      head: ["disk", "bytes an order"],
      rows: [
        ["Kafka", thousands(per.kafka)],
        ["PostgreSQL", thousands(per.postgres)],
      ],
    },
  ];
}

function panelsOf({ samples, blows }: Soaked, verdict: Verdict): Findings["panels"] {
  const marks = blows.map(({ atMs }) => minutesOf(atMs));
  return [
    {
      kind: "lines",
      title: "memory, MB (two exchanges: the larger one)",
      x: "minutes",
      marks,
      lines: verdict.processes.map(({ name }) => memoryLine(name, samples)),
    },
    {
      kind: "lines",
      title: "seconds behind",
      x: "minutes",
      marks,
      lines: followers.map((name) => ({
        name,
        points: thinned(samples).map((sample) => [minutesOf(sample.atMs), sample.lagSeconds[name]]),
      })),
    },
    {
      kind: "lines",
      title: "open file descriptors",
      x: "minutes",
      marks,
      lines: verdict.processes
        .filter(({ name }) => name !== "broker")
        .map(({ name }) => ({
          name,
          points: thinned(samples).map((sample) => [
            minutesOf(sample.atMs),
            mostOf(name, sample, ({ handles }) => handles),
          ]),
        })),
    },
  ];
}

function memoryLine(name: string, samples: readonly Sample[]): Line {
  return {
    name,
    points: thinned(samples).map((sample) => {
      const bytes = mostOf(name, sample, (process) => process.bytes);
      return [minutesOf(sample.atMs), bytes === null ? null : Math.round(bytes / 1e5) / 10];
    }),
  };
}

function mostOf(
  name: string,
  { processes }: Sample,
  of: (process: Sample["processes"][number]) => number,
): number | null {
  const own = processes.filter((process) => process.name === name).map(of);
  return own.length === 0 ? null : Math.max(...own);
}

const pointsMost = 240;

function thinned(samples: readonly Sample[]): Sample[] {
  const every = Math.max(1, Math.ceil(samples.length / pointsMost));
  return samples.filter((_, index) => index % every === 0);
}

function minutesOf(ms: number): number {
  return Math.round(ms / 600) / 100;
}

function growthWords(mbPerHour: number | null): string {
  return mbPerHour === null ? "too short for a slope" : `${mbPerHour.toFixed(0)} MB an hour`;
}

function diskPerOrder(samples: readonly Sample[], orders: number) {
  const last = samples.at(-1)?.disk ?? { kafkaBytes: 0, postgresBytes: 0 };
  return { kafka: last.kafkaBytes / orders, postgres: last.postgresBytes / orders };
}
