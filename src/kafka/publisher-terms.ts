/** What InitProducerId gave. */
export type Producer = { readonly id: bigint; readonly epoch: number };

/** Who publishes what: one stable transactional id for each market and shard (R15). */
export type PublisherTerms = {
  readonly transactionalId: string;
  readonly group: string;
  /** The log's topic and the shard's partition of it: what the stored offset is of. */
  readonly topic: string;
  readonly partition: number;
  /** The topics it writes to. */
  readonly outputs: readonly string[];
};
