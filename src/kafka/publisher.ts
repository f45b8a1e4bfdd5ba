import assert from "node:assert/strict";
import { initProducerIdV4 } from "./client.ts";
import { askAgain } from "./ask-again.ts";
import { inWords, isBrokerError } from "./errors.ts";
import type { Publisher } from "../services/log.ts";
import { Stop } from "../services/stop.ts";
import { backOff } from "../services/failures.ts";
import { isAway } from "../services/log-errors.ts";
import type { Cluster } from "./cluster.ts";
import { openGroupOffsets } from "./group-offsets.ts";
import { endLostTransaction, formatMetadata, readMetadata } from "./publisher-recovery.ts";
import type { Producer, PublisherTerms } from "./publisher-terms.ts";
import { openPublisherConnections, type PublisherConnections } from "./publisher-connections.ts";
import { TransactionLayout } from "./publisher-batches.ts";
import { findTransactionWay, type RunTransaction } from "./transaction.ts";

/** A transaction nobody ends is aborted by Kafka after this. */
const transactionTimeoutMs = 10_000;
/** Pauses between attempts to become the publisher, and how long they go on before it is said. */
const attemptPauseMs = { first: 50, most: 2000 };
const attemptsMs = 30_000;

/**
 * Becomes the shard's publisher: when this resolves, every older publisher is fenced and its
 * transaction decided. Tries for a while as long as the answers may pass; throws what keeps it.
 */
export function openPublisher(
  cluster: Cluster,
  terms: PublisherTerms,
  signal: AbortSignal,
): Promise<Publisher<string>> {
  const pauseMs = (failed: number): number => backOff(failed, attemptPauseMs);
  const policy = { limitMs: attemptsMs, pauseMs, mayPass: isAway, signal };
  return askAgain(async () => {
    const connections = openPublisherConnections(cluster, terms.transactionalId, terms.group);
    try {
      const run = await findTransactionWay(cluster);
      const producer = await initialise(connections, terms);
      const lastMs = await endLostTransaction({ cluster, terms, connections, producer });
      signal.throwIfAborted();
      return startPublisher(cluster, terms, { connections, run, producer, lastMs });
    } catch (error) {
      connections.destroy();
      throw error;
    }
  }, policy);
}

async function initialise(
  connections: PublisherConnections,
  { transactionalId }: PublisherTerms,
): Promise<Producer> {
  // -1 and -1: we know of no earlier producer id, whatever an attempt before this one was given.
  const args = [transactionalId, transactionTimeoutMs, -1n, -1] as const;
  const answer = await connections.ask("transaction", initProducerIdV4.api, ...args);
  return { id: answer.producerId, epoch: answer.producerEpoch };
}

/**
 * What is known when the publisher begins. `lastMs`: the time of the last committed transaction.
 */
type Start = {
  readonly connections: PublisherConnections;
  readonly run: RunTransaction;
  readonly producer: Producer;
  readonly lastMs: number;
};

function startPublisher(
  cluster: Cluster,
  terms: PublisherTerms,
  { connections, run, ...started }: Start,
): Publisher<string> {
  let { producer, lastMs } = started;
  const offsets = openGroupOffsets(cluster, terms.group);
  const layout = new TransactionLayout();
  const where = `publisher ${terms.transactionalId}`;
  let isBusy = false;
  let ended: unknown = null;

  function end(why: unknown): void {
    ended ??= why;
    connections.destroy();
    offsets.close();
  }

  return {
    async committed() {
      const stored = await offsets.fetchWithMetadata(terms.topic, terms.partition);
      return stored && { next: stored.offset, note: readMetadata(stored.metadata).note };
    },
    async publish(records, placeAfter) {
      assert(!isBusy, `${where}: two transactions at once`);
      if (ended !== null) throw new Error(`${where} has ended`, { cause: ended });
      isBusy = true;
      try {
        // One time for all of a transaction, later than the last one's: by it a transaction
        // is known.
        lastMs = Math.max(Date.now(), lastMs + 1);
        const batches = layout.layOut(records, producer, lastMs);
        const { next, note } = placeAfter();
        const metadata = formatMetadata(lastMs, note);
        const following = await run(connections, terms, producer, { batches, next, metadata });
        // The next transaction may have an epoch of its own, and each epoch counts from 0.
        if (following !== producer) layout.beginEpoch();
        producer = following;
      } catch (error) {
        // Whatever it was, nobody may go on in this producer: an unanswered request may yet arrive.
        end(error);
        if (isBrokerError(error, "MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"))
          throw new Stop(
            `${where}: ${inWords(error)}; set the topic's max.message.bytes, then start it again`,
          );
        throw error;
      } finally {
        isBusy = false;
      }
    },
    async close() {
      end(new Error("closed"));
    },
  };
}
