import { readFileSync } from "node:fs";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { runBooks } from "../../src/services/books.ts";
import { realClock } from "../../src/services/clock.ts";
import { everything } from "./everything.ts";
import { clusterOf, logEnd } from "./market-log.ts";

// A process of the books, to be killed: books-process.ts <file of records> <database>. Says each
// place it has written to, and ends at the log's end. Two records a write, so that there are
// many commits.
const [, , file = "", database = ""] = process.argv;
const values = JSON.parse(readFileSync(file, "utf8")) as string[];
const key = Buffer.from("sauda");
const cluster = clusterOf(
  values.map((value) => ({ key, value: Buffer.from(value, "base64") })),
  2,
);
const end = logEnd(cluster);
const store = openBooksStore(database);
const ended = new AbortController();
await runBooks(
  {
    log: openMemoryLog(cluster, "books"),
    store: {
      open: async (marketId, shard) => {
        const books = await store.open(marketId, shard);
        if ((books.stored?.offset ?? 0) >= end) ended.abort();
        return {
          ...books,
          write: async (next, rows) => {
            const isWritten = await books.write(next, rows);
            if (isWritten) process.stdout.write(`${next.offset}\n`);
            if (isWritten && next.offset >= end) ended.abort();
            return isWritten;
          },
        };
      },
    },
    shard: 0,
    group: everything,
    clock: realClock,
    report: () => {},
  },
  ended.signal,
);
