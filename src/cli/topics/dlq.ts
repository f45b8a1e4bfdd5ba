import { isUtf8 } from "node:buffer";
import type { Command } from "commander";
import { findDeadLetters, listDeadLetters, placeOf } from "./dead-letters.ts";
import type { DeadLetter } from "./dead-letters.ts";
import { registerRedrive } from "./dlq-redrive.ts";
import type { OpenDoor } from "../door.ts";
import { readCount } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import { withHelp } from "../program.ts";
import { wireValue } from "../raw-json.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { printable, printTable } from "../table.ts";
import type { Column } from "../table.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** Which dead letters to list. */
export type DlqListOptions = StageOptions & { readonly topic?: string; readonly limit: number };
/** How to show one. */
export type DlqShowOptions = StageOptions & { readonly raw?: boolean };

/** `sauda dlq list|show`: records nobody could read or use. */
export function registerDlq(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  const dlq = withHelp(program.command("dlq"), {
    summary: summaries.dlq,
    examples: [
      "npx sauda dlq list",
      "npx sauda dlq show D-0-12-0-0",
      "npx sauda dlq redrive --reason NO_ORDER_WAITING --dry-run",
    ],
    more:
      "Dead letters are read from sauda.events, which is the truth about them and has their original " +
      "bytes; the publisher copies them to sauda.dead-letters for everybody else.",
  });
  addCommand(dlq, {
    name: "list",
    summary: "list dead letters, newest last",
    examples: ["npx sauda dlq list", "npx sauda dlq list --topic Counter_party --limit 5"],
  })
    .option("--topic <name>", "only records of this topic")
    .option("--limit <n>", "at most so many, the newest", readCount, 50)
    .action((options: DlqListOptions) =>
      onStage(open, terminal, options, (stage) => runDlqList(stage, options)),
    );
  addCommand(dlq, {
    name: "show",
    summary: "show one dead letter with its original bytes",
    examples: [
      "npx sauda dlq show D-0-12-0-0",
      "npx sauda dlq show Counter_party-0-3",
      "npx sauda dlq show 0-3          (where no two topics have one there)",
      "npx sauda dlq show Counter_party-0-3 --raw > record.bin",
    ],
  })
    .argument(
      "<place>",
      "the letter's id, topic-partition-offset of the record, or partition-offset",
    )
    .option("--raw", "the original value's bytes and nothing else")
    .action((name: string, options: DlqShowOptions) =>
      onStage(open, terminal, options, (stage) => runDlqShow(stage, name, options)),
    );
  registerRedrive(dlq, open, terminal);
}

const columns: readonly Column<DeadLetter>[] = [
  { name: "ID", cell: ({ id }) => id },
  { name: "RECORD", cell: placeOf },
  { name: "AT", cell: ({ at }) => at },
  { name: "REASON", cell: ({ reason }) => reason },
  { name: "DETAIL", cell: ({ detail }) => detail },
];

/** Prints the list. Returns the exit code. */
export async function runDlqList(stage: Stage, { topic, limit }: DlqListOptions): Promise<number> {
  const all = await listDeadLetters(stage.door);
  const wanted = all.filter((letter) => topic === undefined || letter.topic === topic);
  printTable(stage, columns, wanted.slice(-limit), letterJson);
  const [first] = wanted.slice(-limit);
  if (first === undefined) stage.output.note("no dead letters: every record could be used");
  else stage.output.note(`${wanted.length} in all; npx sauda dlq show ${first.id} shows one whole`);
  return exitCode.done;
}

/** Prints one letter. Returns the exit code. */
export async function runDlqShow(
  stage: Stage,
  name: string,
  { raw = false }: DlqShowOptions,
): Promise<number> {
  const { output, terminal } = stage;
  const found = findDeadLetters(await listDeadLetters(stage.door), name);
  const [letter] = found;
  if (letter === undefined)
    throw new Failure(`no dead letter ${name}: npx sauda dlq list shows them`);
  if (found.length > 1) {
    const places = found.map(placeOf).join(", ");
    throw new Failure(`several records stood at ${name}: say one of ${places}`, exitCode.usage);
  }
  if (raw) {
    terminal.out.write(letter.value ?? Buffer.alloc(0));
    return exitCode.done;
  }
  if (output.isJson) output.fact("", letterJson(letter));
  else for (const line of describe(letter)) output.fact(line, {});
  return exitCode.done;
}

function describe(letter: DeadLetter): string[] {
  return [
    `id      ${letter.id}`,
    `record  ${placeOf(letter)}`,
    `at      ${letter.at}`,
    `reason  ${letter.reason}`,
    `detail  ${printable(letter.detail)}`,
    `key     ${shown(letter.key)}`,
    `value   ${shown(letter.value)}`,
    ...(letter.cut === undefined ? [] : [`cut     ${cutWords(letter.cut)}`]),
  ];
}

function cutWords(cut: NonNullable<DeadLetter["cut"]>): string {
  if ("firstOffset" in cut)
    return `not unpacked: offsets ${cut.firstOffset} to ${cut.lastOffset}, ${cut.packedBytes} bytes packed, sha256 ${cut.sha256}`;
  const { keyBytes, valueBytes, headerBytes, sha256 } = cut;
  return `the beginning only, of ${keyBytes ?? 0} bytes of key, ${valueBytes ?? 0} of value, ${headerBytes} of headers, sha256 ${sha256}`;
}

/** Text as it is, other bytes in hex, marks that move the cursor replaced. */
function shown(bytes: Buffer | null): string {
  if (bytes === null) return "none";
  return isUtf8(bytes) ? printable(bytes.toString("utf8")) : `hex ${bytes.toString("hex")}`;
}

function letterJson(letter: DeadLetter): object {
  const { key, value, ...rest } = letter;
  return {
    ...rest,
    key_base64: key?.toString("base64") ?? null,
    value_base64: value?.toString("base64") ?? null,
    value: wireValue(value),
  };
}
