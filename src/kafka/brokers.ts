import { parseBroker } from "./client.ts";
import { hangs, isLost, KafkaUnreachable, unreachable } from "./errors.ts";
import {
  type Address,
  type Api,
  type Connection,
  type ConnectionSettings,
  openConnection,
} from "./connection.ts";

/** How to reach Kafka. `bootstrap` is `host:port`, or several with commas between. */
export type KafkaOptions = ConnectionSettings & { readonly bootstrap: string };

/** The brokers as far as they are known, and every connection to them. */
export type Brokers = {
  /** Connects to one broker. Throws `NotSent`. */
  openConnection(address: Address): Promise<Connection>;
  /** One request that any broker can answer. Throws `KafkaUnreachable` when none does. */
  ask<Args extends unknown[], Answer>(api: Api<Args, Answer>, ...args: Args): Promise<Answer>;
  /**
   * The same of one broker, over a connection that is kept: who asks often does not connect
   * each time.
   */
  askOf<Args extends unknown[], Answer>(
    address: Address,
    api: Api<Args, Answer>,
    ...args: Args
  ): Promise<Answer>;
  /** More addresses to ask, for when those given at the start are gone. */
  learn(addresses: readonly Address[]): void;
  /** Cuts every connection that was opened here. */
  close(): void;
};

/** For questions whose answer is at hand: longer means that the broker is stopped or gone. */
export const timeoutMs = 3000;

/** Opens nothing yet: the first question connects. */
export function openBrokers(options: KafkaOptions): Brokers {
  const bootstrap = readBootstrap(options.bootstrap);
  let learnt: readonly Address[] = [];
  const connections = new Set<Connection>();
  let isClosed = false;

  async function open(address: Address): Promise<Connection> {
    const onGone = (): unknown => connections.delete(connection);
    const connection = await openConnection(address, options, timeoutMs, onGone);
    connections.add(connection);
    if (!isClosed) return connection;
    connection.destroy();
    throw new KafkaUnreachable("the log is closed");
  }

  async function openFirst(): Promise<Connection> {
    let failure: unknown = null;
    for (const address of [...bootstrap, ...learnt]) {
      try {
        return await open(address);
      } catch (error) {
        failure ??= error;
      }
    }
    throw isClosed ? failure : unreachable(options.bootstrap, failure);
  }

  /**
   * A connection that was good may have died since: once more on a new one, as questions may be
   * asked twice. Not where the one who must be asked hangs: that would be waited for again.
   */
  async function askOn<Args extends unknown[], Answer>(
    connection: () => Promise<Connection>,
    api: Api<Args, Answer>,
    args: Args,
    isOne = false,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      if (isClosed) throw new KafkaUnreachable("the log is closed");
      const open = await connection();
      try {
        return await open.call(api, timeoutMs, ...args);
      } catch (error) {
        if (!isLost(error)) throw error;
        open.destroy();
        if (attempt === 2 || (isOne && hangs(error))) throw unreachable(options.bootstrap, error);
      }
    }
  }

  const any = keepConnection(openFirst);
  const kept = new Map<string, () => Promise<Connection>>();
  return {
    openConnection: open,
    ask: (api, ...args) => askOn(any, api, args),
    askOf(address, api, ...args) {
      const name = `${address.host}:${address.port}`;
      const connection = kept.get(name) ?? keepConnection(() => open(address));
      kept.set(name, connection);
      return askOn(connection, api, args, true);
    },
    learn(addresses) {
      learnt = addresses;
    },
    close() {
      isClosed = true;
      for (const connection of connections) connection.destroy();
    },
  };
}

/** Gives the same connection as long as it is open, then a new one. */
function keepConnection(open: () => Promise<Connection>): () => Promise<Connection> {
  let opening: Promise<Connection> | null = null;
  return async () => {
    const before = opening;
    if (before !== null) {
      const connection = await before.catch(() => null);
      if (connection?.isOpen() === true) return connection;
      if (opening === before) opening = null;
    }
    return (opening ??= open());
  };
}

function readBootstrap(bootstrap: string): readonly Address[] {
  const addresses = bootstrap
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => parseBroker(part));
  const isGood = addresses.every(({ host, port }) => host !== "" && port > 0 && port < 65_536);
  if (addresses.length > 0 && isGood) return addresses;
  const expected = "expected host:port, or several with commas between";
  throw new KafkaUnreachable(`Kafka's address: ${expected}, found "${bootstrap}"`);
}
