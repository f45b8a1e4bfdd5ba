import { Option } from "commander";
import { chargesOfDay } from "../../domain/charges/day.ts";
import { gstKind } from "../../domain/charges/gst.ts";
import type { AccountDay } from "../../domain/charges/trades.ts";
import { contractNoteHtml } from "../../protocol/contract-note/html.ts";
import { contractNoteJson } from "../../protocol/contract-note/json.ts";
import { contractNoteText } from "../../protocol/contract-note/text.ts";
import { makeContractNote } from "../../protocol/contract-note/contract-note.ts";
import { addMarketCommand, onMarket, type MarketOptions } from "../client/market-context.ts";
import type { TerminalContext } from "../context.ts";
import { dayOfGateway, dayOfLog } from "./account-day.ts";
import { readDay } from "../option-values.ts";
import { addChargeOptions, type ChargeOptions } from "./charge-options.ts";
import { registerBooksReports } from "./report-books.ts";
import { registerDayFile } from "./report-day-file.ts";
import { registerObligations } from "./report-obligations.ts";
import { Failure, exitCode, printable } from "../output.ts";
import { newCommand } from "../program.ts";
import type { Registry } from "../registry.ts";

/** Whose contract note, of which day, and how it is written. */
type ContractNoteOptions = MarketOptions &
  ChargeOptions & {
    readonly member: string;
    readonly client?: string;
    readonly date?: string;
    readonly format: "text" | "html";
  };

/** `sauda report`: what a market's log and its books say, as documents. */
export function registerReport(registry: Registry): void {
  const report = newCommand(registry.program, {
    name: "report",
    examples: [
      "npx sauda report contract-note --member HDFC --client C1",
      "npx sauda report trial-balance",
      "npx sauda report statement --member HDFC --client C1 --format csv",
    ],
  });
  const under = { ...registry, program: report };
  registerBooksReports(under);
  registerObligations(under);
  registerDayFile(under);
  const note = addMarketCommand(under, {
    name: "contract-note",
    summary: "a client's trades of one day with their charges",
    examples: [
      "npx sauda report contract-note --member HDFC --client C1",
      "npx sauda report contract-note --member HDFC --client C1 --brokerage flat20 --date 2026-11-20",
      "npx sauda report contract-note --member HDFC --client C1 --format html > note.html",
    ],
    more: "Trades are read from the log, charges computed by the rates of the day (`npx sauda charges`).",
  })
    .requiredOption("--member <name>", "the member, as in HDFC")
    .option("--client <code>", "its client (default: the member's own account)")
    .option("--date <day>", "the trade date (default: the last one with a trade)", readDay);
  addChargeOptions(note)
    .addOption(
      new Option("--format <format>", "text or a page").choices(["text", "html"]).default("text"),
    )
    .action((options: ContractNoteOptions) =>
      onMarket(registry, options, {
        gateway: async (context) =>
          runContractNote(context, options, await dayOfGateway(context, options)),
        log: async (context) =>
          runContractNote(context, options, await dayOfLog(context.logClient, options)),
      }),
    );
}

/** Prints the contract note of the day. Returns the exit code. */
function runContractNote(
  context: TerminalContext,
  options: ContractNoteOptions,
  { date, trades }: AccountDay,
): number {
  const { member, client = null, state, memberState, format } = options;
  const gst = gstKind(memberState, state ?? null);
  const charges = chargesOfDay({ date, trades, plan: options.brokerage, gst });
  if ("reason" in charges) throw new Failure(charges.text);
  const unknown = { name: null, address: null, sebiRegistration: null, complianceOfficer: null };
  const holder = { client, name: null, pan: null };
  const note = makeContractNote({ member, ...unknown }, holder, trades, charges);
  const { output, terminal } = context;
  if (output.isJson) output.fact("", contractNoteJson(note));
  else if (format === "html") terminal.out.write(contractNoteHtml(note));
  else
    for (const line of contractNoteText(note).trimEnd().split("\n"))
      output.fact(printable(line), {});
  return exitCode.done;
}
