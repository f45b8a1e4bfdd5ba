import { join } from "node:path";

/** The folder of package.json, wherever the clone lies. */
export const packageRoot = join(import.meta.dirname, "..", "..", "..");

/** The Kafka that pom.xml names. */
export const kafkaVersion = "4.3.1";

/** Where the jars lie, for all brokers of this clone. */
export const defaultJarsDir = join(packageRoot, ".sauda", `kafka-${kafkaVersion}-jars`);
