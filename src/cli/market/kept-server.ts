import { realClock } from "../../services/clock.ts";
import type { Backoff, Failure } from "../../services/failures.ts";
import { keepRunning } from "../../services/keep-running.ts";
import type { Config } from "../config.ts";
import type { ServicesTell } from "./kept-services.ts";

/** How often a server is looked at, in milliseconds. */
const watchMs = 1000;

/** What the servers of a running market are made with: PostgreSQL, and Kafka. */
export type ServerOptions = {
  readonly config: Config;
  /** Free ports and a temporary folder, erased at the end. Ignores a server that is given. */
  readonly isEphemeral: boolean;
  readonly tell: ServicesTell;
  readonly signal: AbortSignal;
};

/** A server of ours that other processes need: Kafka, PostgreSQL. */
type KeptServer = {
  readonly name: string;
  /** Not one that was stopped: whoever did that wants it so. */
  readonly hasDied: () => Promise<boolean>;
  /**
   * Starts it again where it was, until the signal ends it. Throws what keeps it from coming back.
   */
  readonly start: (signal: AbortSignal) => Promise<unknown>;
  /** How long one that does not come back waits for the next start, doubling from a second on. */
  readonly mostWaitMs: number;
  /** Whether one that fails alike three times stays down. */
  readonly mayStayDown: boolean;
};

/**
 * Starts the server again whenever it has died, and tells. `end` returns when nothing is under way
 * any more.
 */
export function watchServer(server: KeptServer, tell: ServicesTell): { end(): Promise<void> } {
  const { name, hasDied, start, mostWaitMs, mayStayDown } = server;
  const ended = new AbortController();
  const { signal } = ended;
  const live = async (worked: () => void): Promise<void> => {
    if (await hasDied()) {
      tell.warn(`${name} died; starting it again`);
      await start(signal);
      worked();
      tell.warn(`${name} is back`);
    }
    await realClock.sleep(watchMs, signal);
  };
  const onFailure = ({ why, isStuck }: Failure): void => {
    tell.warn(`${name} does not come back: ${why}`);
    if (!isStuck || !mayStayDown) return;
    tell.warn(`${name} stays down: it failed alike three times`);
    ended.abort();
  };
  const backoff: Backoff = { first: watchMs, most: mostWaitMs };
  const work = { clock: realClock, backoff, live, position: () => name, onFailure };
  const watching = keepRunning(work, signal);
  return {
    end: async () => {
      ended.abort();
      await watching;
    },
  };
}
