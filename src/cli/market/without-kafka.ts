import { inMemoryWay, type KafkaProblem } from "../../kafka/managed/problem.ts";
import { Failure, type Output } from "../output.ts";

/** Problems of a machine that has not what Kafka runs on. */
const missingCodes: ReadonlySet<string> = new Set(["NO_JAVA", "OLD_JAVA", "NO_MAVEN", "NO_JARS"]);

/** There can be no Kafka of ours on this machine until a person gets what is missing. */
export class NoKafkaHere extends Failure {
  /** What is missing. */
  readonly missing: string;
  /** How to get a Kafka, one way each. */
  readonly ways: readonly string[];

  constructor({ message, wayOn, ways }: KafkaProblem) {
    super(`${message}\nwhat you can do: ${wayOn}`);
    this.missing = message;
    this.ways = ways.filter((way) => way !== inMemoryWay);
  }
}

/** The failure that a start of our Kafka ends with. */
export function kafkaFailure(problem: KafkaProblem): Failure {
  if (missingCodes.has(problem.code)) return new NoKafkaHere(problem);
  return new Failure(`${problem.message}\nwhat you can do: ${problem.wayOn}`);
}

const doesNotWork = [
  "Kafka's clients: the seeds' programs, kafka-python and all others",
  "npx sauda ... in another terminal that needs the log (type its commands here; HTTP and the dashboard work)",
  "the books: PostgreSQL, reports, contract notes, reconcile",
  "keeping anything: the market ends with this process, and a market kept earlier is not touched",
];

/** Says what is missing, how to get it, and what does not work until then. */
export function sayWithoutKafka(output: Output, { missing, ways }: NoKafkaHere): void {
  const rule = "=".repeat(78);
  output.warn(
    [
      rule,
      `NO KAFKA HERE: ${missing}`,
      "The market goes on with its log IN MEMORY, and nothing is kept.",
      "To get Kafka:",
      ...ways.map((way, index) => `  ${index === 0 ? "-" : "- or"} ${way}`),
      "Until then these do not work:",
      ...doesNotWork.map((what) => `  - ${what}`),
      rule,
    ].join("\n"),
  );
  if (output.isJson)
    output.fact("", { type: "without_kafka", missing, ways, does_not_work: doesNotWork });
}
