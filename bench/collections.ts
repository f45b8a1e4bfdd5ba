import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Collections } from "./note-collections.ts";
import { processesFrom } from "./process-cost.ts";

/** What services write down of their garbage, for a market that is started with `env`. */
type CollectionNotes = {
  readonly env: NodeJS.ProcessEnv;
  /** By the names of the services below a process; not younger than a second. */
  readonly read: (root: number) => Map<string, Collections>;
  readonly remove: () => void;
};

/** Makes a folder for the notes. */
export function noteCollections(): CollectionNotes {
  const folder = mkdtempSync(join(tmpdir(), "sauda-collections-"));
  const script = pathToFileURL(join(import.meta.dirname, "note-collections.ts")).href;
  return {
    env: { SAUDA_BENCH_COLLECTIONS: folder, NODE_OPTIONS: `--import=${script}` },
    read: (root) => {
      const noted = new Set(readdirSync(folder));
      const services = processesFrom(root).filter(({ pid }) => noted.has(`${pid}.json`));
      return new Map(
        services.map(({ name, pid }) => {
          const text = readFileSync(join(folder, `${pid}.json`), "utf8");
          return [name, JSON.parse(text) as Collections];
        }),
      );
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
