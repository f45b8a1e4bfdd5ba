import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { Failure } from "../output.ts";

const fileSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  file: z.string().describe("below the folder; batches as Kafka has them, one behind the other"),
  from: z.int().describe("offset of its first record"),
  next: z.int().describe("offset after its last"),
  bytes: z.int(),
  sha256: z.string(),
  chain_before: z.string().nullable().describe("of sauda.events; null for commands"),
  chain_after: z.string().nullable(),
});

const manifestSchema = z.object({
  format: z.literal(1),
  commands_topic_id: z.string().describe("of the market that is copied"),
  shards: z.int(),
  files: z.array(fileSchema),
  readers: z
    .record(z.string(), z.json())
    .describe("how far each shard's events were read: the reader's state (R3)"),
});

/** One file of an archive, as its manifest tells it. */
type ArchivedFile = z.infer<typeof fileSchema>;
/** What an archive holds. Written anew after each file, so that it never names half a one. */
export type Manifest = z.infer<typeof manifestSchema>;

function manifestPath(folder: string): string {
  return join(folder, "manifest.json");
}

/** The manifest of a folder; null where it has none. Breaks where it cannot be read. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const path = manifestPath(folder);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const read = manifestSchema.safeParse(jsonOrNull(text));
  if (read.success) return read.data;
  const why = z.prettifyError(read.error).replaceAll("\n", "; ");
  throw new Failure(`${path} is no manifest of an archive: ${why}: name another folder`);
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Replaces the manifest at one stroke. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = manifestPath(folder);
  await writeFile(`${path}.part`, `${JSON.stringify(manifest, null, 1)}\n`, { flush: true });
  await rename(`${path}.part`, path);
}

/** A file of an archive that is being written. Until it is ended it has another name. */
export class GrowingFile {
  bytes = 0;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #sum: Hash = createHash("sha256");

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Begins it anew, whatever was left of an earlier try. */
  static async begin(path: string): Promise<GrowingFile> {
    await makeFolder(dirname(path));
    return new GrowingFile(path, await open(`${path}.part`, "w"));
  }

  async add(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes);
    this.#sum.update(bytes);
    this.bytes += bytes.length;
  }

  /** On the disk and under its own name; its SHA-256. */
  async end(): Promise<string> {
    await this.#file.sync();
    await this.#file.close();
    await rename(`${this.#path}.part`, this.#path);
    return this.#sum.digest("hex");
  }

  async giveUp(): Promise<void> {
    await this.#file.close();
    await rm(`${this.#path}.part`, { force: true });
  }
}

/** What is not as the manifest says, a line each; reads every file. */
export async function findManifestBreaks(
  folder: string,
  { files }: Manifest,
): Promise<{ readonly file: string; readonly what: string }[]> {
  const found: { file: string; what: string }[] = [];
  const last = new Map<string, ArchivedFile>();
  for (const file of files) {
    const place = `${file.topic}-${file.partition}`;
    const before = last.get(place);
    last.set(place, file);
    const tell = (what: string): void => void found.push({ file: file.file, what });
    if (file.from !== (before?.next ?? 0)) tell(`begins at ${file.from}, not ${before?.next ?? 0}`);
    if (before !== undefined && file.chain_before !== before.chain_after)
      tell(
        `begins with chain ${file.chain_before}, the one before ends with ${before.chain_after}`,
      );
    const size = await stat(join(folder, file.file)).then(
      ({ size: bytes }) => bytes,
      () => null,
    );
    if (size === null) tell("is not there");
    else if (size !== file.bytes) tell(`has ${size} bytes, not ${file.bytes}`);
    else {
      const sum = await sumOf(join(folder, file.file));
      if (sum !== file.sha256) tell(`has SHA-256 ${sum}, not ${file.sha256}`);
    }
  }
  return found;
}

async function sumOf(path: string): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of createReadStream(path)) sum.update(chunk as Buffer);
  return sum.digest("hex");
}
