import { Member, type Moment } from "../../src/memory/member.ts";
import { openMemoryCluster, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { Random } from "../../src/memory/random.ts";
import { seededFaults, type FaultRates } from "../../src/memory/seeded-faults.ts";
import { VirtualClock } from "../../src/memory/virtual-clock.ts";
import type { Clock } from "../../src/services/clock.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { withoutRealTime } from "./real-time.ts";
import { storm } from "./storm.ts";
import type { SimulatedProcess, Simulation } from "./simulated.ts";

/**
 * What a process gets: its log, its clock (which may be wrong), its end, and chance for its ids.
 */
type ProcessWorld = {
  readonly name: string;
  readonly log: MarketLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: Random;
};

/**
 * The whole life of a process. It is started again when it throws, unless the scenario says it
 * is fatal.
 */
export type ProcessMain = (world: ProcessWorld) => Promise<void>;

/** What is simulated, for how long, and how it is judged. */
export type Scenario = {
  readonly shards: number;
  readonly processes: Readonly<Record<string, ProcessMain>>;
  /**
   * Writes the inputs. Not a process of ours: nothing happens to it. Ends before the storm does.
   */
  readonly strangers: (cluster: MemoryCluster, clock: Clock, random: Random) => Promise<void>;
  readonly stormMs: number;
  /**
   * Once all is at rest: later moments to which everything sleeps, each with a storm of its own.
   */
  readonly later?: readonly Later[];
  /**
   * What is wrong with what lies in the topics. At rest (`isComplete`) nothing may be
   * undone either.
   */
  readonly check: (cluster: MemoryCluster, isComplete: boolean) => readonly string[];
  readonly isFatal: (error: unknown) => boolean;
};

/** A later moment, and what strangers write then. */
export type Later = Pick<Scenario, "strangers" | "stormMs"> & { readonly atMs: number };

/** One run of a seed. `trace` is equal for equal seeds; `happened` says what the storm did. */
type SimulationResult = {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly trace: string;
  readonly happened: readonly string[];
  readonly virtualMs: number;
  readonly timers: number;
};

/** 2026-01-05, a trading Monday, 09:15 in Mumbai. */
const startMs = Date.UTC(2026, 0, 5, 3, 45);
/** A request that was on its way when the storm ended has landed or is lost by then. */
const settleMs = 15_000;
/** Whatever the storm left behind, the market must be at rest this long after it. */
const healMs = 180_000;
/** When it is first asked whether the market is at rest; then after twice that, and so on. */
const lookMs = 1_000;

/**
 * Runs a scenario under a seed, from the first record to rest, and checks what then lies in
 * the topics.
 */
export function simulate(seed: number, scenario: Scenario): Promise<SimulationResult> {
  const chance = new Random(seed);
  const problems: string[] = [];
  const onUnhandled = (reason: unknown): void => {
    const where = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    problems.push(`a rejection that nobody waits for ends a process: ${where}`);
  };
  return withoutRealTime(chance.fork(), onUnhandled, () => run(seed, chance, scenario, problems));
}

async function run(
  seed: number,
  chance: Random,
  scenario: Scenario,
  problems: string[],
): Promise<SimulationResult> {
  const clock = new VirtualClock(chance.fork(), startMs);
  let stormEndsMs = startMs + scenario.stormMs;
  const isStormy = (): boolean => clock.nowMs() < stormEndsMs;
  const faults = seededFaults(chance.fork(), rates(chance), isStormy);
  const cluster = openMemoryCluster(scenario.shards, { clock, faults });
  const happened: string[] = [];
  const trace: string[] = [];
  const processes = Object.keys(scenario.processes).map(newProcess);
  const landings: Simulation["landings"] = new Set();
  const start = (process: SimulatedProcess): void => startProcess(process, world);
  const note = (what: string): void => {
    happened.push(`${clock.nowMs() - startMs} ${what}`);
  };
  const simulation: Simulation = {
    cluster,
    clock,
    random: chance.fork(),
    processes,
    landings,
    start,
    note,
  };
  const world: Surroundings = { ...simulation, scenario, chance, isStormy, problems, trace };

  for (const process of processes) start(process);
  for (const { atMs, stormMs, strangers } of [
    { ...scenario, atMs: startMs },
    ...(scenario.later ?? []),
  ]) {
    clock.leap(atMs);
    stormEndsMs = clock.nowMs() + stormMs;
    let isWritten = false;
    void strangers(cluster, clock, chance.fork()).then(() => (isWritten = true));
    void storm(simulation, stormEndsMs);
    await rest(world, stormEndsMs, (isComplete) =>
      isWritten || !isComplete
        ? scenario.check(cluster, isComplete)
        : ["the strangers still write"],
    );
    if (problems.length > 0) break;
  }
  for (const process of processes) process.member.crash();
  const virtualMs = clock.nowMs() - startMs;
  return { seed, problems, trace: trace.join("\n"), happened, virtualMs, timers: clock.fired };
}

/** Runs until nothing is undone. What is wrong, and not only undone, ends it at once. */
async function rest(
  { clock, problems }: Surroundings,
  stormEndsMs: number,
  check: (isComplete: boolean) => readonly string[],
): Promise<void> {
  const isWrong = (): boolean => problems.length > 0;
  await clock.run(isWrong, stormEndsMs + settleMs);
  let undone: readonly string[] = ["nobody looked"];
  for (let waitMs = lookMs; undone.length > 0 && !isWrong(); waitMs *= 2) {
    if (clock.nowMs() >= stormEndsMs + healMs)
      problems.push(...undone.map((one) => `still: ${one}`));
    await clock.run(isWrong, clock.nowMs() + waitMs);
    undone = check(true);
    if (undone.length > 0) problems.push(...check(false));
  }
}

/** Some seeds are gentle, some brutal, and each has its favourite misfortune. */
function rates(chance: Random): FaultRates {
  const level = chance.pick([0.01, 0.03, 0.1]);
  const rate = (): number => level * chance.pick([0, 1, 1, 2, 4]) * 0.5;
  return {
    slow: rate() * 2,
    refused: rate(),
    lost: rate(),
    answerLost: rate(),
    landsLate: rate(),
    reset: rate(),
  };
}

function newProcess(name: string): SimulatedProcess {
  return { name, member: new Member(name), ending: new AbortController(), isRunning: false };
}

type Surroundings = Simulation & {
  readonly scenario: Scenario;
  readonly chance: Random;
  readonly isStormy: () => boolean;
  readonly problems: string[];
  readonly trace: string[];
};

/** Starts a process as a new member, and again a second after it died (as `sauda up` does). */
function startProcess(process: SimulatedProcess, world: Surroundings): void {
  const { scenario, cluster, clock, chance, problems, trace, note } = world;
  const main = scenario.processes[process.name];
  if (main === undefined) throw new Error(`${process.name} is not of the scenario`);
  const member = new Member(process.name);
  const ending = new AbortController();
  process.member = member;
  process.ending = ending;
  process.isRunning = true;
  const ms = (): number => clock.nowMs() - startMs;
  member.onMoment = (moment: Moment, kind) => {
    trace.push(`${ms()} ${process.name} ${moment} ${kind}`);
    if (moment === "landed") for (const landing of world.landings) landing(process.name, kind);
  };
  const log = openMemoryLog(cluster, member);
  const own = memberClock(clock, member, chance, world.isStormy);
  void (async () => {
    try {
      await main({
        name: process.name,
        log,
        clock: own,
        signal: ending.signal,
        random: chance.fork(),
      });
      note(`${process.name} ended`);
    } catch (error) {
      note(`${process.name} died: ${String(error)}`);
      if (scenario.isFatal(error)) problems.push(`${process.name} at ${ms()}: ${String(error)}`);
    }
    // As the end of a real process: whatever else of it still runs ends too.
    ending.abort();
    await log.close();
    if (member.state === "crashed" || process.member !== member) return;
    process.isRunning = false;
    await clock.sleep(1000);
    if (process.member === member) startProcess(process, world);
  })();
}

/**
 * The clock of a process: its sleep ends only while it runs, and its hands may be wrong and step.
 */
function memberClock(
  clock: VirtualClock,
  member: Member,
  chance: Random,
  isStormy: () => boolean,
): Clock {
  let skewMs = chance.pick([0, 0, 0, -2_000, 4_000, 60_000]);
  return {
    nowMs() {
      if (isStormy() && chance.chance(0.002)) skewMs = chance.between(-3_000, 3_000);
      return clock.nowMs() + skewMs;
    },
    elapsedMs: () => clock.elapsedMs(),
    async sleep(ms, signal) {
      await clock.sleep(ms, signal);
      if (member.state !== "running") await member.running();
    },
  };
}

/** The seeds to run: `SEED=7` for one, `SIM_SEEDS=10000` for many, from 1 on. */
export function seeds(count: number): number[] {
  const { SEED, SIM_SEEDS } = process.env;
  if (SEED !== undefined) return [Number(SEED)];
  return Array.from({ length: Number(SIM_SEEDS ?? count) }, (_, index) => index + 1);
}

/** Runs the seeds until one fails. The error begins with the seed to run again. */
export async function simulateAll(
  list: readonly number[],
  scenario: (seed: number) => Scenario,
): Promise<void> {
  for (const seed of list) {
    const result = await simulate(seed, scenario(seed));
    if (result.problems.length > 0) throw new Error(describe(result));
  }
}

function describe({ seed, problems, happened }: SimulationResult): string {
  const shown = problems.slice(0, 10).join("\n  ");
  return (
    `SEED=${seed} runs this again: ${problems.length} problems\n  ${shown}\nBefore:\n  ` +
    `${happened.join("\n  ")}`
  );
}
