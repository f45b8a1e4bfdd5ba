import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { realClock } from "../../services/clock.ts";
import { whyOf } from "../../services/why.ts";
import { unusableFile } from "../machine-faults.ts";
import { Failure, exitCode } from "../output.ts";
import type { SentOrder } from "./sent-order.ts";

/** What a record says first: which load it is of, and of which market. */
export type LoadHeader = {
  readonly type: "load";
  readonly v: 1;
  readonly run_id: string;
  /** Null where it was not known. */
  readonly market_id: string | null;
  /** `gateway`, or the topics that were written. */
  readonly to: string;
  readonly [plan: string]: unknown;
};

/** An answer of the record. Times in ms since 1970, of one clock that nobody set meanwhile. */
export type RecordedOrder = Pick<SentOrder, "kind" | "message" | "outcome" | "why" | "place"> & {
  readonly n: number;
  readonly due_ms: number;
  readonly sent_ms: number;
  readonly answered_ms: number;
};

/** A load's own account, on its own disk, of what was answered. */
export type LoadRecord = {
  note(sent: SentOrder): void;
  /** Aborted once the file cannot be written any more: what is sent from then on has no account. */
  readonly failed: AbortSignal;
  /** Throws `Failure` where not all that was noted is on the disk. */
  close(): Promise<void>;
};

/** What was noted is on the disk after so long at the latest. */
const flushMs = 100;

/**
 * Makes the record's file. Lines are appended and forced to the disk in batches. Throws `Failure`
 * where there is something of that name already: it may be the account of another load.
 */
export async function openLoadRecord(path: string, header: LoadHeader): Promise<LoadRecord> {
  const file = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw unusableFile(`--record ${path}`, error);
    const way = "name another file, or compare it with the market: --check";
    throw new Failure(`--record ${path}: there is such a file already: ${way}`, exitCode.usage);
  });
  const failed = new AbortController();
  const ended = new AbortController();
  let lines: string[] = [line(header)];
  let noted = 1;
  let kept = 0;

  async function flush(): Promise<void> {
    const batch = lines;
    lines = [];
    if (batch.length === 0) return;
    await file.appendFile(batch.join(""));
    await file.datasync();
    kept += batch.length;
  }
  const flushing = (async () => {
    while (!ended.signal.aborted) {
      await flush();
      await realClock.sleep(flushMs, ended.signal);
    }
    await flush();
  })().catch((error: unknown) => failed.abort(error));
  return {
    failed: failed.signal,
    note(sent) {
      noted += 1;
      lines.push(line(recorded(sent)));
    },
    async close() {
      ended.abort();
      await flushing;
      await file.close();
      const { reason } = failed.signal as { readonly reason: unknown };
      if (failed.signal.aborted)
        throw new Failure(
          `--record ${path}: ${whyOf(reason)}: ${noted - kept} of ${noted} lines may be missing; the load was ended`,
        );
    },
  };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function recorded(sent: SentOrder): RecordedOrder {
  const { index: n, kind, message, dueMs, sentMs, answeredMs, outcome, why, place } = sent;
  const times = { due_ms: epoch(dueMs), sent_ms: epoch(sentMs), answered_ms: epoch(answeredMs) };
  return { n, kind, message, ...times, outcome, why, place };
}

function epoch(ms: number): number {
  return Math.round((performance.timeOrigin + ms) * 1000) / 1000;
}

/**
 * Reads a record. A last line that is cut off was never said to be kept: it is passed over. Throws
 * `Failure` for what is no record of a load.
 */
export async function readLoadRecord(
  path: string,
  onOrder: (order: RecordedOrder) => void,
): Promise<LoadHeader> {
  let header: LoadHeader | null = null;
  let number = 0;
  let broken = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    const value = parsed(text);
    if (broken > 0) throw noRecord(path, `line ${broken} cannot be read`);
    if (value === null) broken = number;
    else if (header !== null) onOrder(value as unknown as RecordedOrder);
    else if (value["type"] === "load" && value["v"] === 1) header = value as LoadHeader;
    else break;
  }
  if (header === null) throw noRecord(path, "it does not begin as one");
  return header;
}

function noRecord(path: string, why: string): Failure {
  const way = "sauda load --record writes one";
  return new Failure(`--check ${path}: it is no record of a load: ${why}: ${way}`, exitCode.usage);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: createReadStream(path) });
  } catch (error) {
    throw unusableFile(`--check ${path}`, error);
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
