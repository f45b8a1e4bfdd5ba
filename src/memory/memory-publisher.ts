import type { Publisher } from "../services/log.ts";
import { Away } from "../services/log-errors.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import type { Member } from "./member.ts";
import { ask, send } from "./request.ts";

/** What a publisher stores its position as: a partition's offset in a group. */
type GroupPartition = { readonly coordinator: GroupCoordinator; readonly partition: string };

/**
 * Becomes the publisher with this transactional id: asks until it is answered, each time for a new
 * epoch. An attempt given up may still land later and fence this publisher too, as with Kafka.
 */
export async function openPublisher(
  cluster: MemoryCluster,
  member: Member,
  transactionalId: string,
  stored: GroupPartition,
): Promise<Publisher<string>> {
  const { world, transactions } = cluster;
  let epoch: number | null = null;
  while (epoch === null) {
    const answer = await send(world, member, "transaction", () =>
      transactions.initProducer(transactionalId),
    );
    if (answer.type === "answered") epoch = answer.value;
    else await world.clock.sleep(500);
  }
  const mine = epoch;
  let state: "idle" | "busy or broken" | "closed" = "idle";

  /**
   * One of the transaction's requests: sent again while it is refused, fatal when it is unanswered.
   */
  async function request(work: () => void): Promise<void> {
    let answer = await send(world, member, "transaction", work);
    while (answer.type === "refused") {
      await world.clock.sleep(100);
      answer = await send(world, member, "transaction", work);
    }
    if (answer.type === "threw") throw answer.error;
    if (answer.type === "unanswered") throw new Away(`${transactionalId}: no answer`);
  }
  return {
    committed: () => ask(world, member, "group", () => stored.coordinator.place(stored.partition)),
    async publish(taken, placeAfter) {
      if (state !== "idle") throw new Error(`${transactionalId}: publish on a ${state} publisher`);
      // Stays so for good when anything below throws.
      state = "busy or broken";
      const records = [...taken];
      const { next: offset, note } = placeAfter();
      if (records.length > 0)
        await request(() => transactions.produce(transactionalId, mine, records));
      await request(() =>
        transactions.addOffset(transactionalId, mine, { ...stored, offset, note }),
      );
      await request(() => transactions.commit(transactionalId, mine));
      state = "idle";
    },
    async close() {
      state = "closed";
    },
  };
}
