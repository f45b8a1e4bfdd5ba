import { emptyMarket } from "../../postgres/empty.ts";
import { keepPostgres } from "./kept-postgres.ts";
import type { ServerOptions } from "./kept-server.ts";
import { describeReport } from "./run-service.ts";
import { supervise, type Supervised } from "../supervisor.ts";
import { whyOf } from "../../services/why.ts";

/** How long the books may take to end before they are killed. */
const stopGraceMs = 5000;

/**
 * The books of a running market: their database, and the service as a process of its own,
 * kept alive.
 */
type KeptBooks = {
  /** Where the books lie; null where there is no database, which was said. */
  database(): Promise<string | null>;
  /** Starts the service on this Kafka, once the database is there. */
  begin(bootstrap: string): Promise<void>;
  /**
   * Ends the service and takes the market's rows out; rows that stay are in nobody's way, and it
   * is said.
   */
  empty(marketId: string): Promise<void>;
  pids(): Readonly<Record<string, number | undefined>>;
  /** Ends the service, then the database when this process started it. */
  stop(): Promise<void>;
};

/**
 * Begins to find or start the database, and returns at once: it is ready long before Kafka is.
 * Without a database, or when the service stops for a person, the market goes on without books and
 * says so.
 */
export function openBooks(options: ServerOptions): KeptBooks {
  const { tell } = options;
  const postgres = keepPostgres(options);
  let service: Supervised | null = null;
  let pid: number | null = null;
  const end = async (): Promise<void> => {
    await service?.stop(stopGraceMs);
    service = null;
  };
  return {
    database: async () => (await postgres).url,
    async begin(bootstrap) {
      const { url, pid: serverPid } = await postgres;
      pid = serverPid;
      if (url !== null) service = superviseBooks(bootstrap, url, tell);
    },
    async empty(marketId) {
      await end();
      const { url } = await postgres;
      if (url === null) return;
      await emptyMarket(url, marketId).catch((error: unknown) => {
        const why = whyOf(error);
        tell.warn(`the books of market ${marketId} are kept, they could not be emptied: ${why}`);
      });
    },
    pids: () => ({
      ...(service === null ? {} : { books: service.pid() }),
      ...(pid === null ? {} : { postgres: pid }),
    }),
    async stop() {
      await end();
      await (await postgres).stop();
    },
  };
}

function superviseBooks(
  bootstrap: string,
  database: string,
  tell: ServerOptions["tell"],
): Supervised {
  return supervise({
    name: "books",
    args: () => ["--kafka", bootstrap],
    env: { DATABASE_URL: database },
    onReport: (report) => {
      const isTrouble = report.type === "restart";
      (isTrouble ? tell.warn : tell.note)(describeReport(report));
    },
    onLine: (line) => tell.warn(`books: ${line}`),
    onDeath: tell.warn,
    onStop: () => tell.warn("books stay down: what they said above needs a person (exit code 3)"),
  });
}
