import { PassThrough } from "node:stream";
import { makeOutput } from "../../src/cli/output.ts";
import { runReconcile } from "../../src/cli/doctor/run-reconcile.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import type { MemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { realClock } from "../../src/services/clock.ts";

/** A fact as `--json` prints it. */
export type Fact = Readonly<Record<string, unknown>>;

/** What a look told, and what it said on stderr beside. */
type Reconciled = { readonly code: number; readonly facts: Fact[]; readonly notes: string };

/** One look of `sauda reconcile --json` at a cluster's market and its books; nobody works there. */
export async function reconcileOnce(
  url: string,
  cluster: MemoryCluster,
  fromStart = false,
): Promise<Reconciled> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let [text, notes] = ["", ""];
  out.on("data", (bytes: Buffer) => (text += String(bytes)));
  err.on("data", (bytes: Buffer) => (notes += String(bytes)));
  const log = openMemoryLog(cluster, "test");
  const context = {
    logClient: { log, shards: 1, close: async () => {} },
    terminal: processTerminal,
    output: makeOutput(true, { out, err }),
    clock: realClock,
    signal: new AbortController().signal,
  };
  const options = { every: 1000, grace: 30_000, fromStart };
  const code = await runReconcile(context, url, options, () => Promise.resolve(0));
  const lines = text.trimEnd().split("\n");
  return { code, facts: lines.map((line) => JSON.parse(line) as Fact), notes };
}
