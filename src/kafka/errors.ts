import {
  AuthenticationError,
  protocolErrors,
  protocolErrorsCodesById,
  UserError,
} from "./client.ts";
import { Away, Refused, Unauthorised } from "../services/log-errors.ts";

/** Kafka cannot be reached. One line, with the way on. */
export class KafkaUnreachable extends Away {
  override readonly name = "KafkaUnreachable";
}

/** The request certainly never left this process: no connection was there to carry it. */
export class NotSent extends Away {
  override readonly name = "NotSent";
}

/**
 * The request left, and no answer that can be understood came: it may have been done, or will be.
 */
export class Unanswered extends Away {
  override readonly name = "Unanswered";
}

/**
 * Unanswered in all the time there was, over a connection that stood: the broker hangs, or what
 * is between.
 */
export class NoAnswer extends Unanswered {}

/**
 * Answers that Kafka does not call retriable and that pass all the same: another process has taken
 * over the work meanwhile, or a new producer is wanted. Whoever starts over gets another answer.
 */
const passing: ReadonlySet<string> = new Set([
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "REBALANCE_IN_PROGRESS",
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "UNKNOWN_PRODUCER_ID",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "INVALID_TXN_STATE",
  "TRANSACTION_ABORTABLE",
  "CONCURRENT_TRANSACTIONS",
  "UNSTABLE_OFFSET_COMMIT",
  "CLOSED",
]);

/** The broker answered with an error. `code` is Kafka's name of it, `answer` the whole response. */
export class BrokerError extends Refused {
  override readonly name = "BrokerError";
  readonly code: string;
  readonly isRetriable: boolean;
  readonly answer: unknown;

  constructor(code: string, isRetriable: boolean, message: string, answer: unknown) {
    super(isRetriable || passing.has(code), `${code}: ${message}`);
    this.code = code;
    this.isRetriable = isRetriable;
    this.answer = answer;
  }
}

/** The error that a bare error code stands for, as an answer brings it. */
export function brokerErrorOf(code: number, message: string): BrokerError {
  const name = protocolErrorsCodesById[code] ?? `error ${code}`;
  const known = protocolErrors[name];
  const words = message === "" ? (known?.message ?? "") : message;
  return new BrokerError(name, known?.canRetry === true, words, null);
}

/** Whether the broker answered with one of these errors. */
export function isBrokerError(error: unknown, ...codes: readonly string[]): error is BrokerError {
  return error instanceof BrokerError && (codes.length === 0 || codes.includes(error.code));
}

/** Whether the world failed (connection, answer), so that asking again may help. */
export function isLost(error: unknown): error is NotSent | Unanswered | KafkaUnreachable {
  return (
    error instanceof NotSent || error instanceof Unanswered || error instanceof KafkaUnreachable
  );
}

/** Whether a broker took a request and did not answer in all the time there was. */
export function hangs(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof NoAnswer);
}

/** An error's own words, and those of what caused it, on one line. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (
    causesOf(error)
      // Node's refused connection to a name with two addresses is an AggregateError without
      // a message.
      .map(({ message, code }) => (message === "" ? (code ?? "") : message))
      .filter((part) => part !== "")
      .map((part) => part.replace(/\.$/, ""))
      .join(": ")
      .replaceAll("\n", " ")
  );
}

/** The error, what caused it, and so on. */
function causesOf(error: unknown): NodeJS.ErrnoException[] {
  if (!(error instanceof Error)) return [];
  return [error, ...causesOf(error.cause)];
}

/**
 * The first error code in an error and its causes, such as ECONNREFUSED; empty if there is none.
 */
function findSystemCode(error: unknown): string {
  const codes = causesOf(error).map(({ code }) => code);
  return codes.find((code) => code !== undefined && /^E[A-Z_]+$/.test(code)) ?? "";
}

/** Why no broker of `bootstrap` could be used, and what to do about it. */
export function unreachable(bootstrap: string, error: unknown): KafkaUnreachable | Unauthorised {
  const kafka = `Kafka at ${bootstrap}`;
  const shutOut = whyShutOut(error);
  if (shutOut !== null) return new Unauthorised(`${kafka} ${shutOut}`, error);
  return new KafkaUnreachable(`${kafka} ${whyUnreachable(error)}`, { cause: error });
}

function whyShutOut(error: unknown): string | null {
  const causes = causesOf(error);
  if (causes.some((cause) => cause instanceof AuthenticationError))
    return `refuses the user or password (${inWords(error)}): check the credentials given to sauda`;
  // The client has one type for what its user set wrong; the machine's TLS has codes.
  if (causes.some((cause) => cause instanceof UserError || isOfTls(cause)))
    return `and this side do not agree on encryption (${inWords(error)}): check the TLS settings and certificates`;
  return null;
}

/**
 * Codes of Node's own (ERR_TLS_, ERR_SSL_), of OpenSSL's handshake and of its checks
 * of certificates.
 */
function isOfTls({ code }: NodeJS.ErrnoException): boolean {
  return /^ERR_(TLS|SSL)_|^EPROTO$|CERT|LEAF_SIGNATURE/.test(code ?? "");
}

function whyUnreachable(error: unknown): string {
  const words = inWords(error);
  const other = "or name another one with KAFKA_BOOTSTRAP_SERVERS";
  switch (findSystemCode(error)) {
    case "ECONNREFUSED":
      return `cannot be reached: nothing listens there. Start it, ${other}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `cannot be reached: the name is unknown here. Correct it, ${other}`;
    default:
      return `cannot be reached (${words}). Check that it runs, ${other}`;
  }
}
