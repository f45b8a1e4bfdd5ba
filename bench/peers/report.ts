import { busyWords, judge, table, type Busy, type Wanted } from "../figure.ts";
import { percentile, thousands } from "../statistics.ts";
import type { KafkaOwn } from "./kafka-tools.ts";
import { names } from "./peer.ts";
import type { PeerRun, Plan } from "./run.ts";

/** All that was measured of Sauda and its peers in one go, as it is kept beside the documents. */
export type PeersData = {
  readonly day: string;
  readonly machine: string;
  readonly command: string;
  /** Not there in data of before. */
  readonly busy?: Busy;
  readonly plan: Plan;
  readonly peers: readonly { readonly name: string; readonly what: string }[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** In the order they were measured; all of one round before the next. */
  readonly runs: readonly (PeerRun & { readonly round: number })[];
  readonly kafkaOwn: readonly KafkaOwn[];
};

/** A peer over all rounds: each figure's median. */
export type PeerSummary = {
  readonly name: string;
  readonly ordersPerSecond: number;
  readonly cpuUs: number;
  /** By process, dearest first. */
  readonly cpuParts: readonly (readonly [name: string, us: number])[];
  readonly latencies: readonly {
    readonly rate: number;
    readonly p50: number;
    readonly p99: number;
    readonly eventP50: number | null;
  }[];
};

/** A ratio of Sauda's to a peer's, what is wanted of it, and what came. */
type Ratio = {
  readonly what: string;
  readonly found: number;
  /** Null: stated beside the others, with no aim. */
  readonly aim: Wanted | null;
};

/** Each peer's medians, in the order of `peers`; one without a run is not there. */
export function summarize({ peers, runs }: PeersData): readonly PeerSummary[] {
  return peers.flatMap(({ name }) => {
    const own = runs.filter(({ peer }) => peer === name);
    const [first] = own;
    if (first === undefined) return [];
    const cpuParts = Object.keys(first.cpuUs)
      .map((part) => [part, median(own.map(({ cpuUs }) => cpuUs[part] ?? 0))] as const)
      .toSorted(([, one], [, other]) => other - one);
    const latencies = first.latencies.map(({ rate }, index) => {
      const at = own.flatMap((run) => run.latencies[index] ?? []);
      const eventP50s = at.flatMap(({ event }) => event?.p50 ?? []);
      return {
        rate,
        p50: median(at.map(({ p50 }) => p50)),
        p99: median(at.map(({ p99 }) => p99)),
        eventP50: eventP50s.length === 0 ? null : median(eventP50s),
      };
    });
    return {
      name,
      ordersPerSecond: median(own.map((run) => run.ordersPerSecond)),
      cpuUs: median(own.map(totalUs)),
      cpuParts,
      latencies,
    };
  });
}

/** Sauda beside its peers; a ratio to one that was left out is not there. */
export function compare(data: PeersData): readonly Ratio[] {
  const speed = (run: PeerRun): number => run.ordersPerSecond;
  const legs =
    (at: number) =>
    (run: PeerRun): number =>
      run.latencies[at]?.p50 ?? NaN;
  const event = (run: PeerRun): number => run.latencies.at(-1)?.event?.p50 ?? NaN;
  const [slow = 0, fast = 0] = data.plan.rates;
  const { alike, whole, copy, streams, quickStreams, python } = names;
  const ratios: Ratio[] = [];
  const add = (what: string, found: number | null, aim: Ratio["aim"]): void => {
    if (found !== null) ratios.push({ what, found, aim });
  };
  const between = (one: string, other: string, of: (run: PeerRun) => number, ofOther = of) =>
    ratioByRound(data, [one, of], [other, ofOther]);
  add(`orders/s, like for like, to ${streams}`, between(alike, streams, speed), { atLeast: 1 });
  add(`orders/s, whole market, to ${streams}`, between(whole, streams, speed), { atLeast: 0.45 });
  const lag = `order to both legs at ${slow}/s, p50, like for like, to ${streams}`;
  add(lag, between(alike, streams, legs(0)), { atMost: 0.2 });
  add(`orders/s, like for like, to ${python}`, between(alike, python, speed), { atLeast: 60 });
  add(
    `order to its event at ${fast}/s, p50, like for like, to two hops of the ${copy}`,
    between(alike, copy, event, legs(1)),
    { atMost: 2 },
  );
  const quickSpeed = between(alike, quickStreams, speed);
  add(`orders/s, like for like, to ${quickStreams}`, quickSpeed, null);
  const quickLag = `order to both legs at ${slow}/s, p50, like for like, to ${quickStreams}`;
  add(quickLag, between(alike, quickStreams, legs(0)), null);
  return ratios;
}

type FigureOf = readonly [peer: string, of: (run: PeerRun) => number];

/** The median over the rounds of one peer's figure by another's of the same round. */
function ratioByRound({ runs }: PeersData, [one, of]: FigureOf, beside: FigureOf): number | null {
  const [other, ofOther] = beside;
  const ratios = runs.flatMap((run) => {
    if (run.peer !== one) return [];
    const its = runs.find(({ peer, round }) => peer === other && round === run.round);
    return its === undefined ? [] : [of(run) / ofOther(its)];
  });
  return ratios.length === 0 ? null : median(ratios);
}

function totalUs({ cpuUs }: PeerRun): number {
  return Object.values(cpuUs).reduce((sum, us) => sum + us, 0);
}

function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The tables as Markdown, for people and for docs/benchmarks.md alike. */
export function tablesOf(data: PeersData): string {
  const { plan } = data;
  const [first] = summarize(data).filter(({ name }) => name === names.streams);
  const rows = summarize(data).map((peer) => {
    const beside = first === undefined ? NaN : peer.ordersPerSecond / first.ordersPerSecond;
    const parts = peer.cpuParts.map(([name, us]) => `${name} ${us.toFixed(0)}`).join(", ");
    const lags = plan.rates.flatMap((rate) => {
      const found = peer.latencies.find((latency) => latency.rate === rate);
      if (found === undefined) return ["-", "-"];
      return rate > peer.ordersPerSecond ? ["falls behind", "-"] : [ms(found.p50), ms(found.p99)];
    });
    const times = Number.isNaN(beside) ? "-" : beside.toFixed(2);
    return [
      peer.name,
      thousands(peer.ordersPerSecond),
      times,
      peer.cpuUs.toFixed(0),
      parts,
      ...lags,
    ];
  });
  const lagHeads = plan.rates.flatMap((rate) => [`p50 at ${rate}/s, ms`, `p99 at ${rate}/s, ms`]);
  const head = ["", "orders/s", `times ${names.streams}`, "CPU us an order", "of it", ...lagHeads];
  const events = summarize(data).flatMap(({ name, latencies }) =>
    latencies.flatMap(({ rate, eventP50 }) =>
      eventP50 === null ? [] : `${name}: order to its event at ${rate}/s, p50 ${ms(eventP50)} ms`,
    ),
  );
  return [
    table(head, rows),
    list([
      ...events,
      ...kafkaOwnLines(data),
      ...data.leftOut.map(({ name, why }) => `left out: ${name}: ${why}`),
    ]),
    table(["Sauda to its peers", "found", "aim", ""], compare(data).map(ratioRow)),
    list(data.peers.map(({ name, what }) => `${name}: ${what}`)),
  ].join("\n\n");
}

function ratioRow({ what, found, aim }: Ratio): string[] {
  return [what, found.toFixed(2), ...(aim === null ? ["none", ""] : judge(found, aim))];
}

/** What docs/benchmarks.md says of the peers, made of the data alone. */
export function figureOf(data: PeersData): string {
  const rounds = Math.max(...data.runs.map(({ round }) => round));
  const { orders, warmUp, seconds, warmUpSeconds } = data.plan;
  const busy = data.busy === undefined ? "" : `; ${busyWords(data.busy)}`;
  return [
    `\`${data.command}\`, ${data.day}, ${data.machine}${busy}; medians of rounds: ${rounds}, ` +
      `${thousands(orders)} orders after ${thousands(warmUp)}, ` +
      `rates for ${seconds} s after ${warmUpSeconds} s.`,
    "![Sauda beside its peers](benchmarks/peers.svg)",
    tablesOf(data),
  ].join("\n\n");
}

function kafkaOwnLines({ kafkaOwn }: PeersData): string[] {
  if (kafkaOwn.length === 0) return [];
  const of = (read: (own: KafkaOwn) => number): number => median(kafkaOwn.map(read));
  const perSecond = thousands(of(({ recordsPerSecond }) => recordsPerSecond));
  const mean = ms(of(({ oneHopMs }) => oneHopMs.mean));
  const p99 = of(({ oneHopMs }) => oneHopMs.p99);
  return [
    `Kafka's ProducerPerformance, acks=all: ${perSecond} records/s`,
    "Kafka's EndToEndLatency, acks=all, one hop, one record at a time: " +
      `mean ${mean} ms, p99 ${p99} ms`,
  ];
}

function ms(value: number): string {
  return value.toFixed(1);
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
