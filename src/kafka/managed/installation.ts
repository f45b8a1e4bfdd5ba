import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";

/** The folder of package.json, wherever the clone or the package lies. */
export const packageRoot: string = findRoot(import.meta.dirname);

/**
 * True where npm put us among other packages: it empties our folder as it likes, and another user
 * may own it.
 */
export const isInstalled: boolean = packageRoot.split(sep).includes("node_modules");

/** The Kafka that pom.xml names. */
export const kafkaVersion = "4.3.1";

/** Where the jars lie: for all brokers of this clone, or of this user where we are installed. */
export const defaultJarsDir: string = join(
  isInstalled ? join(homedir(), ".cache", "sauda") : join(packageRoot, ".sauda"),
  `kafka-${kafkaVersion}-jars`,
);

/** Sources stand deeper in it than what a package has. */
function findRoot(from: string): string {
  return existsSync(join(from, "package.json")) ? from : findRoot(dirname(from));
}
