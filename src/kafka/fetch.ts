import { timeoutMs } from "./brokers.ts";
import { createAPI, fetchV13, type Reader as BytesReader } from "./client.ts";
import type { Connection } from "./connection.ts";
import { brokerErrorOf } from "./errors.ts";
import type { Leader } from "./metadata.ts";

/** What one Fetch of one partition gave. `batches` are the bytes as they lie in the log. */
export type Fetched = {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStart: number;
  /** Transactions that ended in an abort, where the reader asked for committed records. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  readonly batches: Buffer;
};

/**
 * Whether records of transactions count before these are decided (the protocol's isolation level).
 */
export const isolation = { uncommitted: 0, committed: 1 } as const;

/**
 * How a partition is fetched. Kafka sends a batch larger than `bytes` all the same when it is the
 * first one.
 */
export type FetchTerms = {
  readonly isolation: (typeof isolation)[keyof typeof isolation];
  readonly bytes: number;
};

/**
 * What a partition's leader has from the offset on; it waits at most `waitMs` for the first batch.
 */
export async function fetchFrom(
  connection: Connection,
  { topicId, partition }: Pick<Leader, "topicId" | "partition">,
  from: number,
  terms: FetchTerms,
  waitMs: number,
): Promise<Fetched> {
  const { bytes } = terms;
  const asked = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(from),
    lastFetchedEpoch: -1,
    partitionMaxBytes: bytes,
  };
  const topics = [{ topicId, partitions: [asked] }];
  const limits = [waitMs, 1, bytes, terms.isolation, 0, -1] as const;
  const fetched = await connection.call(fetchOne, waitMs + timeoutMs, ...limits, topics, [], "");
  if (fetched.errorCode !== 0) throw brokerErrorOf(fetched.errorCode, "");
  return fetched;
}

/**
 * Fetch of a single partition, by topic id. The request is the client's; the answer is read here,
 * because the client's reading makes a dozen objects for each record and drops the bytes, so that
 * nobody could compare the checksum any more.
 */
const fetchOne = createAPI<fetchV13.FetchRequest, Fetched>(
  1,
  13,
  fetchV13.createRequest,
  readAnswer,
);

const nothing: Fetched = {
  errorCode: 0,
  highWatermark: -1,
  logStart: -1,
  aborted: [],
  batches: Buffer.alloc(0),
};

function readAnswer(_id: number, _key: number, _version: number, bytes: BytesReader): Fetched {
  bytes.readInt32(); // throttle time
  const errorCode = bytes.readInt16();
  bytes.readInt32(); // session
  const topics = bytes.readUnsignedVarInt() - 1;
  if (errorCode !== 0 || topics < 1) return { ...nothing, errorCode };
  bytes.readUUID();
  if (bytes.readUnsignedVarInt() - 1 < 1) return nothing;
  bytes.readInt32(); // partition
  return {
    errorCode: bytes.readInt16(),
    highWatermark: Number(bytes.readInt64()),
    logStart: readLogStart(bytes),
    aborted: readAborted(bytes),
    batches: readBatchBytes(bytes),
  };
}

function readAborted(bytes: BytesReader): Fetched["aborted"] {
  const aborted = bytes.readNullableArray((each) => ({
    producerId: each.readInt64(),
    firstOffset: Number(each.readInt64()),
  }));
  bytes.readInt32(); // preferred replica
  return aborted ?? [];
}

function readBatchBytes(bytes: BytesReader): Buffer {
  const size = Math.max(0, bytes.readUnsignedVarInt() - 1);
  return bytes.buffer.slice(bytes.position, bytes.position + size);
}

function readLogStart(bytes: BytesReader): number {
  bytes.readInt64(); // last stable offset
  return Number(bytes.readInt64());
}
