import { untilAborted } from "../services/until-aborted.ts";
import type { Membership, MembershipEvents, MemberState } from "./group-membership.ts";

/** `confirms` waits this long for an answer; a rebalance that others hold up may take longer. */
const confirmTimeoutMs = 5000;

/** What a group's member may ask about its state, then and now. */
type MemberView = {
  readonly events: MembershipEvents;
  state(): MemberState;
  /**
   * A number that stays the same as long as the partition is ours without a break; null: not ours.
   */
  findTenure(topic: string, partition: number): number | null;
  changed(signal: AbortSignal): Promise<void>;
  /**
   * True when a heartbeat that left after this call was answered without an error; false in time.
   */
  nextBeat(membership: Membership): Promise<boolean>;
  end(): void;
};

/** Keeps the states that the membership's loop tells of, and wakes those who wait for them. */
export function watchMember(): MemberView {
  let state: MemberState = { memberId: "", generation: -1, assigned: new Map() };
  let tenures = new Map<string, number>();
  let lastTenure = 0;
  let version = 0;
  let seen = 0;
  let asked = 0;
  let isEnded = false;
  const onChange = new Set<() => void>();
  const onBeat = new Map<() => void, number>();

  function stateChanged(next: MemberState): void {
    state = next;
    const had = tenures;
    tenures = new Map();
    for (const [topic, partitions] of next.assigned) {
      for (const partition of partitions) {
        const name = `${topic}/${partition}`;
        tenures.set(name, had.get(name) ?? ++lastTenure);
      }
    }
    const isSame = had.size === tenures.size && [...tenures.keys()].every((name) => had.has(name));
    if (isSame) return;
    version++;
    for (const resolve of onChange) resolve();
  }

  return {
    events: {
      stateChanged,
      beating: () => asked,
      beaten(ticket) {
        for (const [resolve, number] of onBeat) if (number <= ticket) resolve();
      },
    },
    state: () => state,
    findTenure: (topic, partition) => tenures.get(`${topic}/${partition}`) ?? null,
    async changed(signal) {
      // After the end nothing changes any more: only the signal lets go, or callers' loops
      // would spin.
      if (seen === version && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        onChange.add(resolve);
        await untilAborted(promise, signal);
        onChange.delete(resolve);
      }
      seen = version;
    },
    async nextBeat(membership) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const beaten = () => resolve(!isEnded);
      const timer = setTimeout(() => resolve(false), confirmTimeoutMs);
      onBeat.set(beaten, ++asked);
      membership.hurry();
      if (isEnded) beaten();
      const isAnswered = await promise;
      clearTimeout(timer);
      onBeat.delete(beaten);
      return isAnswered;
    },
    end() {
      isEnded = true;
      stateChanged({ memberId: "", generation: -1, assigned: new Map() });
      for (const resolve of [...onChange, ...onBeat.keys()]) resolve();
    },
  };
}
