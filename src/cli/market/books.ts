import type { Command } from "commander";
import { openKafkaLog } from "../../kafka/kafka-log.ts";
import { rebuildBooks } from "../../postgres/rebuild.ts";
import { verifyBooks } from "../../postgres/verify.ts";
import type { BooksPlace } from "../../postgres/verify.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import { Stop } from "../../services/stop.ts";
import { findDatabase } from "./books-database.ts";
import { runBooksProcess } from "./books-service.ts";
import type { Config } from "../config.ts";
import { findBootstrap } from "../door.ts";
import { onEnd } from "../ending.ts";
import { Failure, exitCode, makeOutput } from "../output.ts";
import type { Output } from "../output.ts";
import { withHelp } from "../program.ts";
import { shardCount } from "./run-service.ts";
import { runAsProcess } from "./service-process.ts";
import { summaries } from "../summaries.ts";

type BooksOptions = { readonly kafka?: string; readonly json?: boolean };
type RebuildOptions = BooksOptions & { readonly replace?: boolean };

/** `sauda books`, and what looks after them: `sauda books verify`, `sauda books rebuild`. */
export function registerBooks(program: Command, config: Config): void {
  const books = addOptions(
    withHelp(program.command("books"), {
      summary: summaries.books,
      examples: [
        "npx sauda books                   keep them, from where they are in the log",
        "npx sauda books verify            prove them against themselves and the log",
        "npx sauda books rebuild           make them anew beside the old ones, and compare",
      ],
      more:
        "Runs the service alone; start it twice and the second stands by. The database is " +
        "DATABASE_URL, else the PostgreSQL that npm start runs. Exit code 3: it stopped, and " +
        "only a person may go on.",
    }),
  ).action((options: BooksOptions) => keep(config, options));
  addOptions(
    withHelp(books.command("verify"), {
      summary: "prove the books against themselves and the log",
      examples: ["npx sauda books verify"],
      more:
        "Every journal of the log is there and sums to zero, every balance is its postings' sum. " +
        "Exit code 1 if not.",
    }),
  ).action((_: unknown, command: Command) => verify(config, command.optsWithGlobals()));
  addOptions(
    withHelp(books.command("rebuild"), {
      summary: "make the books anew from the log in a second schema, and compare digests",
      examples: ["npx sauda books rebuild", "npx sauda books rebuild --replace"],
    }).option("--replace", "put the new ones in the place of books that differ"),
  ).action((_: unknown, command: Command) => rebuild(config, command.optsWithGlobals()));
}

function addOptions(command: Command): Command {
  return command
    .option("--kafka <host:port>", "the Kafka to use (default: KAFKA_BOOTSTRAP_SERVERS, else ours)")
    .option("--json", "facts as NDJSON");
}

async function keep(config: Config, options: BooksOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const database = await findDatabase(config);
  const bootstrap = await findBootstrap(config, options.kafka);
  await runAsProcess("books", bootstrap, output, ({ log, report, signal }) =>
    runBooksProcess({ log, database, report }, signal),
  );
}

async function verify(config: Config, options: BooksOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  await atPlaces(config, options, async (place, signal) => {
    const found = await verifyBooks(place, signal);
    if (found === null) throw new Failure(`shard ${place.shard} has no books yet: npx sauda books`);
    const { shard } = place;
    const { seq, offset, problems, count } = found;
    for (const problem of problems) output.fact(`WRONG  ${problem}`, { type: "wrong", problem });
    const said = count === 0 ? "right" : `${count} wrong`;
    output.fact(
      `BOOKS  shard ${shard}   ${said}   up to step ${seq}, offset ${offset} of the log`,
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

async function rebuild(config: Config, options: RebuildOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  await atPlaces(config, options, async (place, signal) => {
    const { stored, rebuilt, differing, replaced } = await rebuildBooks(
      place,
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
    sayRebuilt(output, place.shard, { differing, replaced, seq: rebuilt.state.seq });
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
async function atPlaces(
  config: Config,
  options: BooksOptions,
  work: (place: BooksPlace, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const url = await findDatabase(config);
  const bootstrap = await findBootstrap(config, options.kafka);
  const log = openKafkaLog({ bootstrap, clientId: "sauda-books" });
  const ended = new AbortController();
  const endListening = onEnd(() => ended.abort());
  try {
    for (let shard = 0; shard < shardCount && !ended.signal.aborted; shard += 1) {
      const marketId = await readMarketId({ log, shard }, ended.signal);
      if (marketId !== null) await work({ url, log, marketId, shard }, ended.signal);
    }
  } catch (error) {
    if (ended.signal.aborted) throw new Failure("interrupted; nothing was changed");
    if (error instanceof Stop) throw new Failure(`stopped: ${error.message}`, exitCode.stopped);
    throw error;
  } finally {
    endListening();
    await log.close();
  }
}
