import { deadLetterId } from "../../domain/facts/ids.ts";
import type { DeadLettered } from "../../domain/facts/event.ts";
import { commandsTopic } from "../../protocol/topics.ts";
import type { Door } from "../door.ts";
import { foldSteps } from "../log-steps.ts";
import type { Context } from "../context.ts";
import { printLetter, printLetters, theLetter } from "./dead-letters.ts";
import type { DeadLetter } from "./dead-letters.ts";
import type { DlqListOptions, DlqShowOptions } from "./dlq.ts";

/** Prints the letters of the log. Returns the exit code. */
export async function runDlqList(context: Context, options: DlqListOptions): Promise<number> {
  const { topic, reason, since = 0, limit } = options;
  const all = await listDeadLetters(context.door);
  const wanted = all.filter(
    (letter) =>
      (topic === undefined || letter.topic === topic) &&
      (reason === undefined || letter.reason === reason) &&
      Date.parse(letter.at) >= since,
  );
  return printLetters(context, wanted.slice(-limit), `${wanted.length} in all`);
}

/** Prints one letter of the log. Returns the exit code. */
export async function runDlqShow(
  context: Context,
  name: string,
  { raw = false }: DlqShowOptions,
): Promise<number> {
  return printLetter(context, theLetter(await listDeadLetters(context.door), name), raw);
}

/** Every dead letter of the market, in the order of the log: which is the truth about them. */
async function listDeadLetters(door: Door): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  await foldSteps(door, ({ shard, step }) => {
    for (const [index, event] of step.events.entries()) {
      if (event.type !== "DeadLettered") continue;
      // A record of `sauda.commands` itself has no source: its cause says where it stands.
      const commands = { topic: commandsTopic, partition: shard, offset: step.cause.offset };
      const { topic, partition, offset } = event.source ?? commands;
      const at = new Date(step.at).toISOString();
      const id = deadLetterId(shard, step, index);
      letters.push({ id, topic, partition, offset, at, ...content(event) });
    }
  });
  return letters;
}

function content({ reason, detail, original, cut }: DeadLettered) {
  const { keyBase64, valueBase64 } = original;
  const letter = { reason, detail, key: bytes(keyBase64), value: bytes(valueBase64) };
  return cut === undefined ? letter : { ...letter, cut };
}

function bytes(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, "base64");
}
