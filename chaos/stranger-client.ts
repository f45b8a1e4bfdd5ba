import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StrangerRecord } from "./stranger-records.ts";

/** How long the foreign client may take for one record. */
const sendLimitMs = 120_000;

/** A foreign Kafka client that sends what it is told. */
export type Stranger = {
  /**
   * The offsets at which a committed reader is to see it; none of an aborted or open transaction.
   */
  send(record: StrangerRecord): Promise<readonly number[]>;
  end(): void;
};

/** Starts the client with a Python that has `confluent-kafka`. */
export function startStranger(python: string, bootstrap: string): Stranger {
  const script = join(import.meta.dirname, "stranger_client.py");
  // A session of its own: it gives itself a small share of the machine (see there).
  const child = spawn(python, [script, bootstrap], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const answers: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => answers.shift()?.(line));
  child.stdin.on("error", () => {}); // it ended; its next answer does not come
  return {
    send: async (record) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const limit = setTimeout(
        () =>
          reject(
            new Error(`the stranger does not answer: ${JSON.stringify(record).slice(0, 200)}`),
          ),
        sendLimitMs,
      );
      answers.push(resolve);
      child.stdin.write(`${JSON.stringify(record)}\n`);
      const line = await promise.finally(() => clearTimeout(limit));
      const answer = JSON.parse(line) as { offsets?: number[]; error?: string };
      if (answer.offsets === undefined) throw new Error(`the stranger: ${answer.error}`);
      return answer.offsets;
    },
    end: () => void child.kill("SIGKILL"),
  };
}
