import { createHash, type Hash } from "node:crypto";
import { describeMarket, evolveStep, initialMarket, type Market } from "../../src/domain/market.ts";
import { rememberedLimits, type RememberedLimits } from "../../src/domain/state/remembered.ts";
import type { Command } from "../../src/domain/facts/command.ts";
import type { Step } from "../../src/domain/facts/event.ts";
import { encodeClaim, logFormat, logKey, marketRules } from "../../src/protocol/log/log-record.ts";
import { stepText } from "../../src/protocol/log/order-record.ts";
import { stepShapes } from "../../src/protocol/log/steps-bytes.ts";
import { publicBytes } from "../../src/protocol/own/public-record.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import { newBooksCharges, noteCharges } from "../../src/services/books/books-charges.ts";
import { addRows, newBooksRows } from "../../src/services/books/books-rows.ts";
import { foldRecord, newLogFold, readerStateOf } from "../../src/services/log-fold.ts";
import type { VirtualMarket } from "../../src/scenario/virtual-market.ts";
import { genesis } from "../genesis.ts";
import { encodeSteps } from "../steps-record.ts";

/**
 * What hears a market while it is played: each step, and of markets without a scenario each
 * command before.
 */
export type Heard = {
  readonly onStep: VirtualMarket["onStep"];
  readonly onCommand: (command: Command) => void;
};

/**
 * What a market decides, as text; and what it writes: its log, what it says to the public, and the
 * rows of its books.
 */
const streamNames = ["steps", "log", "public", "books"] as const;

/** SHA-256 over the bytes of records in their order, each piece after its length. */
type Stream = { readonly hash: Hash; records: number };

/** The streams of one market, made from its steps as the services make them. */
type Streams = {
  readonly note: (step: Step, seq: number) => void;
  /**
   * `<SHA-256>  <market>/<stream> <records>`, one line a stream. Throws where the log read back is
   * another market.
   */
  readonly digests: (name: string, market: Market) => string[];
};

const marketId = "00".repeat(16);
const simulated = { ...genesis, marketId, clock: "simulated" } as const;

/** Streams before the first step: the log holds its claim. */
export function openStreams(limits: RememberedLimits = rememberedLimits): Streams {
  const streams = { steps: newStream(), log: newStream(), public: newStream(), books: newStream() };
  const read = initialMarket({ limits });
  const fold = newLogFold();
  const ways = newTradeWays();
  const charges = newBooksCharges({ until: null });

  function append(value: Buffer): ReturnType<typeof foldRecord> {
    add(streams.log, [logKey, value]);
    const place = { offset: fold.offset, timestampMs: 0, isControl: false };
    return foldRecord(fold, { ...place, key: logKey, value });
  }

  function note(step: Step, seq: number): void {
    add(streams.steps, [Buffer.from(stepText(step))]);
    const before = readerStateOf(fold);
    const verdict = append(encodeSteps(1, seq, fold.chain, [step]));
    if (verdict.type !== "steps") throw new Error(`step ${seq} is no step: ${verdict.type}`);
    for (const taken of verdict.steps) {
      evolveStep(read, taken, seq);
      for (const record of publicRecords(takeStep(ways, taken), seq, { marketId, shard: 0 }))
        add(streams.public, [
          Buffer.from(`${record.topic} ${record.partition}`),
          publicBytes(record.key),
          publicBytes(record.value),
          ...record.headers.map((header) => Buffer.from(header.join("\n"))),
        ]);
      const rows = newBooksRows();
      const numbered = { step: taken, seq, logOffset: before.offset };
      addRows(rows, numbered, noteCharges(charges, taken, before).journals);
      for (const row of Object.values(rows).flat())
        add(streams.books, [Buffer.from(JSON.stringify(row))]);
    }
  }

  append(
    encodeClaim({
      type: "Claim",
      format: logFormat,
      shapes: stepShapes,
      rules: marketRules,
      epoch: 1,
      nonce: "n",
      owner: "replay",
      genesis: simulated,
    }),
  );
  return {
    note,
    digests(name, market) {
      if (describeMarket(read) !== describeMarket(market))
        throw new Error(`${name}: the log read back is another market`);
      return streamNames.map((stream) => {
        const { hash, records } = streams[stream];
        return `${hash.digest("hex")}  ${name}/${stream} ${records}`;
      });
    },
  };
}

function newStream(): Stream {
  return { hash: createHash("sha256"), records: 0 };
}

function add(stream: Stream, pieces: readonly (Buffer | null)[]): void {
  stream.records += 1;
  for (const piece of pieces) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(piece === null ? -1 : piece.length);
    stream.hash.update(length);
    if (piece !== null) stream.hash.update(piece);
  }
}
