import type { RequestKind } from "./faults.ts";

/**
 * How a process is. Paused as by SIGSTOP: nothing of it goes on, but what it sent is on its way.
 */
type MemberState = "running" | "paused" | "crashed";

/** A point in a request's life at which its process can be stopped. */
export type Moment = "sending" | "sent" | "landed" | "answered";

/**
 * One process as the cluster knows it. Whatever the cluster answers passes through `running`, so a
 * paused process goes on only when it is continued and a crashed one never does.
 */
export class Member {
  readonly name: string;
  /** Set by a simulator that wants to stop the process at an exact point of an exact request. */
  onMoment: ((moment: Moment, kind: RequestKind) => void) | null = null;
  /** Set by a simulator: the next request lands only after this, however long that takes. */
  nextHold: Promise<void> | null = null;
  #state: MemberState = "running";
  #isolated = false;
  #waiting: (() => void)[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  /** The hold for the request that is sent now, if any. */
  takeHold(): Promise<void> | null {
    const hold = this.nextHold;
    this.nextHold = null;
    return hold;
  }

  get state(): MemberState {
    return this.#state;
  }

  /** Whether it runs but reaches nobody: what it sends is lost. */
  get isIsolated(): boolean {
    return this.#isolated;
  }

  /** Whether its heartbeats arrive. */
  get isReachable(): boolean {
    return this.#state === "running" && !this.#isolated;
  }

  pause(): void {
    if (this.#state === "running") this.#become("paused");
  }

  resume(): void {
    if (this.#state === "paused") this.#become("running");
  }

  crash(): void {
    this.#become("crashed");
  }

  isolate(isolated: boolean): void {
    this.#isolated = isolated;
    for (const watcher of this.#watchers) watcher();
  }

  /** Calls `watcher` whenever the process may have become reachable or unreachable. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Resolves when the process may go on: at once, when it is continued, or never. */
  async running(): Promise<void> {
    // Again after each waking: it may have been paused anew before its turn came.
    while (this.#state !== "running")
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #become(state: MemberState): void {
    this.#state = state;
    if (state === "running") {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    }
    for (const watcher of this.#watchers) watcher();
  }
}
