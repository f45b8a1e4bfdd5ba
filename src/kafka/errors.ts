import { protocolErrors, protocolErrorsCodesById } from "@platformatic/kafka";

/** Kafka cannot be reached, or does not let us in. One line, with the way on. */
export class KafkaUnreachable extends Error {
  override readonly name = "KafkaUnreachable";
}

/** The request certainly never left this process: no connection was there to carry it. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

/** The request left, and no answer that can be understood came: it may have been done, or will be. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** The broker answered with an error. `code` is Kafka's name of it, `answer` the whole response. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;
  readonly isRetriable: boolean;
  readonly answer: unknown;

  constructor(code: string, isRetriable: boolean, message: string, answer: unknown) {
    super(`${code}: ${message}`);
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
export function unreachable(bootstrap: string, error: unknown): KafkaUnreachable {
  const message = `Kafka at ${bootstrap} ${whyUnreachable(error)}`;
  return new KafkaUnreachable(message, { cause: error });
}

function whyUnreachable(error: unknown): string {
  const words = inWords(error);
  const other = "or name another one with KAFKA_BOOTSTRAP_SERVERS";
  if (/SASL|[Aa]uthentication/.test(words)) {
    return `refuses the user or password (${words}): check the credentials given to sauda`;
  }
  if (/TLS|certificate|SSL/.test(words)) {
    return `and this side do not agree on encryption (${words}): check the TLS settings and certificates`;
  }
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
