// Ours, because the client's decoder panics in WebAssembly on a wrong checksum, which Kafka's
// brokers let through: each panic keeps what was unpacked so far, until no frame at all is unpacked
// any more.

const layout = {
  magic: 0x184d2204,
  headBytes: 7,
  blockChecksum: 0b1_0000,
  contentSize: 0b1000,
  dictionary: 0b1,
  isPlain: 0x8000_0000,
} as const;

const matchBytesMin = 4;

/**
 * Unpacks the first frame of LZ4, as Java does; what comes behind it is not looked at. Checksums
 * are not compared: the batch has one of its own. Null: it holds more than `bytesMax` bytes, of
 * which no more than that were made. Throws for what is no such frame.
 */
export function unpackLz4(bytes: Buffer, bytesMax: number): Buffer | null {
  if (bytes.length < layout.headBytes || bytes.readUInt32LE(0) !== layout.magic)
    throw new Error("not a frame of LZ4");
  const flags = bytes[4] ?? 0;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  let at = layout.headBytes + (has(layout.contentSize) ? 8 : 0) + (has(layout.dictionary) ? 4 : 0);
  const out = new Unpacked(bytesMax);
  while (at + 4 <= bytes.length) {
    const head = bytes.readUInt32LE(at);
    at += 4;
    if (head === 0) return out.all();
    const end = at + (head % layout.isPlain);
    if (end > bytes.length) break;
    const block = bytes.subarray(at, end);
    const isRoom =
      head >= layout.isPlain ? out.copy(block, 0, block.length) : unpackBlock(block, out);
    if (!isRoom) return null;
    at = end + (has(layout.blockChecksum) ? 4 : 0);
  }
  throw new Error("a frame of LZ4 without its end");
}

/** A block is literals and matches in turn. False: there is no room for them. */
function unpackBlock(block: Buffer, out: Unpacked): boolean {
  let at = 0;
  const longer = (length: number): number => {
    let total = length;
    for (let byte = 255; length === 15 && byte === 255;) {
      byte = block[at++] ?? 0;
      total += byte;
    }
    return total;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = longer(token >>> 4);
    if (at + literals > block.length) throw new Error("a block of LZ4 that is cut off");
    if (!out.copy(block, at, at + literals)) return false;
    at += literals;
    if (at >= block.length) break; // the last literals have no match behind them
    if (at + 2 > block.length) throw new Error("a block of LZ4 that is cut off");
    const distance = block.readUInt16LE(at);
    at += 2;
    if (!out.repeat(distance, longer(token & 15) + matchBytesMin)) return false;
  }
  return true;
}

/**
 * What was unpacked so far: a class because each literal and match adds to it. False: there is
 * no room.
 */
class Unpacked {
  readonly #bytes: Buffer;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.allocUnsafe(bytesMax);
  }

  all(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(from: Buffer, start: number, end: number): boolean {
    if (this.#length + end - start > this.#bytes.length) return false;
    from.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
    return true;
  }

  /**
   * The bytes `distance` back, so many of them; they may reach into what they add, and then
   * repeat themselves.
   */
  repeat(distance: number, count: number): boolean {
    if (distance === 0 || distance > this.#length)
      throw new Error("a match of LZ4 before its start");
    const start = this.#length - distance;
    const end = this.#length + count;
    if (end > this.#bytes.length) return false;
    for (let done = this.#length; done < end;) {
      const length = Math.min(done - start, end - done);
      this.#bytes.copyWithin(done, start, start + length);
      done += length;
    }
    this.#length = end;
    return true;
  }
}
