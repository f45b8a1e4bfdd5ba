import { keyIdPattern, roles } from "../../http/keys.ts";
import { participantPattern } from "../../protocol/fields.ts";
import { askUp, findUp } from "../market/control.ts";
import { deskPath, keepDeskSecret, renewDeskSecret, sayDashboard } from "./desk-key.ts";
import { changeKeys, deskId, deskText, keysPath, newKey, readKeys } from "./keys-file.ts";
import { findMemoryMarket } from "../market/memory-market.ts";
import { Failure, exitCode, makeOutput, type Output } from "../output.ts";

/** What a new key may do. */
export type AddOptions = {
  readonly participant: readonly string[];
  readonly role: readonly string[];
  readonly json?: boolean;
};

/** Which address, and whether the key is a new one. */
export type DeskOptions = {
  readonly new?: boolean;
  readonly url?: string;
  readonly json?: boolean;
};

/** Says the address of the dashboard with its key. */
export async function sayDesk(
  dataDir: string,
  options: DeskOptions,
  usualUrl: string,
): Promise<void> {
  const output = makeOutput(options.json === true);
  const path = deskPath(dataDir);
  const url = options.url ?? (await runningUrl(dataDir, output)) ?? usualUrl;
  const secret = await (options.new === true ? renewDeskSecret(path) : keepDeskSecret(path));
  sayDashboard(output, url.replace(/\/$/, ""), deskText(secret));
}

/** The address of the gateway that runs on this data folder; null where none is known. */
async function runningUrl(dataDir: string, output: Output): Promise<string | null> {
  const up = await findUp(dataDir);
  if (up === null) return (await findMemoryMarket(dataDir))?.http || null;
  try {
    const { http } = await askUp(up, { do: "status" }, 5000);
    return typeof http === "string" ? http : null; // it still starts
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.note(error.message); // the key needs no market: an old one ends all the same
    return null;
  }
}

/** Says every key. */
export async function listKeys(dataDir: string, isJson: boolean): Promise<void> {
  const output = makeOutput(isJson);
  const keys = (await readKeys(keysPath(dataDir))) ?? [];
  if (keys.length === 0) output.note("no keys yet: `npm start` or `npx sauda gateway` makes them");
  for (const { id, roles, participants } of keys) {
    const members = participants === "*" ? "all members" : participants.join(", ");
    output.fact(`${id}   ${roles.join(", ")}   ${members}`, {
      type: "key",
      id,
      roles,
      participants,
    });
  }
}

/** Makes a key and says it once. Throws `Failure` for what a key cannot be. */
export async function addKey(dataDir: string, id: string, options: AddOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  if (!keyIdPattern.test(id))
    throw new Failure(`id ${id}: send 1 to 64 letters, digits and -`, exitCode.usage);
  if (id === deskId)
    throw new Failure(`id ${id} is the dashboard's own: choose another`, exitCode.usage);
  const stranger = options.participant.find((name) => !participantPattern.test(name));
  if (stranger !== undefined)
    throw new Failure(
      `--participant ${stranger}: send a member's short name such as HDFC`,
      exitCode.usage,
    );
  const wanted = options.role.length === 0 ? ["read"] : options.role;
  const known = roles.filter((role) => wanted.includes(role));
  const unknown = wanted.filter((role) => !(roles as readonly string[]).includes(role));
  if (unknown.length > 0)
    throw new Failure(
      `--role: send ${roles.join(", ")}; found ${unknown.join(", ")}`,
      exitCode.usage,
    );
  const made = newKey(id, known, options.participant.length === 0 ? "*" : options.participant);
  await changeKeys(keysPath(dataDir), (keys) => {
    if (keys?.some((key) => key.id === id) === true)
      throw new Failure(`id ${id} is taken: revoke it first, or choose another`);
    return [...(keys ?? []), made.key];
  });
  output.fact(`KEY    ${made.text}   shown once`, { type: "key", id, key: made.text });
}

/** Ends a key. Throws `Failure` where there is none of that id. */
export async function revokeKey(dataDir: string, id: string, isJson: boolean): Promise<void> {
  await changeKeys(keysPath(dataDir), (keys) => {
    if (keys?.some((key) => key.id === id) !== true)
      throw new Failure(`id ${id}: no such key; \`npx sauda keys list\``);
    return keys.filter((key) => key.id !== id);
  });
  makeOutput(isJson).fact(`REVOKED ${id}`, { type: "revoked", id });
}
