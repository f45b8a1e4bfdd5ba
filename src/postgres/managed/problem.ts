/** Why a PostgreSQL could not be started or stopped: one code for each way on. */
type PostgresProblemCode =
  | "NO_BINARIES"
  | "NO_USER"
  | "DISK_FULL"
  | "FORGOTTEN"
  | "DIED"
  | "NOT_READY"
  | "REFUSED"
  | "RUNNING"
  | "BUSY";

/**
 * A PostgreSQL that is not there, said to the person at the terminal: `message` is what happened,
 * `wayOn` what to do now.
 */
export class PostgresProblem extends Error {
  override readonly name = "PostgresProblem";
  readonly code: PostgresProblemCode;
  readonly wayOn: string;

  constructor(code: PostgresProblemCode, message: string, wayOn: string) {
    super(message);
    this.code = code;
    this.wayOn = wayOn;
  }
}

/** What to do where ours cannot run at all. */
export const otherWays: string =
  "DATABASE_URL=postgres://user:password@host:port/name of a PostgreSQL you have; or npm start -- --no-books";

/**
 * Our own server runs and does not let us in: its data and what we remember of them are not of
 * each other.
 */
export function refused({ message }: Error): PostgresProblem {
  const way = "npx sauda postgres reset --yes: the books are made anew from the log";
  return new PostgresProblem("REFUSED", `our PostgreSQL runs, but ${message}`, way);
}
