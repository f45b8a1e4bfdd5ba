import { followers, type Follower, type ProcessSample, type Sample } from "./sampling.ts";

/** What a soak may show before it is red. */
export type Limits = {
  /** MB an hour that a process may grow while it lives. */
  readonly growthMbPerHour: number;
  /** MB that it may rise within a life, whatever the slope: garbage that nobody has collected. */
  readonly riseMb: number;
  /** File descriptors that a process may have more at its end. */
  readonly handles: number;
  /** Seconds behind that is no lag, and seconds in which everybody must be back after a kill. */
  readonly lagSeconds: number;
  readonly backSeconds: number;
  /** What of a process's life does not count: code is compiled, rings fill. */
  readonly warmUpMs: number;
  /** A shorter time than this is too short for a slope. */
  readonly slopeMs: number;
};

/** What a process may hold more after so long, by what it keeps until it is full. */
export type Allowance = Readonly<Record<string, number>>;

/** How a process was over all its lives. `growth` is null where no life was long enough. */
type ProcessVerdict = {
  readonly name: string;
  readonly lives: number;
  readonly mostMb: number;
  /** Least squares over all lives, each with a level of its own. */
  readonly growthMbPerHour: number | null;
  readonly allowedMbPerHour: number;
  /** What that comes to in the longest of its lives. */
  readonly riseMb: number;
  readonly handlesMost: number;
  /** The most that a life ended with beyond what it had after its warm-up. */
  readonly handlesMore: number;
};

/** How far behind a follower was. `backSeconds`: the longest from a kill until it was back. */
type LagVerdict = {
  readonly name: Follower;
  readonly mostSeconds: number;
  readonly backSeconds: number | null;
};

/** Everything that was measured, and what of it is too much: a sentence each. */
export type Verdict = {
  readonly processes: readonly ProcessVerdict[];
  readonly lags: readonly LagVerdict[];
  readonly faults: readonly string[];
};

/** When somebody was killed or stood still, `atMs` since the soak began. */
export type Blow = {
  readonly atMs: number;
  readonly victim: string;
  readonly how: "killed" | "paused";
};

/**
 * Java takes its heap bit by bit until it has all that it may, and a broker's files are its
 * segments: its memory and its handles are told, and say nothing of a leak.
 */
const notJudged = ["broker"];

/** Judges what was sampled. `allowance`: MB an hour more, by process. */
export function judge(
  samples: readonly Sample[],
  blows: readonly Blow[],
  limits: Limits,
  allowance: Allowance = {},
): Verdict {
  const names = [...new Set(samples.flatMap(({ processes }) => processes.map(({ name }) => name)))];
  const processes = names.map((name) => judgeProcess(samples, name, limits, allowance[name] ?? 0));
  const lags = followers.map((name) => judgeLag(samples, blows, name, limits));
  const faults = [
    ...processes.flatMap((process) => faultsOf(process, limits)),
    ...lags.flatMap((lag) => lateOf(lag, limits)),
  ];
  return { processes, lags, faults };
}

function faultsOf(
  { name, growthMbPerHour, allowedMbPerHour, riseMb, handlesMore }: ProcessVerdict,
  { handles, riseMb: riseMost }: Limits,
): string[] {
  const faults: string[] = [];
  if (notJudged.includes(name)) return faults;
  const grows = growthMbPerHour !== null && growthMbPerHour > allowedMbPerHour;
  if (grows && riseMb > riseMost) {
    const [found, most] = [growthMbPerHour.toFixed(0), allowedMbPerHour.toFixed(0)];
    faults.push(`${name} grows by ${found} MB an hour (at most ${most})`);
  }
  if (handlesMore > handles) {
    const more = `${handlesMore} file descriptors more at the end of a life`;
    faults.push(`${name} has ${more} (at most ${handles})`);
  }
  return faults;
}

function lateOf({ name, backSeconds }: LagVerdict, limits: Limits): string[] {
  if (backSeconds === null) return [`${name} does not come back to ${limits.lagSeconds} s behind`];
  return backSeconds > limits.backSeconds
    ? [`${name} came back after ${backSeconds.toFixed(0)} s (at most ${limits.backSeconds})`]
    : [];
}

/** A process at a moment of its life. `isWhole`: nobody was away then, or behind. */
type Aged = ProcessSample & { readonly atMs: number; readonly isWhole: boolean };

