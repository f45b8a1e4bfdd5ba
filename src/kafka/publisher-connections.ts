import assert from "node:assert/strict";
import { askAgain } from "./ask-again.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, connectToCoordinator, leaderOf } from "./cluster.ts";
import { isBrokerError, BrokerError } from "./errors.ts";
import type { Address, Api, Connection } from "./connection.ts";
import type { PartitionBatch, ProduceApi } from "./produce.ts";

/**
 * A publisher's own connections: to the two coordinators, and to the leaders it writes to. A
 * request whose answer is an error that passes is sent again for a while; one without an answer
 * never (R15).
 */
export type PublisherConnections = {
  ask<Args extends unknown[], Answer>(
    role: "transaction" | "group",
    api: Api<Args, Answer>,
    ...args: Args
  ): Promise<Answer>;
  /** One request to each broker that leads some of the partitions, one after the other. */
  produce(api: ProduceApi, batches: readonly PartitionBatch[]): Promise<void>;
  /** Cuts all connections; what is under way ends as unanswered. */
  destroy(): void;
};

/** Less than the transaction's own 10 s, so that Kafka does not abort it under our hands. */
const repeatForMs = 8000;
/** The marks of the last transaction take a few ms, and until then the next one is put off. */
const pausesMs = [2, 2, 4, 4, 8, 8, 16] as const;
const longestPauseMs = 20;
const replicationTimeoutMs = 2500;

/** Opens nothing yet. */
export function openPublisherConnections(
  cluster: Cluster,
  transactionalId: string,
  group: string,
): PublisherConnections {
  const connections = new Map<string, Connection>();
  const leaders = new Map<string, Address>();
  let isDestroyed = false;

  /** The connection for one purpose. A broker with several roles gets one for each. */
  async function connect(purpose: string, open: () => Promise<Connection>): Promise<Connection> {
    const known = connections.get(purpose);
    if (known?.isOpen() === true) return known;
    const connection = await open();
    if (isDestroyed) connection.destroy();
    connections.set(purpose, connection);
    return connection;
  }

  function repeat<Answer>(work: () => Promise<Answer>, forget: () => void): Promise<Answer> {
    const workOrForget = (): Promise<Answer> =>
      work().catch((error: unknown) => {
        if (isPassing(error) && !isBrokerError(error, "CONCURRENT_TRANSACTIONS")) forget();
        throw error;
      });
    return askAgain(workOrForget, {
      limitMs: repeatForMs,
      pauseMs: (failed) => pausesMs[failed] ?? longestPauseMs,
      mayPass: (error) => !isDestroyed && isPassing(error),
    });
  }

  async function produceOnce(api: ProduceApi, batches: readonly PartitionBatch[]): Promise<void> {
    for (const { topic, partition } of batches) {
      const name = `${topic}/${partition}`;
      if (!leaders.has(name))
        leaders.set(name, (await leaderOf(cluster, topic, partition)).address);
    }
    for (const [name, { address, ofLeader }] of byLeader(batches, leaders)) {
      const connection = await connect(name, () => cluster.openConnection(address));
      await connection.call(api, timeoutMs, transactionalId, replicationTimeoutMs, ofLeader);
    }
  }

  return {
    ask(role, api, ...args) {
      const key = role === "group" ? group : transactionalId;
      return repeat(
        async () => {
          const connection = await connect(role, () => connectToCoordinator(cluster, role, key));
          return connection.call(api, timeoutMs, ...args);
        },
        () => connections.get(role)?.destroy(),
      );
    },
    // Batches bear the producer's numbers: one that stands already is not written a second time.
    produce: (api, batches) =>
      repeat(
        () => produceOnce(api, batches),
        () => leaders.clear(),
      ),
    destroy() {
      isDestroyed = true;
      for (const connection of connections.values()) connection.destroy();
    },
  };
}

/** The batches of each broker, by its name. Every partition's leader is known by now. */
function byLeader(
  batches: readonly PartitionBatch[],
  leaders: ReadonlyMap<string, Address>,
): Map<string, { readonly address: Address; readonly ofLeader: PartitionBatch[] }> {
  const found = new Map<string, { address: Address; ofLeader: PartitionBatch[] }>();
  for (const batch of batches) {
    const address = leaders.get(`${batch.topic}/${batch.partition}`);
    assert(address !== undefined, `${batch.topic}/${batch.partition}: no leader`);
    const name = `${address.host}:${address.port}`;
    const known = found.get(name);
    if (known === undefined) found.set(name, { address, ofLeader: [batch] });
    else known.ofLeader.push(batch);
  }
  return found;
}

/** An unstable offset is for the caller to judge: it may be one that will never become stable. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof BrokerError) || error.code === "UNSTABLE_OFFSET_COMMIT") return false;
  return error.isRetriable || error.code === "CONCURRENT_TRANSACTIONS";
}
