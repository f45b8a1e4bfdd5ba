import { perCrore, percent } from "./rate.ts";
import type { ChargeTables } from "./tables.ts";

const sttRules = "Securities Transaction Tax Rules 2004";
const stampAct = "Indian Stamp Act section 9A, Rules of 2019, one rate for all states";
const gstAct = "CGST, UTGST and IGST Acts 2017, financial services 18 %";
const contractNotes = "as brokers' contract notes show it; no rule found";

/**
 * Charges on equity at NSE, from 2021 on. Rates are of the trade's value; "per side" is buyer and
 * seller each.
 */
export const nseChargeTables: ChargeTables = {
  rates: {
    sttDelivery: [
      row(
        "2012-07-01",
        percent(100),
        "Finance Act 2012: buyer and seller of what is delivered",
        true,
      ),
    ],
    sttIntraday: [
      row("2006-06-01", percent(25), "Finance Act 2006: seller of what is not delivered", true),
    ],
    transaction: [
      row("2021-01-01", perCrore(345_00), "NSE, 6 % more from 1 January 2021; per side", false),
      row("2023-04-01", perCrore(325_00), "NSE/FA/56129, the 6 % taken back; per side", true),
      row("2024-04-01", perCrore(322_00), "NSE, 1 % less; press and brokers only; per side", false),
      row("2024-10-01", perCrore(297_00), "NSE/FA/64323 of 27 September 2024; per side", true),
      row("2026-03-01", perCrore(306_99), "NSE/FA/73061 of 27 February 2026; per side", true),
    ],
    ipft: [
      row("2021-01-01", perCrore(1), "NSE, investor protection fund trust; per side", true),
      row("2023-04-01", perCrore(10_00), "NSE, release of 24 March 2023; per side", true),
      row("2026-03-01", perCrore(1), "NSE/FA/73061 of 27 February 2026; per side", true),
    ],
    sebi: [
      row("2019-04-01", perCrore(10_00), "SEBI Payment of Fees Regulations 2019", true),
      row(
        "2020-06-01",
        perCrore(5_00),
        "SEBI Payment of Fees Regulations 2020: half for ten months",
        true,
      ),
      row("2021-04-01", perCrore(10_00), "SEBI Payment of Fees Regulations 2019", true),
    ],
    stampDelivery: [
      row("2020-07-01", percent(15), `${stampAct}: buyer of what is delivered`, true),
    ],
    stampIntraday: [
      row("2020-07-01", percent(3), `${stampAct}: buyer of what is not delivered`, true),
    ],
    cgst: [row("2017-07-01", percent(9_000), `${gstAct}: the Union's half`, true)],
    sgst: [row("2017-07-01", percent(9_000), `${gstAct}: the state's half`, true)],
    utgst: [row("2017-07-01", percent(9_000), `${gstAct}: the Union territory's half`, true)],
    igst: [row("2017-07-01", percent(18_000), `${gstAct}: member and client in two states`, true)],
  },
  roundings: {
    vwap: [row("2004-10-01", paisa(), `${sttRules}, rule 3(a)`, true)],
    stt: [
      row(
        "2004-10-01",
        rupee(),
        `${sttRules}, rule 4: fifty paise or more go up; for each security, where no rule says whether for it or for the whole note`,
        false,
      ),
    ],
    stamp: [row("2020-07-01", rupee(), "as several contract notes show it; no rule found", true)],
    brokerage: [row("2017-07-01", paisa(), contractNotes, false)],
    transaction: [row("2017-07-01", paisa(), contractNotes, false)],
    ipft: [row("2017-07-01", paisa(), contractNotes, false)],
    sebi: [row("2017-07-01", paisa(), contractNotes, false)],
    gst: [row("2017-07-01", paisa(), contractNotes, false)],
  },
  plans: {
    zero: [row("2017-07-01", { rate: percent(0), maxPaise: 0 }, "the member's own tariff", true)],
    flat20: [
      row(
        "2017-07-01",
        { rate: percent(2_500), maxPaise: 20_00 },
        "the member's own tariff; NSE allows at most 2.5 % of the value",
        true,
      ),
    ],
    capped20: [
      row("2017-07-01", { rate: percent(30), maxPaise: 20_00 }, "the member's own tariff", true),
    ],
  },
  gstBase: [
    row(
      "2017-07-01",
      ["brokerage", "transaction", "sebi"],
      "taxable value of supply on brokers' contract notes; whether IPFT belongs to it is open (Kite's own mock taxes it: Rs 1.80 a crore more from April 2023 to February 2026)",
      false,
    ),
  ],
  depository: [
    row(
      "2021-01-01",
      { depositoryPaise: 5_50, participantPaise: 8_00 },
      "CDSL's highest slab and one discount broker's price",
      false,
    ),
    row(
      "2024-10-01",
      { depositoryPaise: 3_50, participantPaise: 9_50 },
      "CDSL's tariff of 1 October 2024 and one discount broker's price",
      true,
    ),
  ],
};

function row<Value>(from: string, value: Value, source: string, verified: boolean) {
  return { from, value, source, verified };
}

function paisa() {
  return { stepPaise: 1, half: "up" as const };
}

function rupee() {
  return { stepPaise: 100, half: "up" as const };
}
