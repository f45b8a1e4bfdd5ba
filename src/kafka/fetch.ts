import { createAPI, fetchV13, type Reader as BytesReader } from "./client.ts";

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
 * Fetch of a single partition, by topic id. The request is the client's; the answer is read here,
 * because the client's reading makes a dozen objects for each record and drops the bytes, so that
 * nobody could compare the checksum any more.
 */
export const fetchOne = createAPI<fetchV13.FetchRequest, Fetched>(
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
