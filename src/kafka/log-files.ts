import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { NoSuchTopic } from "../services/log-errors.ts";
import { eventsTopic } from "../protocol/topics.ts";
import type { AuditedLog } from "../services/audit/log-walk.ts";
import { openBatchFiles } from "./batch-files.ts";
import { logFolder } from "./managed/format.ts";
import { readLife } from "./managed/state.ts";

/** Why a folder's files are not read. */
export class NoLogFiles extends Error {
  override readonly name = "NoLogFiles";
}

/** A market's log in files, and how many shards there are. */
type LogFiles = { readonly log: AuditedLog; readonly shards: number };

/**
 * Opens the log in the files of a Kafka that does not run, or of an archive, which are laid out
 * alike. `folder`: a data folder of ours (`.sauda`), its Kafka's, or one that has `sauda.events-0`
 * in it. Throws `NoLogFiles` where there is none, or its Kafka runs: its files change.
 */
export async function openLogFiles(folder: string): Promise<LogFiles> {
  for (const kafka of [join(folder, "kafka"), folder])
    if ((await readLife(kafka)).life === "running")
      throw new NoLogFiles(
        `the Kafka of ${kafka} runs, and writes to its files: npx sauda down ends the market, or ` +
          "leave this option out to read the log through it",
      );
  const places = [join(folder, "kafka", logFolder), join(folder, logFolder), folder];
  for (const place of places) {
    const names = await readdir(place).catch(() => []);
    const shards = names.filter((name) => name.startsWith(`${eventsTopic}-`)).length;
    if (shards > 0) return { log: filesIn(place), shards };
  }
  throw new NoLogFiles(
    `no ${eventsTopic}-0 in ${folder}: name the data folder of a market that was stopped (.sauda), ` +
      "or the folder of an archive",
  );
}

function filesIn(place: string): AuditedLog {
  const folderOf = (topic: string, partition: number): string =>
    join(place, `${topic}-${partition}`);
  const ends = readEnds(place);
  return {
    topicId: (topic) => readTopicId(folderOf(topic, 0)),
    // Where files end is known when they were read.
    async bounds(topic, partition) {
      const names = await readdir(folderOf(topic, partition)).catch(() => null);
      if (names === null) throw new NoSuchTopic(topic, partition);
      return { start: 0, end: Infinity };
    },
    async checkedReader(topic, partition, from) {
      const end = (await ends)?.get(`${topic} ${partition}`) ?? null;
      const folder = folderOf(topic, partition);
      return openBatchFiles({ folder, topic, partition, end }, from);
    },
  };
}

/**
 * Where each partition ended when Kafka stopped: version, count, then topic, partition and offset a
 * line. Null where it was killed: the note is older than the files then.
 */
async function readEnds(place: string): Promise<ReadonlyMap<string, number> | null> {
  const names = await readdir(place);
  if (!names.includes(".kafka_cleanshutdown")) return null;
  const text = await readFile(join(place, "recovery-point-offset-checkpoint"), "utf8").catch(
    () => "",
  );
  const lines = text.split("\n").slice(2);
  return new Map(
    lines.flatMap((line): [string, number][] => {
      const [, where = "", offset = ""] = /^(.+ \d+) (\d+)$/.exec(line) ?? [];
      return offset === "" ? [] : [[where, Number(offset)]];
    }),
  );
}

/** The topic's id as Kafka's client says it; null where no file says it. */
async function readTopicId(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, "partition.metadata"), "utf8").catch(() => "");
  const [, id] = /^topic_id: ([\w-]{22})$/m.exec(text) ?? [];
  if (id === undefined) return null;
  const hex = Buffer.from(id, "base64url").toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
