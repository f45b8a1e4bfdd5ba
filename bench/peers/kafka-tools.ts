import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const limitMs = 120_000;
/** About what an order of flow B has. */
const recordBytes = 170;
const hopsMost = 5_000;
/** It is so fast that it needs more records for as long a run; as many do not count before. */
const producedTimes = 5;

/** What Kafka's own measures say of this broker. */
export type KafkaOwn = {
  /** ProducerPerformance, acks=all, as fast as it goes. */
  readonly recordsPerSecond: number;
  /** EndToEndLatency, acks=all, one record at a time: from the send to a consumer, one hop. */
  readonly oneHopMs: { readonly mean: number; readonly p50: number; readonly p99: number };
};

/** Lets Kafka's own tools write to a topic that is there. */
export async function measureKafkaOwn(
  classPath: string,
  bootstrap: string,
  topic: string,
  records: number,
): Promise<KafkaOwn> {
  const java = async (name: string, words: string): Promise<string> => {
    const flags = ["-XX:+UseSerialGC", "-Xmx512m", "-cp", classPath];
    const args = [...flags, `org.apache.kafka.tools.${name}`, ...where, ...words.split(" ")];
    return (await run("java", args, { timeout: limitMs })).stdout;
  };
  const where = ["--bootstrap-server", bootstrap, "--topic", topic];
  const size = `--record-size ${recordBytes}`;
  const many = records * producedTimes;
  const counts = `--num-records ${2 * many} --warmup-records ${many}`;
  const produced = await java(
    "ProducerPerformance",
    `${counts} ${size} --throughput -1 --command-property acks=all`,
  );
  const travelled = await java(
    "EndToEndLatency",
    `--num-records ${Math.min(records, hopsMost)} ${size} --producer-acks all`,
  );
  return {
    recordsPerSecond: numberIn(/[\s\S]* ([\d.]+) records\/sec/, produced),
    oneHopMs: {
      mean: numberIn(/Avg latency: ([\d.]+) ms/, travelled),
      p50: numberIn(/50th = ([\d.]+)/, travelled),
      p99: numberIn(/99th = ([\d.]+)/, travelled),
    },
  };
}

function numberIn(pattern: RegExp, text: string): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${String(pattern)} in: ${text}`);
  return Number(found);
}
