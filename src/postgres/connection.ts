import { setTimeout as sleep } from "node:timers/promises";
import postgres, { type Sql } from "postgres";

/** The schema of the books, and the second one that a rebuild fills to compare. */
export const booksSchema = "sauda";
/** See `booksSchema`. */
export const rebuildSchema = "sauda_rebuild";
/** The role that keeps the books: it may add rows, and change none but its place in the log. */
export const booksRole = "sauda_books";

/** No single question of ours takes longer, but for those over whole tables. */
const answerTimeoutMs = 30_000;
const connectTimeoutSeconds = 10;
/** A connection that nobody asks any more takes one of the server's places. */
const idleSeconds = 60;

/** What a connection is for. `role`: the books' own, or null for that of the URL. */
export type ConnectionOptions = {
  readonly url: string;
  readonly schema: string;
  readonly role: typeof booksRole | null;
};

/**
 * One connection, made at the first question. Unqualified names are the schema's. A commit of the
 * books' role does not wait for the disk: rows and place in the log are lost together, at most, and
 * read from the log again (R16). What others change (the schema, the role, rows taken out) is said
 * to be done, so they wait.
 */
export function connectTo({ url, schema, role }: ConnectionOptions): Sql {
  return postgres(url, {
    max: 1,
    fetch_types: false,
    connect_timeout: connectTimeoutSeconds,
    onnotice: () => {},
    connection: {
      application_name: "sauda",
      search_path: schema,
      ...(role === null ? {} : { role, synchronous_commit: "off" }),
    },
  });
}

/**
 * Connections that only read, a few at most, made when they are asked and let go of when they are
 * not. A question that takes longer than the timeout is ended by the server.
 */
export function connectToRead(url: string, connectionsMax: number, timeoutMs: number): Sql {
  return postgres(url, {
    max: connectionsMax,
    fetch_types: false,
    connect_timeout: timeoutMs / 1000,
    idle_timeout: idleSeconds,
    onnotice: () => {},
    connection: {
      application_name: "sauda",
      search_path: booksSchema,
      role: booksRole,
      default_transaction_read_only: true,
      statement_timeout: timeoutMs,
    },
  });
}

/** Ends the connection at once, whatever is under way. */
export async function disconnect(sql: Sql): Promise<void> {
  await sql.end({ timeout: 0 });
}

/** The database was asked and said nothing. */
class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly code = "ETIMEDOUT";
}

/** The answer, or an error when there is none in time: then nobody knows what the database did. */
export async function answerInTime<Answer>(
  asked: PromiseLike<Answer>,
  timeoutMs: number = answerTimeoutMs,
): Promise<Answer> {
  const answered = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: answered.signal }).then(
    () => {
      throw new NoAnswer(`no answer within ${timeoutMs / 1000} s`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    answered.abort();
  }
}
