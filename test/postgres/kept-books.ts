import { ok, deepEqual } from "node:assert/strict";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import type { MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openBooksStore } from "../../src/postgres/books-store.ts";
import { rebuildBooks } from "../../src/postgres/rebuild.ts";
import { verifyBooks } from "../../src/postgres/verify.ts";
import { keepBooks } from "../../src/services/books/books-life.ts";
import type { BooksStore } from "../../src/services/books/books-store.ts";
import { logEnd, marketId } from "./market-log.ts";

const forEver = new AbortController().signal;

/** The books of a cluster's market in a database. */
export function booksOf(url: string, cluster: MemoryCluster) {
  const log = openMemoryLog(cluster, "test");
  const place = { url, log, marketId, shard: 0 };
  return {
    /** One life of the books, to the log's end or an offset before it. */
    keep: (store: BooksStore = openBooksStore(url), endOffset = logEnd(cluster)): Promise<void> =>
      keepBooks({ log, store, shard: 0 }, { isOurs: () => true, endOffset }, forEver),
    verify: () => verifyBooks(place, forEver),
    rebuild: (mayReplace = false) => rebuildBooks(place, mayReplace, forEver),
    /** Right by themselves, as the log says to its end, and equal to books made anew. */
    areRight: async (): Promise<void> => {
      const verified = await verifyBooks(place, forEver);
      deepEqual(verified?.problems, []);
      ok(verified?.offset === logEnd(cluster), `read to ${verified?.offset}`);
      const { differing } = await rebuildBooks(place, false, forEver);
      deepEqual(differing, []);
    },
  };
}