function judgeProcess(
  samples: readonly Sample[],
  name: string,
  { growthMbPerHour: limit, warmUpMs, slopeMs, lagSeconds: lagLimit }: Limits,
  allowed: number,
): ProcessVerdict {
  const lives = new Map<number, Aged[]>();
  for (const { atMs, processes, lagSeconds } of samples) {
    const isWhole = followers.every((each) => (lagSeconds[each] ?? Infinity) <= lagLimit);
    for (const process of processes)
      if (process.name === name)
        lives.set(process.pid, [...(lives.get(process.pid) ?? []), { ...process, atMs, isWhole }]);
  }
  const all = [...lives.values()];
  const warm = all.map((life) =>
    life.filter(({ atMs }) => atMs - (life[0]?.atMs ?? 0) >= warmUpMs),
  );
  const long = warm.filter((life) => lengthOf(life) >= slopeMs);
  const growth = long.length === 0 ? null : growthOf(long);
  const longestMs = Math.max(0, ...long.map(lengthOf));
  return {
    name,
    lives: all.length,
    mostMb: Math.max(...all.flat().map(({ bytes }) => bytes)) / 1e6,
    growthMbPerHour: growth,
    allowedMbPerHour: limit + allowed,
    riseMb: ((growth ?? 0) * longestMs) / 3_600_000,
    handlesMost: Math.max(...all.flat().map(({ handles }) => handles)),
    handlesMore: Math.max(0, ...warm.map(moreHandles)),
  };
}

function lengthOf(life: readonly Aged[]): number {
  return (life.at(-1)?.atMs ?? 0) - (life[0]?.atMs ?? 0);
}

/** So many parts of a life, of each of which the least counts: garbage comes and goes. */
const partsOfLife = 20;

/**
 * MB an hour: the slope of one line through what was least in each part of each life, each life
 * moved to its own mean.
 */
function growthOf(lives: readonly (readonly Aged[])[]): number {
  let [products, squares] = [0, 0];
  for (const life of lives) {
    const points = leastOf(life);
    const meanMs = mean(points.map(({ atMs }) => atMs));
    const meanBytes = mean(points.map(({ bytes }) => bytes));
    for (const { atMs, bytes } of points) {
      products += (atMs - meanMs) * (bytes - meanBytes);
      squares += (atMs - meanMs) ** 2;
    }
  }
  return squares === 0 ? 0 : ((products / squares) * 3_600_000) / 1e6;
}

function leastOf(life: readonly Aged[]): Aged[] {
  const [beganMs, lengthMs] = [life[0]?.atMs ?? 0, Math.max(1, lengthOf(life))];
  const least = new Map<number, Aged>();
  for (const sample of life) {
    const part = Math.min(
      partsOfLife - 1,
      Math.floor(((sample.atMs - beganMs) / lengthMs) * partsOfLife),
    );
    const known = least.get(part);
    if (known === undefined || sample.bytes < known.bytes) least.set(part, sample);
  }
  return [...least.values()];
}

/**
 * The least of a life's last quarter beyond the least of its first: connections come and go. Who
 * lacks those to what is away just then is no beginning to count from.
 */
function moreHandles(aged: readonly Aged[]): number {
  const life = aged.filter(({ isWhole }) => isWhole);
  if (life.length < 8) return 0;
  const quarter = Math.floor(life.length / 4);
  const least = (some: readonly Aged[]): number => Math.min(...some.map(({ handles }) => handles));
  return least(life.slice(-quarter)) - least(life.slice(0, quarter));
}

/** After each blow: the time until the first sample with everybody's word that this one is back. */
function judgeLag(
  samples: readonly Sample[],
  blows: readonly Blow[],
  name: Follower,
  { lagSeconds }: Limits,
): LagVerdict {
  const known = samples.flatMap(({ lagSeconds: lags }) => lags[name] ?? []);
  let backSeconds: number | null = 0;
  for (const [index, { atMs }] of blows.entries()) {
    const nextMs = blows[index + 1]?.atMs ?? Infinity;
    const back = samples.find(
      (sample) => sample.atMs >= atMs && (sample.lagSeconds[name] ?? Infinity) <= lagSeconds,
    );
    if (back === undefined) backSeconds = null;
    // one that is hit again before it is back is counted from the later blow
    else if (back.atMs < nextMs && backSeconds !== null)
      backSeconds = Math.max(backSeconds, (back.atMs - atMs) / 1000);
  }
  const last = samples.at(-1)?.lagSeconds[name] ?? null;
  if (last === null || last > lagSeconds) backSeconds = null;
  return { name, mostSeconds: Math.max(0, ...known), backSeconds };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
