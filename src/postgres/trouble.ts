import postgres from "postgres";
import { booksRole } from "./connection.ts";
import { DatabaseTrouble } from "./database-trouble.ts";

/** The five characters by which PostgreSQL names an error; null for one of the connection. */
export function sqlState(error: unknown): string | null {
  if (error instanceof DatabaseTrouble) return sqlState(error.cause);
  return error instanceof postgres.PostgresError ? error.code : null;
}

type Judgement = readonly [kind: "passing" | "missing" | "wrong", what: string, wayOn: string];

/** What to do where the schema is not whole. */
export const remake =
  "restore the schema `sauda` whole, or DROP SCHEMA sauda CASCADE: the books are made anew from the log";
const missing: Judgement = ["missing", "lacks what the books' migrations made", remake];
const address = "start it, or correct DATABASE_URL";
const owner = `as its owner: CREATE ROLE ${booksRole} NOLOGIN; GRANT ${booksRole} TO <user>; GRANT CREATE ON DATABASE <name> TO <user>`;
const again = "put right what it names, then start the books again: npx sauda books";

/**
 * What an error means, by its SQLSTATE or the first two characters of it: away and overload pass,
 * so does what a failover, a restore or a full disk brings; a refusal of who we are, of what we say
 * or of what we write does not. What is not here is not known to pass.
 */
const judgements: Readonly<Record<string, Judgement>> = {
  "08": ["passing", "broke the connection", address],
  "08P01": ["wrong", "does not understand us", "is that a PostgreSQL? correct DATABASE_URL"],
  "25006": ["passing", "takes no writes", "point DATABASE_URL at the server that takes them"],
  "25P03": ["passing", "ended an idle transaction", address],
  "25P04": ["passing", "ended a long transaction", "raise its transaction_timeout"],
  "26": ["wrong", "forgot a prepared statement", "point DATABASE_URL past the connection pooler"],
  "28": ["wrong", "does not let us in", "correct the user and the password of DATABASE_URL"],
  "3D": ["wrong", "does not have the database", "create or restore it, or correct DATABASE_URL"],
  "3F": missing,
  "40": ["passing", "took the transaction back", "nothing: it is tried again"],
  "42501": ["wrong", "gives the books too few rights", owner],
  "42703": missing,
  "42704": missing,
  "42883": missing,
  "42P01": missing,
  "42P05": [
    "wrong",
    "mixes up prepared statements",
    "point DATABASE_URL past the connection pooler",
  ],
  "53": ["passing", "is out of resources", "give it memory, or close other programs"],
  "53100": ["passing", "has no space left", "free some space on its disk"],
  "53300": ["passing", "has too many connections", "close others, or raise its max_connections"],
  "53400": ["wrong", "hit a limit that was set for us", "raise the limit it names"],
  "55": [
    "passing",
    "is busy with what we need",
    "see who holds it: SELECT * FROM pg_stat_activity",
  ],
  "55P04": ["wrong", "refused", again],
  "57": ["passing", "is starting, ending, or was told to stop our question", address],
};

/**
 * An error of a question to the database at this address, judged; any other error as it is. The
 * role of a connection is a setting, so that a role that is not there is called a wrong value.
 */
export function troubleOf(error: unknown, url: string): unknown {
  if (error instanceof DatabaseTrouble || !(error instanceof Error)) return error;
  const state = sqlState(error);
  const judged = state === null ? judgeConnection(error) : judgeState(state, error.message);
  if (judged === null) return error;
  const [kind, what, wayOn] = judged;
  const text = state === null ? error.message : `${error.message} (SQLSTATE ${state})`;
  const message = `PostgreSQL at ${nameOf(url)} ${what}: ${text}; ${wayOn}`;
  return new DatabaseTrouble(kind, message, error);
}

function judgeState(state: string, message: string): Judgement {
  if (state === "22023" && message.includes(`"${booksRole}"`)) return missing;
  return judgements[state] ?? judgements[state.slice(0, 2)] ?? ["wrong", "refused", again];
}

/**
 * Errors without a SQLSTATE, by the code of the client or the system. Null: none of
 * the connection's.
 */
function judgeConnection(error: Error): Judgement | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return null;
  if (/^SASL_|^AUTH_/.test(code)) return judgements["28"] ?? null;
  if (/^CONNECT|^E[A-Z_]+$/.test(code) && !code.startsWith("ERR_"))
    return ["passing", "is away", address];
  if (/SSL|TLS|CERT/.test(code))
    return ["wrong", "and we do not agree on encryption", "correct sslmode in DATABASE_URL"];
  return null;
}

/** Host, port and name, without user and password. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
