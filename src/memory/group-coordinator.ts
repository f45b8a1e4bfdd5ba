import type { World } from "./request.ts";
import type { StoredPlace } from "../services/log.ts";
import { Away } from "../services/log-errors.ts";
import { assign } from "./assignment.ts";
import type { Membership } from "./membership.ts";

/** How long a member may be silent before it is replaced (R6). */
const sessionTimeoutMs = 6000;

/** `note`: what a publisher stored with it. */
type Stored = { offset: number; topicId: string | undefined; note: string };

const nothing: ReadonlySet<string> = new Set();

/**
 * Says which member works on which partition and keeps the group's offsets. A partition is named
 * `topic/partition`. Every change makes a new generation; members hear of it by their next
 * heartbeat, each in its own time, so that for a while two may believe in the same partition.
 */
export class GroupCoordinator {
  readonly #world: World;
  readonly #members = new Map<number, Membership>();
  readonly #offsets = new Map<string, Stored>();
  #owners = new Map<string, number>();
  #generation = 0;
  #lastId = 0;
  #isAway = false;

  constructor(world: World) {
    this.#world = world;
  }

  get generation(): number {
    return this.#generation;
  }

  /** How many members it has. */
  get size(): number {
    return this.#members.size;
  }

  /** Whether nobody can reach it: members keep what they were told, and nobody is replaced. */
  get isAway(): boolean {
    return this.#isAway;
  }

  set isAway(isAway: boolean) {
    this.#isAway = isAway;
    // A coordinator that comes back gives every member a whole session before it judges.
    if (!isAway) for (const { id } of this.#members.values()) void this.#expire(id);
  }

  /** Takes the membership into the group under a new id, in place of the one it may have had. */
  admit(membership: Omit<Membership, "id">, before: number): number {
    this.#members.delete(before);
    this.#lastId += 1;
    const id = this.#lastId;
    this.#members.set(id, { ...membership, id });
    // A request to join may land when its sender is long dead.
    if (!membership.isAlive()) this.silent(id);
    this.#rebalance();
    return id;
  }

  /** Removes a member that said goodbye. */
  remove(id: number): void {
    if (this.#members.delete(id)) this.#rebalance();
  }

  /** Replaces the member unless it is heard of within the session timeout. */
  silent(id: number): void {
    void this.#expire(id);
  }

  /** Whether the member is in the current generation and the partition is its own. */
  confirms(id: number, generation: number, partition: string): boolean {
    return this.#isCurrent(id, generation) && this.#owners.get(partition) === id;
  }

  /** With `topicId`, an offset that was stored for another topic of the name is none. */
  committed(partition: string, topicId?: string): number | null {
    this.#assertHere();
    const found = this.#offsets.get(partition);
    const isAnothers = topicId !== undefined && (found?.topicId ?? topicId) !== topicId;
    return found === undefined || isAnothers ? null : found.offset;
  }

  /** Where a publisher stands, with its note. */
  place(partition: string): StoredPlace | null {
    this.#assertHere();
    const found = this.#offsets.get(partition);
    return found === undefined ? null : { next: found.offset, note: found.note };
  }

  /**
   * Stores an offset of a member. Throws for one that has been replaced or is a generation behind.
   */
  commit(
    { id, generation }: { readonly id: number; readonly generation: number },
    partition: string,
    offset: number,
    topicId?: string,
  ): void {
    this.#assertHere();
    if (!this.#isCurrent(id, generation))
      throw new Away(`offset commit refused: generation ${generation} is not ${this.#generation}`);
    this.#offsets.set(partition, { offset, topicId, note: "" });
  }

  /** Stores an offset that a committed transaction carried, or that a test wants there. */
  store(partition: string, offset: number, note: string = ""): void {
    this.#offsets.set(partition, { offset, topicId: undefined, note });
  }

  /** Loses the offsets of a topic: after seven idle days, or because the topic was deleted. */
  forget(topic: string): void {
    for (const partition of this.#offsets.keys())
      if (partition.startsWith(`${topic}/`)) this.#offsets.delete(partition);
  }

  /** The answer to a heartbeat: the state of now, whatever the member asked about. */
  tell(membership: Membership): void {
    const { id } = membership;
    const isMember = this.#members.has(id);
    const owned = [...this.#owners].filter(([, owner]) => owner === id).map(([name]) => name);
    membership.learn(id, isMember ? new Set(owned) : nothing, isMember ? this.#generation : -1);
  }

  #isCurrent(id: number, generation: number): boolean {
    return !this.#isAway && this.#members.has(id) && generation === this.#generation;
  }

  #assertHere(): void {
    if (this.#isAway) throw new Away("the group's coordinator is away");
  }

  #rebalance(): void {
    this.#generation += 1;
    this.#owners = assign([...this.#members.values()], this.#owners);
    for (const membership of this.#members.values()) void this.heartbeat(membership);
  }

  /** Brings the state of now to a member, as soon as it can hear it. */
  async heartbeat(membership: Membership): Promise<void> {
    const { clock, faults } = this.#world;
    const { member } = membership;
    const delayMs = faults.heartbeatMs();
    // Even at once is after the member has learned its own id.
    await (delayMs > 0 ? clock.sleep(delayMs) : Promise.resolve());
    while ((this.#isAway || member.isIsolated) && member.state !== "crashed")
      await clock.sleep(500);
    if (member.state !== "running") await member.running();
    this.tell(membership);
  }

  async #expire(id: number): Promise<void> {
    await this.#world.clock.sleep(sessionTimeoutMs);
    const membership = this.#members.get(id);
    if (membership === undefined || membership.isAlive() || this.#isAway) return;
    this.remove(id);
  }
}
