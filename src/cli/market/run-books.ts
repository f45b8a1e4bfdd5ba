import { openKafkaLog } from "../../kafka/kafka-log.ts";
import { rebuildBooks } from "../../postgres/rebuild.ts";
import { verifyBooks, type ShardBooks } from "../../postgres/verify.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import { findDatabase } from "./books-database.ts";
import { runBooksProcess } from "./books-service.ts";
import type { Config } from "../config.ts";
import type { ContextOptions } from "../context.ts";
import { findBootstrap } from "../log-client.ts";
import { processTerminal } from "../terminal.ts";
import { Failure, exitCode, makeOutput, type Output } from "../output.ts";
import { shardCount } from "./run-service.ts";
import { runAsProcess } from "./service-process.ts";

/** Which log, and whether what differs is replaced. */
type RebuildOptions = ContextOptions & { readonly replace?: boolean };

/** Keeps the books as this process. */
export async function keepBooks(config: Config, options: ContextOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const database = await findDatabase(config);
  const bootstrap = await findBootstrap(config, options.kafka);
  await runAsProcess("books", bootstrap, output, ({ log, report, signal }) =>
    runBooksProcess({ log, database, report }, signal),
  );
}

/** Proves the books; exit code 1 where they are wrong. */
export async function proveBooks(config: Config, options: ContextOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  await withShardBooks(config, options, async (books, signal) => {
    const found = await verifyBooks(books, signal);
    if (found === null) throw new Failure(`shard ${books.shard} has no books yet: npx sauda books`);
    const { shard } = books;
    const { seq, offset, problems, count } = found;
    for (const problem of problems) output.fact(`WRONG  ${problem}`, { type: "wrong", problem });
    const verdict = count === 0 ? "right" : `${count} wrong`;
    output.fact(
      `BOOKS  shard ${shard}   ${verdict}   up to step ${seq}, offset ${offset} of the log`,
      {
        type: "verified",
        shard,
        seq,
        offset,
        wrong: count,
      },
    );
    if (count > 0) process.exitCode = exitCode.failed;
  });
}

/** Makes them anew beside the old ones. */
export async function remakeBooks(config: Config, options: RebuildOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  await withShardBooks(config, options, async (books, signal) => {
    const { stored, rebuilt, differing, replaced } = await rebuildBooks(
      books,
      options.replace === true,
      signal,
    );
    for (const { table, rows, digest } of rebuilt.tables)
      output.fact(`DIGEST ${digest}   ${table}   ${rows} rows`, {
        type: "digest",
        table,
        rows,
        digest,
      });
    if (stored === null)
      output.note("the stored books do not belong to this log, or there are none");
    sayRebuilt(output, books.shard, { differing, replaced, seq: rebuilt.state.seq });
    if (differing.length > 0 && !replaced) process.exitCode = exitCode.failed;
  });
}

function sayRebuilt(
  output: Output,
  shard: number,
  { differing, replaced, seq }: { differing: readonly string[]; replaced: boolean; seq: number },
): void {
  const same = differing.length === 0 ? "identical" : `differ in ${differing.join(", ")}`;
  const then = replaced ? ", replaced" : differing.length > 0 ? ": --replace puts it right" : "";
  output.fact(`BOOKS  shard ${shard}   rebuilt up to step ${seq}   ${same}${then}`, {
    type: "rebuilt",
    shard,
    seq,
    differing,
    replaced,
  });
}

/** Does the work for the books of each shard, until Ctrl-C. */
async function withShardBooks(
  config: Config,
  options: ContextOptions,
  work: (books: ShardBooks, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const url = await findDatabase(config);
  const bootstrap = await findBootstrap(config, options.kafka);
  const log = openKafkaLog({ bootstrap, clientId: "sauda-books" });
  await processTerminal.interruptible(async (signal) => {
    try {
      for (let shard = 0; shard < shardCount && !signal.aborted; shard += 1) {
        const marketId = await readMarketId({ log, shard }, signal);
        if (marketId !== null) await work({ url, log, marketId, shard }, signal);
      }
    } catch (error) {
      if (signal.aborted) throw new Failure("interrupted; nothing was changed");
      throw error;
    } finally {
      await log.close();
    }
  });
}
