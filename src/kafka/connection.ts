import {
  Connection as ClientConnection,
  type ConnectionOptions,
  GenericError,
  ProtocolError,
  ResponseError,
} from "./client.ts";
import { NoAnswer, NotSent, BrokerError, Unanswered } from "./errors.ts";

/** One of the client's protocol calls: encodes the arguments, sends, decodes the answer. */
export type Api<Args extends unknown[], Answer> = {
  readonly async: (connection: ClientConnection, ...args: Args) => Promise<Answer>;
};

/** Where a broker listens. */
export type Address = { readonly host: string; readonly port: number };

/** How every connection of a process is made. */
export type ConnectionSettings = {
  readonly clientId: string;
  readonly tls?: ConnectionOptions["tls"];
  readonly sasl?: ConnectionOptions["sasl"];
};

/**
 * One connection to one broker. `call` sends one request and throws `NotSent`, `Unanswered` or
 * `BrokerError`, so that the caller knows what can have happened. Nothing is ever sent twice, and
 * after a lost answer the connection is destroyed: a late answer has nowhere to arrive.
 */
export type Connection = {
  readonly address: Address;
  isOpen(): boolean;
  call<Args extends unknown[], Answer>(
    api: Api<Args, Answer>,
    timeoutMs: number,
    ...args: Args
  ): Promise<Answer>;
  /** Cuts the connection at once; calls under way end as `Unanswered`. Never waits. */
  destroy(): void;
};

/**
 * The client arms a timer of its own for each request; ours decides, so its is put out of reach.
 */
const clientTimeoutMs = 2 ** 30;

/**
 * Connects to one address. Throws `NotSent` with the reason if that does not work out in time.
 * `onGone` is told when the connection has ended, whoever ended it.
 */
export async function openConnection(
  address: Address,
  options: ConnectionSettings,
  timeoutMs: number,
  onGone: () => void,
): Promise<Connection> {
  const connection = new ClientConnection(options.clientId, {
    connectTimeout: timeoutMs,
    requestTimeout: clientTimeoutMs,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  });
  // Without a listener an 'error' event would end the process when a broker dies.
  connection.on("error", () => {});
  try {
    await connection.connect(address.host, address.port);
  } catch (error) {
    destroySocket(connection);
    throw new NotSent(`no connection to ${address.host}:${address.port}`, { cause: error });
  }
  connection.once("close", onGone);
  // The client learns of a destroyed socket a turn later; nothing may be sent into that gap.
  let isDestroyed = false;
  const destroy = () => {
    if (!isDestroyed) destroySocket(connection);
    isDestroyed = true;
  };
  const isOpen = () => !isDestroyed && connection.isConnected();
  return {
    address,
    isOpen,
    call(api, callTimeoutMs, ...args) {
      if (!isOpen()) return Promise.reject(new NotSent("the connection is closed"));
      return call(connection, destroy, api, callTimeoutMs, args);
    },
    destroy,
  };
}

function destroySocket(connection: ClientConnection): void {
  // Set only once connect() was called; the type says it always is.
  const socket = connection.socket as ClientConnection["socket"] | undefined;
  socket?.on("error", () => {});
  socket?.destroy();
}

async function call<Args extends unknown[], Answer>(
  connection: ClientConnection,
  destroy: () => void,
  api: Api<Args, Answer>,
  timeoutMs: number,
  args: Args,
): Promise<Answer> {
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    destroy();
  }, timeoutMs);
  try {
    return await api.async(connection, ...args);
  } catch (error) {
    const brokerError = findBrokerError(error);
    if (brokerError !== null) throw brokerError;
    destroy();
    if (!isTimedOut) throw new Unanswered("connection lost", { cause: error });
    throw new NoAnswer(`no answer within ${timeoutMs} ms`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The broker's own error in what the client threw; null when it is anything else. */
function findBrokerError(error: unknown): BrokerError | null {
  if (!(error instanceof ResponseError)) return null;
  const first: unknown = error.errors.find((each: unknown) => each instanceof ProtocolError);
  if (!(first instanceof GenericError)) return null;
  const serverMessage = first["serverErrorMessage"];
  const message = typeof serverMessage === "string" ? serverMessage : first.message;
  const answer: unknown = error["response"];
  return new BrokerError(String(first["apiId"]), first["canRetry"] === true, message, answer);
}
