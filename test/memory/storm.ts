import type { RequestKind } from "../../src/memory/faults.ts";
import type { Moment } from "../../src/memory/member.ts";
import type { SimulatedProcess, Simulation } from "./simulated.ts";

/**
 * Does things to processes and coordinators until the storm ends, and then sets everything right.
 */
export async function storm(simulation: Simulation, endsMs: number): Promise<void> {
  const { clock, random, processes } = simulation;
  // The exact points of an exact request, where accidents hurt most.
  for (const process of processes)
    if (random.chance(0.5)) random.pick([ambush, hold])(simulation, process);
  const pauseMs = random.pick([800, 2000, 5000]);
  const favourite = random.pick(deeds);
  while (clock.nowMs() < endsMs) {
    await clock.sleep(random.between(10, pauseMs));
    if (clock.nowMs() >= endsMs) break;
    const deed = random.chance(0.4) ? favourite : random.pick(deeds);
    deed(simulation, random.pick(processes));
  }
  simulation.cluster.setCoordinatorsAway(false);
  for (const process of processes) {
    process.member.isolate(false);
    process.member.resume();
    if (process.member.state === "crashed") simulation.start(process);
  }
}

type Deed = (simulation: Simulation, process: SimulatedProcess) => void;

/** What can be done to a process; what is listed twice is done twice as often. */
const deeds: readonly Deed[] = [
  crash,
  crash,
  (simulation, process) => pause(simulation, process),
  (simulation, process) => pause(simulation, process),
  isolate,
  end,
  leaveAlone,
  ambush,
  ambush,
  hold,
  hold,
  takeAway,
];

function leaveAlone(): void {}

/** As kill -9, with a new start after a while. */
function crash(simulation: Simulation, process: SimulatedProcess): void {
  if (process.member.state === "crashed") return;
  simulation.note(`${process.name} crashes`);
  const { member } = process;
  member.crash();
  void later(simulation, 200, 8_000, () => {
    if (process.member === member) simulation.start(process);
  });
}

/** As SIGSTOP and SIGCONT: shorter or longer than the session timeout. */
function pause(simulation: Simulation, process: SimulatedProcess, leastMs = 10): void {
  const { member } = process;
  if (member.state !== "running") return;
  simulation.note(`${process.name} is paused`);
  member.pause();
  void later(simulation, leastMs, 14_000, () => {
    if (member.state === "paused") simulation.note(`${process.name} goes on`);
    member.resume();
  });
}

/** The network is away for one process, which goes on and knows nothing of it. */
function isolate(simulation: Simulation, process: SimulatedProcess): void {
  const { member } = process;
  simulation.note(`${process.name} is isolated`);
  member.isolate(true);
  void later(simulation, 100, 14_000, () => member.isolate(false));
}

/** As SIGTERM; it is started again after it has ended. */
function end(simulation: Simulation, process: SimulatedProcess): void {
  if (process.member.state !== "running") return;
  simulation.note(`${process.name} is asked to end`);
  process.ending.abort();
}

function takeAway(simulation: Simulation): void {
  simulation.note("the coordinators are away");
  simulation.cluster.setCoordinatorsAway(true);
  void later(simulation, 100, 12_000, () => simulation.cluster.setCoordinatorsAway(false));
}

/** Pauses or crashes the process at a moment of one of its next requests. */
function ambush(simulation: Simulation, process: SimulatedProcess): void {
  const { random } = simulation;
  const { member } = process;
  const isCrash = random.chance(0.3);
  // Longer than the session timeout: when it goes on, another has taken over.
  const leastMs = random.pick([10, 6_500, 6_500]);
  const kind: RequestKind = random.pick(["append", "append", "transaction", "group", "read"]);
  const moment: Moment = random.pick(["sending", "landed", "answered"]);
  // The first ones are the claims and the fences of a process that takes over.
  let left = random.pick([0, 0, 1, 3, random.between(0, 60)]);
  const before = member.onMoment;
  member.onMoment = (reached, ofKind) => {
    before?.(reached, ofKind);
    if (reached !== moment || ofKind !== kind || left < 0) return;
    left -= 1;
    if (left >= 0 || member !== process.member) return;
    simulation.note(`${process.name}: ${kind} ${moment}`);
    if (isCrash) crash(simulation, process);
    else pause(simulation, process, leastMs);
  };
}

/**
 * Holds one of the process's next requests back until a rival has had some of its own carried out,
 * and strikes the sender meanwhile: what was written before the takeover lands after it.
 */
function hold(simulation: Simulation, process: SimulatedProcess): void {
  const { random } = simulation;
  const { member } = process;
  const kind: RequestKind = process.name.startsWith("publisher") ? "transaction" : "append";
  const rivalKind = random.pick<RequestKind>([kind, kind, "group"]);
  let left = random.pick([0, 0, 1, 2, random.between(0, 30)]);
  const before = member.onMoment;
  member.onMoment = (reached, ofKind) => {
    before?.(reached, ofKind);
    if (ofKind !== kind || left < 0) return;
    if (reached === "sending") left -= 1;
    if (reached === "sending" && left < 0) {
      member.nextHold = rivals(simulation, process, rivalKind, random.pick([1, 1, 2, 3]));
      simulation.note(`${process.name}: ${kind} held until its rival's ${rivalKind}`);
      void soon(simulation, () => random.pick([crash, pause, end, isolate])(simulation, process));
    }
  };
}

/**
 * Resolves when other processes of the same trade have had so many requests carried out, or
 * in time.
 */
async function rivals(
  simulation: Simulation,
  process: SimulatedProcess,
  kind: RequestKind,
  count: number,
): Promise<void> {
  const { landings, clock } = simulation;
  const trade = process.name.split("-")[0] ?? "";
  const enough = new AbortController();
  let left = count;
  const landing = (name: string, ofKind: RequestKind): void => {
    if (name === process.name || !name.startsWith(trade) || ofKind !== kind) return;
    left -= 1;
    if (left === 0) enough.abort();
  };
  landings.add(landing);
  await clock.sleep(11_000, enough.signal);
  landings.delete(landing);
}

/** At once, but after what is being done now. */
async function soon({ clock }: Simulation, work: () => void): Promise<void> {
  await clock.sleep(1);
  work();
}

async function later(
  { clock, random }: Simulation,
  leastMs: number,
  mostMs: number,
  work: () => void,
): Promise<void> {
  // Short ones are as telling as long ones: as many below a tenth of the most as above it.
  const most = random.chance(0.5) ? Math.max(leastMs, Math.floor(mostMs / 10)) : mostMs;
  await clock.sleep(random.between(leastMs, most));
  work();
}
