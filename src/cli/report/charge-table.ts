import type { DayCharges } from "../../domain/charges/day.ts";
import {
  chargeTitles,
  ratesOf,
  type ChargeLine,
  type ChargeRule,
} from "../../domain/charges/line.ts";
import { groupedRupees } from "../../domain/facts/units.ts";
import type { Context } from "../context.ts";
import { printTable, type Column } from "../table.ts";
import { chargeJson } from "../../protocol/contract-note/json.ts";

/** Somebody who trades, with what the trade costs them. */
export type ChargedParty = { readonly title: string; readonly charges: DayCharges };

/** A row for people: a charge or a sum. */
type Row = {
  readonly name: string;
  readonly on: string;
  readonly rate: string;
  readonly exact: string;
  readonly charged: string;
  readonly rules: string;
};

const columns: readonly Column<Row>[] = [
  { name: "CHARGE", cell: ({ name }) => name },
  { name: "ON Rs", align: "right", cell: ({ on }) => on },
  { name: "RATE", align: "right", cell: ({ rate }) => rate },
  { name: "EXACT Rs", align: "right", cell: ({ exact }) => exact },
  { name: "CHARGED Rs", align: "right", cell: ({ charged }) => charged },
  { name: "RULES", cell: ({ rules }) => rules },
];

/**
 * Prints what each party is charged: a table each, then the rules that its numbers name, once; an
 * unverified one bears `*`. As JSON: one object a charge, and one with the totals of each party.
 */
export function printCharges(
  context: Pick<Context, "terminal" | "output">,
  parties: readonly ChargedParty[],
): void {
  const { output } = context;
  const rules = numberRules(parties.flatMap(({ charges }) => linesOf(charges)));
  for (const { title, charges } of parties) {
    if (output.isJson) {
      for (const line of charges.lines) output.fact("", lineJson(title, line, true));
      for (const line of charges.ledgerLines) output.fact("", lineJson(title, line, false));
      output.fact("", totalsJson(title, charges));
      continue;
    }
    output.fact(title, {});
    printTable(context, columns, rowsOf(charges, rules), () => ({}));
    output.fact("", {});
  }
  if (output.isJson) return;
  for (const [number, { says, from, source, verified }] of [...rules.values()].entries())
    output.fact(`${number + 1}${verified ? " " : "*"} ${says}; from ${from}: ${source}`, {});
  if ([...rules.values()].some(({ verified }) => !verified))
    output.fact("*  not verified: read the rule itself before you rely on it", {});
}

type Rules = ReadonlyMap<string, ChargeRule>;

function linesOf({ lines, ledgerLines }: DayCharges): readonly ChargeLine[] {
  return [...lines, ...ledgerLines];
}

/** Rules in the order in which they are first named. */
function numberRules(lines: readonly ChargeLine[]): Rules {
  return new Map(lines.flatMap(({ rules }) => rules.map((rule) => [keyOf(rule), rule])));
}

function keyOf({ says, from, source }: ChargeRule): string {
  return `${says} ${from} ${source}`;
}

function rowsOf(charges: DayCharges, rules: Rules): Row[] {
  const { lines, ledgerLines, chargesPaise, boughtPaise, soldPaise } = charges;
  const value = soldPaise - boughtPaise;
  const rows = [
    ...lines.map((line) => rowOf(line, rules)),
    sumRow("CHARGES", chargesPaise),
    sumRow(`${owes(value)} FOR THE TRADE`, Math.abs(value)),
    sumRow(`${owes(charges.netPaise)} BY CONTRACT NOTE`, Math.abs(charges.netPaise)),
  ];
  if (ledgerLines.length === 0) return rows;
  const after = charges.netAfterLedgerPaise;
  return [
    ...rows,
    ...ledgerLines.map((line) => rowOf(line, rules)),
    sumRow(`${owes(after)} AFTER DEMAT CHARGES`, Math.abs(after)),
  ];
}

function owes(amountPaise: number): string {
  return amountPaise < 0 ? "PAYS" : "GETS";
}

function rowOf(line: ChargeLine, rules: Rules): Row {
  const keys = [...rules.keys()];
  return {
    name: chargeTitles[line.charge],
    on: groupedRupees(line.basePaise),
    rate: ratesOf(line).join(" + "),
    exact: line.rawRupees,
    charged: groupedRupees(line.amountPaise),
    rules: line.rules
      .map((rule) => `${keys.indexOf(keyOf(rule)) + 1}${rule.verified ? "" : "*"}`)
      .join(" "),
  };
}

function sumRow(name: string, amountPaise: number): Row {
  return { name, on: "", rate: "", exact: "", charged: groupedRupees(amountPaise), rules: "" };
}

function lineJson(party: string, line: ChargeLine, isOnContractNote: boolean): object {
  return {
    type: "charge",
    party,
    charge: line.charge,
    symbol: line.symbol,
    on_contract_note: isOnContractNote,
    ...chargeJson(line),
    rules: line.rules,
  };
}

function totalsJson(party: string, charges: DayCharges): object {
  return {
    type: "total",
    party,
    date: charges.date,
    bought_paise: charges.boughtPaise,
    sold_paise: charges.soldPaise,
    charges_paise: charges.chargesPaise,
    net_paise: charges.netPaise,
    demat_charges_paise: charges.ledgerPaise,
    net_after_demat_charges_paise: charges.netAfterLedgerPaise,
  };
}
