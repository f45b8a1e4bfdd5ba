import type { z } from "zod";
import { accountKey } from "../../domain/facts/account.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import type { markedSettlementSchema } from "../../http/routes/log-routes.ts";
import type { ReadingContext } from "../client/log-of-gateway.ts";
import { allRows } from "../client/pages.ts";
import {
  addMarketCommand,
  onMarket,
  type MarketContext,
  type MarketOptions,
} from "../client/market-context.ts";
import type { TerminalContext } from "../context.ts";
import { foldSteps } from "../log-steps.ts";
import { foldPassages } from "./log-passages.ts";
import { exitCode } from "../output.ts";
import { addFormat, assetAmount, printReport, type ReportFormat } from "./report-format.ts";
import type { Column } from "../table.ts";
import type { Registry } from "../registry.ts";

type MarkedSettlement = z.infer<typeof markedSettlementSchema>;

/** Whose obligations, and of which settlement. */
type ObligationsOptions = MarketOptions & {
  readonly format: ReportFormat;
  readonly member?: string;
  readonly client?: string;
  readonly settlement?: string;
};

/**
 * What an account or a member as a whole has to deliver or receive of one asset in a settlement:
 * paise or shares, above zero it receives. `settled`: how much of it moved.
 */
type ObligationLine = {
  readonly settlementNumber: string;
  readonly tradeDate: string;
  readonly settlementDate: string;
  readonly of: "member" | "account";
  readonly account: string;
  readonly asset: string;
  readonly amount: number;
  readonly status: string;
  readonly settled: number | null;
  readonly reason: string | null;
};

/** What the events said, by settlement, then account and asset; later ones replace earlier ones. */
type Obligations = {
  readonly dates: Map<string, { readonly tradeDate: string; readonly settlementDate: string }>;
  readonly lines: Map<string, ObligationLine>;
};

/** `sauda report obligations`: provisional and final, with what became of each. */
export function registerObligations(registry: Registry): void {
  addFormat(
    addMarketCommand(registry, {
      name: "obligations",
      summary: "what is to be delivered and paid in each settlement, and what was",
      examples: [
        "npx sauda report obligations",
        "npx sauda report obligations --member HDFC --settlement M2026216",
      ],
      more: "From the log: the clearing corporation's own words, which the books' journals do not repeat.",
    }),
  )
    .option("--member <name>", "only this member and its clients")
    .option("--client <code>", "only this client of the member")
    .option("--settlement <number>", "only this settlement, as in M2026216")
    .action((options: ObligationsOptions) =>
      onMarket(registry, options, {
        gateway: async (context) =>
          printObligations(context, options, await obligationsOfGateway(context, options)),
        log: (context) => runObligations(context, options),
      }),
    );
}

const columns: readonly Column<ObligationLine>[] = [
  { name: "SETTLEMENT", cell: ({ settlementNumber }) => settlementNumber },
  { name: "DATE", cell: ({ settlementDate }) => settlementDate },
  { name: "OF", cell: ({ of }) => of },
  { name: "ACCOUNT", cell: ({ account }) => account },
  { name: "ASSET", cell: ({ asset }) => (asset === "INR" ? "Rs" : asset) },
  { name: "AMOUNT", align: "right", cell: (row) => assetAmount(row.asset, BigInt(row.amount)) },
  { name: "STATUS", cell: ({ status, reason }) => [status, reason ?? ""].join(" ").trim() },
];

/** Prints the obligations as the whole log tells of them. Returns the exit code. */
export async function runObligations(
  context: ReadingContext,
  options: ObligationsOptions,
): Promise<number> {
  const found = noObligations();
  await foldSteps(context.logClient, ({ step }) => noteStep(found, step));
  return printObligations(context, options, found);
}

/** Prints the obligations in the order in which they were determined. */
function printObligations(
  context: TerminalContext,
  options: ObligationsOptions,
  found: Obligations,
): number {
  const { member, client, settlement, format } = options;
  const rows = [...found.lines.values()].filter(
    ({ account, settlementNumber }) =>
      (member === undefined || account.split("/")[0] === member) &&
      (client === undefined || account.split("/")[1] === client) &&
      (settlement === undefined || settlementNumber === settlement),
  );
  printReport(context, format, columns, rows, (row) => ({
    settlement: row.settlementNumber,
    trade_date: row.tradeDate,
    settlement_date: row.settlementDate,
    of: row.of,
    account: row.account,
    asset: row.asset,
    amount: row.amount,
    status: row.status,
    settled: row.settled,
    reason: row.reason,
  }));
  if (rows.length === 0)
    context.output.note("no obligations: trades settle at once here, or none is due yet");
  return exitCode.done;
}

/** Of the parts of the log that tell of them. */
async function obligationsOfGateway(
  context: MarketContext,
  { settlement }: ObligationsOptions,
): Promise<Obligations> {
  const query = { settlement_number: settlement };
  const path = "/v1/log/settlements";
  const settlements = await allRows<MarkedSettlement>(context.market, path, "settlements", {
    query,
  });
  const found = noObligations();
  for (const { settlement_number: number, trade_date, settlement_date } of settlements)
    found.dates.set(number, { tradeDate: trade_date, settlementDate: settlement_date });
  await foldPassages(context, settlements, ({ step }) => noteStep(found, step));
  return found;
}

function noObligations(): Obligations {
  return { dates: new Map(), lines: new Map() };
}

function noteStep(found: Obligations, { events }: Step): void {
  for (const event of events) noteObligation(found, event);
}

function noteObligation({ dates, lines }: Obligations, event: MarketEvent): void {
  if (event.type === "SettlementOpened") dates.set(event.settlementNumber, event);
  if (event.type === "ObligationDetermined" || event.type === "MemberObligationDetermined") {
    const { settlementNumber, status } = event;
    const { tradeDate = "", settlementDate = "" } = dates.get(settlementNumber) ?? {};
    const isAccount = event.type === "ObligationDetermined";
    const of = isAccount ? "account" : "member";
    const account = isAccount ? accountKey(event.participant, event.client) : event.participant;
    const fixed = { settlementNumber, tradeDate, settlementDate, of, account, status } as const;
    for (const { asset, amount } of event.obligations) {
      const line = { ...fixed, asset, amount, settled: null, reason: null };
      lines.set(`${settlementNumber} ${of} ${account} ${asset}`, line);
    }
  }
  if (event.type !== "InstructionUpdated") return;
  const { settlementNumber, asset, status, reason, settledAmount: settled } = event;
  const key = `${settlementNumber} account ${accountKey(event.participant, event.client)} ${asset}`;
  const line = lines.get(key);
  if (line !== undefined) lines.set(key, { ...line, status, reason, settled });
}
