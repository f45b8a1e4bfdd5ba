import { ratesOf, type ChargeLine } from "../../domain/charges/line.ts";
import type { ContractNote, NoteRow, NoteSecurity } from "./contract-note.ts";

/**
 * The note for programs: amounts in paise, below zero the client owes; rates per share in rupees
 * as text.
 */
export function contractNoteJson(note: ContractNote): object {
  const { member, client } = note;
  return {
    contract_note: note.number,
    trade_date: note.date,
    member: {
      code: member.member,
      name: member.name,
      address: member.address,
      sebi_registration: member.sebiRegistration,
      compliance_officer: member.complianceOfficer,
    },
    client: { ucc: client.client, name: client.name, pan: client.pan },
    securities: note.securities.map(securityJson),
    obligation_paise: note.obligationPaise,
    charges: note.charges.map(chargeJson),
    taxable_value_paise: note.taxableValuePaise,
    net_paise: note.netPaise,
  };
}

function securityJson(security: NoteSecurity): object {
  const { symbol, isin, settlement, rows, boughtShares, soldShares, netTotalPaise } = security;
  return {
    symbol,
    isin,
    settlement_number: settlement?.number ?? null,
    settlement_date: settlement?.date ?? null,
    trades: rows.map(rowJson),
    bought: boughtShares,
    sold: soldShares,
    net_total_paise: netTotalPaise,
  };
}

function rowJson(row: NoteRow): object {
  return {
    order_id: row.orderId,
    order_time: row.orderTime,
    trade_id: row.tradeId,
    trade_time: row.tradeTime,
    side: row.side,
    quantity: row.quantity,
    gross_rate: row.grossRate,
    brokerage_per_share: row.brokeragePerShare,
    net_rate: row.netRate,
    brokerage_paise: row.brokeragePaise,
    net_total_paise: row.netTotalPaise,
  };
}

/** A charge as JSON; amounts in paise. */
export function chargeJson(line: ChargeLine): object {
  return {
    charge: line.charge,
    symbol: line.symbol,
    base_paise: line.basePaise,
    rate: ratesOf(line),
    exact_rupees: line.rawRupees,
    amount_paise: line.amountPaise,
    why: line.why,
    verified: line.rules.every(({ verified }) => verified),
  };
}
