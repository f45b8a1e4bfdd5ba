import { openCluster, type Cluster } from "../../src/kafka/cluster.ts";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { testKafka, type TestKafka } from "./broker.ts";

/** A Kafka of a test's own, with our log on it, and the cluster as its owner asks it. */
export type TestClients = {
  readonly kafka: TestKafka;
  readonly log: KafkaLog;
  readonly cluster: Cluster;
  stop(): Promise<void>;
};

/** Starts it. `shards`: with the market's topics for so many; 0: without topics. */
export async function testClients(shards: number): Promise<TestClients> {
  const kafka = await testKafka();
  const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  const cluster = openCluster({ bootstrap: kafka.bootstrap, clientId: "test-admin" });
  const stop = async (): Promise<void> => {
    await log.close();
    cluster.close();
    await kafka.stop();
  };
  if (shards > 0) await log.createTopics(shards);
  return { kafka, log, cluster, stop };
}
