import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import { readWaitMs } from "../src/services/log.ts";
import { hops } from "./hops.ts";

/** A process of its own that reads one topic and writes another, as it is: what two hops take. */
const [bootstrap = ""] = process.argv.slice(2);
const log = openKafkaLog({ bootstrap, clientId: "sauda-bench-relay" });
const reader = await log.reader(hops.first, 0, 0);
const appender = await log.appender(hops.second, 0);
process.stdout.write("ready\n");
for (;;) {
  const { records } = await reader.read(readWaitMs);
  if (records.length === 0) continue;
  const values = records.flatMap(({ value }) => (value === null ? [] : [{ key: null, value }]));
  const result = await appender.append(values);
  if (result.type !== "at") throw new Error(`append ${result.type}: ${result.why}`);
}
