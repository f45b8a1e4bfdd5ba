import type { RequestKind } from "../../src/memory/faults.ts";
import type { Member } from "../../src/memory/member.ts";
import type { MemoryCluster } from "../../src/memory/memory-cluster.ts";
import type { Random } from "../../src/memory/random.ts";
import type { VirtualClock } from "../../src/memory/virtual-clock.ts";

/** A process as the storm handles it: it has a name for life and a member for each start. */
export type SimulatedProcess = {
  readonly name: string;
  member: Member;
  ending: AbortController;
  isRunning: boolean;
};

/** A running simulation, for the storm. */
export type Simulation = {
  readonly cluster: MemoryCluster;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly processes: readonly SimulatedProcess[];
  readonly start: (process: SimulatedProcess) => void;
  /** Called whenever a request of a process lands. */
  readonly landings: Set<(process: string, kind: RequestKind) => void>;
  /** Writes down what was done to whom, for whoever reads of the failure. */
  readonly note: (what: string) => void;
};
