/** Why a Kafka could not be started or stopped: one code for each way on. */
type KafkaProblemCode =
  | "NO_JAVA"
  | "OLD_JAVA"
  | "NO_MAVEN"
  | "NO_JARS"
  | "PORT_TAKEN"
  | "DISK_FULL"
  | "DIED"
  | "NOT_READY"
  | "RUNNING"
  | "BUSY";

/**
 * A Kafka that is not there, said to the person at the terminal: `message` is what happened, `ways`
 * what to do now.
 */
export class KafkaProblem extends Error {
  override readonly name = "KafkaProblem";
  readonly code: KafkaProblemCode;
  /** Ways on, the first is the best. */
  readonly ways: readonly string[];

  constructor(code: KafkaProblemCode, message: string, ...ways: readonly string[]) {
    super(message);
    this.code = code;
    this.ways = ways;
  }

  /** All ways on in one line. */
  get wayOn(): string {
    return this.ways.join("; or ");
  }
}

/** A market without any Kafka. */
export const inMemoryWay = "npm start -- --in-memory, which keeps nothing";

/** What to do without Java or Maven: the three other ways to a market. */
export const otherWays = [
  "docker compose up -d (compose.yaml) and start again with KAFKA_BOOTSTRAP_SERVERS=localhost:9092",
  "KAFKA_BOOTSTRAP_SERVERS=host:port of a Kafka you have",
  inMemoryWay,
];
