import { protocolErrors, protocolErrorsCodesById } from "./client.ts";
import { Away, Refused } from "../services/log-errors.ts";

/** Kafka cannot be reached. One line, with the way on. */
export class KafkaUnreachable extends Away {
  override readonly name = "KafkaUnreachable";
}

/** Kafka does not let us in: its word against our credentials or certificates. One line, with the way on. */
export class ShutOut extends Refused {
  override readonly name = "ShutOut";
}

/** The request certainly never left this process: no connection was there to carry it. */
export class NotSent extends Away {
  override readonly name = "NotSent";
}

/** The request left, and no answer that can be understood came: it may have been done, or will be. */
export class Unanswered extends Away {
  override readonly name = "Unanswered";
}

/**
 * Answers that Kafka does not call retriable and that pass all the same: another process has taken over the
 * work meanwhile, or a new producer is wanted. Whoever starts over gets another answer.
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
export class Refusal extends Refused {
  override readonly name = "Refusal";
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

/** The refusal that a bare error code stands for, as an answer brings it. */
export function refusalOf(code: number, message: string): Refusal {
  const name = protocolErrorsCodesById[code] ?? `error ${code}`;
  const known = protocolErrors[name];
  const words = message === "" ? (known?.message ?? "") : message;
  return new Refusal(name, known?.canRetry === true, words, null);
}

/** Whether the broker answered with one of these errors. */
export function isRefusal(error: unknown, ...codes: readonly string[]): error is Refusal {
  return error instanceof Refusal && (codes.length === 0 || codes.includes(error.code));
}

/** Whether the world failed (connection, answer), so that asking again may help. */
export function isLost(error: unknown): error is NotSent | Unanswered | KafkaUnreachable {
  return (
    error instanceof NotSent || error instanceof Unanswered || error instanceof KafkaUnreachable
  );
}

/** An error's own words, and those of what caused it, on one line. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = [error.message];
  let cause: unknown = error.cause;
  while (cause instanceof Error) {
    // Node's refused connection to a name with two addresses is an AggregateError without a message.
    const { code } = cause as { code?: unknown };
    parts.push(cause.message === "" && typeof code === "string" ? code : cause.message);
    cause = cause.cause;
  }
  return parts
    .filter((part) => part !== "")
    .map((part) => part.replace(/\.$/, ""))
    .join(": ")
    .replaceAll("\n", " ");
}

/** The first error code in an error and its causes, such as ECONNREFUSED; empty if there is none. */
function findSystemCode(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === "string" && /^E[A-Z_]+$/.test(code)) return code;
  }
  return "";
}

/** Why no broker of `bootstrap` could be used, and what to do about it. */
export function unreachable(bootstrap: string, error: unknown): KafkaUnreachable | ShutOut {
  const kafka = `Kafka at ${bootstrap}`;
  const shutOut = whyShutOut(inWords(error));
  if (shutOut !== null) return new ShutOut(false, `${kafka} ${shutOut}`, error);
  return new KafkaUnreachable(`${kafka} ${whyUnreachable(error)}`, { cause: error });
}

/** What the client throws when it is not let in has no type of its own, only words. */
function whyShutOut(words: string): string | null {
  if (/SASL|[Aa]uthentication/.test(words)) {
    return `refuses the user or password (${words}): check the credentials given to sauda`;
  }
  if (/TLS|certificate|SSL/.test(words)) {
    return `and this side do not agree on encryption (${words}): check the TLS settings and certificates`;
  }
  return null;
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
