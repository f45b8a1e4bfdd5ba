import { readFile } from "node:fs/promises";
import { z } from "zod";
import { date } from "../../protocol/fields.ts";
import { unusableFile } from "../machine-faults.ts";
import { Failure, exitCode } from "../output.ts";

const amount = z.int().min(0);
const holdings = { cash_paise: amount, shares_each: amount };

const dates = z.array(date).default([]);

/**
 * `participants.json`: who takes part, with what each account opens, and how trades settle.
 * Money in paise; holidays come on top of NSE's. What is absent stays absent: older files keep
 * their digest.
 */
const participantsFile = z
  .strictObject({
    mode: z.enum(["open", "strict"]),
    participants: z.array(z.strictObject({ participant: z.string().min(1), ...holdings })),
    unknown: z.strictObject(holdings),
    settlement: z.enum(["instant", "T+0", "T+1"], "write instant, T+0 or T+1").optional(),
    holidays: z.strictObject({ exchange: dates, bank: dates }).optional(),
  })
  .refine((file) => file.holidays === undefined || (file.settlement ?? "instant") !== "instant", {
    path: ["holidays"],
    message: 'trades settle at once here; write "settlement": "T+1" too, or leave holidays out',
  });

/** The file as it was read. */
export type ParticipantsFile = z.output<typeof participantsFile>;

/** Reads a participants file. Throws `Failure` that names the file, the field and what to write. */
export async function readParticipants(file: string): Promise<ParticipantsFile> {
  const parsed = participantsFile.safeParse(await readJson(file));
  if (!parsed.success) throw new Failure(`${file}: ${describe(parsed.error)}`, exitCode.usage);
  return parsed.data;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw unusableFile(`cannot read ${file}`, error);
  }
}

function describe(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.join(".") || "file"}: ${message}`)
    .join("; ");
}
