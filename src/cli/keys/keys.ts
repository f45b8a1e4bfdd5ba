import type { Command } from "commander";
import { keyIdPattern, roles } from "../../http/keys.ts";
import { participantPattern } from "../../protocol/fields.ts";
import type { Config } from "../config.ts";
import { askUp, findUp } from "../market/control.ts";
import { deskPath, keepDeskSecret, renewDeskSecret } from "./desk-key.ts";
import { defaultHttpPort, sayDashboard } from "../market/gateway.ts";
import { changeKeys, deskId, deskText, keysPath, newKey, readKeys } from "./keys-file.ts";
import { findMemoryMarket } from "../market/memory-market.ts";
import { collect } from "../option-values.ts";
import { Failure, exitCode, makeOutput } from "../output.ts";
import type { Output } from "../output.ts";
import { withHelp } from "../program.ts";
import { summaries } from "../summaries.ts";

type AddOptions = {
  readonly participant: readonly string[];
  readonly role: readonly string[];
  readonly json?: boolean;
};

/** `sauda keys`: the gateway's keys. A running gateway follows the file: a revoked key ends at once. */
export function registerKeys(program: Command, config: Config): void {
  const path = keysPath(config.dataDir);
  const keys = withHelp(program.command("keys"), {
    summary: summaries.keys,
    examples: [
      "npx sauda keys list",
      "npx sauda keys add my-oms --participant HDFC --role trader --role counterparty",
      "npx sauda keys revoke my-oms",
      "npx sauda keys desk",
    ],
    more: "Secrets are shown once and kept nowhere; the file has their SHA-256 only.",
  });
  withHelp(keys.command("list"), {
    summary: "every key: id, roles, members",
    examples: ["npx sauda keys list", "npx sauda keys list --json"],
  })
    .option("--json", "NDJSON")
    .action((options: { json?: boolean }) => list(path, options.json === true));
  withHelp(keys.command("add <id>"), {
    summary: "make a key; its text is shown once",
    examples: ["npx sauda keys add my-oms --participant HDFC --role trader --role counterparty"],
  })
    .option("--participant <name>", "a member it may act for; repeatable; none: all", collect, [])
    .option("--role <role>", `${roles.join(", ")}; repeatable (default: read)`, collect, [])
    .option("--json", "NDJSON")
    .action((id: string, options: AddOptions) => add(path, id, options));
  withHelp(keys.command("revoke <id>"), {
    summary: "end a key",
    examples: ["npx sauda keys revoke my-oms"],
  })
    .option("--json", "NDJSON")
    .action((id: string, options: { json?: boolean }) => revoke(path, id, options.json === true));
  withHelp(keys.command("desk"), {
    summary: "the dashboard's address with its key; --new makes another key",
    examples: ["npx sauda keys desk", "npx sauda keys desk --new"],
  })
    .option("--new", "make another key in the old one's place: pages with the old one are out")
    .option(
      "--url <url>",
      `the gateway's address (default: of the market that runs here, else ${usualUrl})`,
    )
    .option("--json", "NDJSON")
    .action((options: DeskOptions) => desk(config.dataDir, options));
}

/** Where a gateway is that was started without a word. */
const usualUrl = `http://127.0.0.1:${defaultHttpPort}`;

type DeskOptions = { readonly new?: boolean; readonly url?: string; readonly json?: boolean };

async function desk(dataDir: string, options: DeskOptions): Promise<void> {
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

async function list(path: string, isJson: boolean): Promise<void> {
  const output = makeOutput(isJson);
  const keys = (await readKeys(path)) ?? [];
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

async function add(path: string, id: string, options: AddOptions): Promise<void> {
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
  await changeKeys(path, (keys) => {
    if (keys?.some((key) => key.id === id) === true)
      throw new Failure(`id ${id} is taken: revoke it first, or choose another`);
    return [...(keys ?? []), made.key];
  });
  output.fact(`KEY    ${made.text}   shown once`, { type: "key", id, key: made.text });
}

async function revoke(path: string, id: string, isJson: boolean): Promise<void> {
  await changeKeys(path, (keys) => {
    if (keys?.some((key) => key.id === id) !== true)
      throw new Failure(`id ${id}: no such key; \`npx sauda keys list\``);
    return keys.filter((key) => key.id !== id);
  });
  makeOutput(isJson).fact(`REVOKED ${id}`, { type: "revoked", id });
}
