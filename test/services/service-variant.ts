import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BooksOptions } from "../../src/services/books.ts";
import type { ExchangeOptions } from "../../src/services/exchange.ts";
import type { IntakeOptions } from "../../src/services/intake.ts";
import type { PublisherOptions } from "../../src/services/publisher.ts";

/** What a writer held for done: everything up to a step, with the chain it computed. */
export type Told = { readonly shard: number; readonly seq: number; readonly chain: string };

/** The services under test, whole or with a planted defect. */
export type Services = {
  readonly runExchange: (options: ExchangeOptions, signal: AbortSignal) => Promise<void>;
  readonly runIntake: (options: IntakeOptions, signal: AbortSignal) => Promise<void>;
  readonly runPublisher: (options: PublisherOptions, signal: AbortSignal) => Promise<void>;
  readonly runBooks: (options: BooksOptions, signal: AbortSignal) => Promise<void>;
};

/** A change to one place of one file of `src`. The text must be there exactly once. */
export type Patch = { readonly file: string; readonly from: string; readonly to: string };

/**
 * Makes the writer tell what it holds for done, by a function that travels with the terms. Without
 * it nobody would hear of a wrong belief: nothing is answered yet but from the log.
 */
const telling: readonly Patch[] = [
  {
    file: "services/exchange-writer.ts",
    from: "parts.onDone(batch.steps);",
    to: `parts.onDone(batch.steps);
         const { seq, chain } = view.fold;
         (parts.terms as any).tell({ shard: parts.shard, seq, chain });`,
  },
];

const root = join(import.meta.dirname, "../..");

/**
 * Loads the services from a copy of `src` in a temporary folder, with the patches in it. Breaks
 * when a patch no longer finds its place: then the test is to be mended, not the service.
 */
export async function loadServices(patches: readonly Patch[] = []): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), "sauda-variant-"));
  try {
    for (const part of ["domain", "protocol", "services"])
      cpSync(join(root, "src", part), join(folder, "src", part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    for (const patch of [...telling, ...patches]) apply(join(folder, "src", patch.file), patch);
    for (const shared of ["services/log.ts", "services/log-errors.ts"]) share(folder, shared);
    const load = (name: string): Promise<Partial<Services>> =>
      import(pathToFileURL(join(folder, "src/services", name)).href);
    const files = ["exchange.ts", "intake.ts", "publisher.ts", "books.ts"];
    const parts = await Promise.all(files.map(load));
    return Object.assign({}, ...parts) as Services;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What the log throws must be of one class for the log, which is not of the copy, and for
 * the services.
 */
function share(folder: string, file: string): void {
  const original = pathToFileURL(join(root, "src", file)).href;
  writeFileSync(join(folder, "src", file), `export * from "${original}";\n`);
}

function apply(path: string, { file, from, to }: Patch): void {
  const text = readFileSync(path, "utf8");
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has "${from}" ${places} times; mend the patch`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
