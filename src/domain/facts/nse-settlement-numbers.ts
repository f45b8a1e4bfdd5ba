import type { NumberException, SettlementType } from "./calendar.ts";

const nextDay: readonly SettlementType[] = ["M", "Z", "A"];

/** Where NSE Clearing's settlement numbers are not the running count of sessions. */
export const nseNumberExceptions: readonly NumberException[] = [
  ...lateSessionsOf2024(),
  {
    date: "2025-02-01",
    types: nextDay,
    ordinal: "counted",
    source: "CMPT69518: M 2025166 on 1 September 2025 counts the Saturday of the budget",
    isVerified: true,
  },
  {
    date: "2025-09-05",
    types: ["5"],
    ordinal: "none",
    source: "a settlement holiday when CMPT69518 gave the month's numbers; trading stayed",
    isVerified: true,
  },
  {
    date: "2025-09-08",
    types: ["5"],
    ordinal: "left-out",
    source: "CMPT70022: no T+0 settlement 2025666, declared a settlement holiday on 4 September",
    isVerified: true,
  },
  {
    date: "2026-01-15",
    types: [...nextDay, "5"],
    ordinal: "left-out",
    source: "CMPT72278: no settlements 2026011 and 2026511, declared a holiday on 12 January",
    isVerified: true,
  },
  {
    date: "2026-02-01",
    types: nextDay,
    ordinal: 300,
    source: "NSE Clearing: M 2026300 on the Sunday of the budget, 2026022 on Monday (CMPT72228)",
    isVerified: true,
  },
  {
    date: "2026-11-08",
    types: nextDay,
    ordinal: "counted",
    source:
      "not known whether the Sunday of Muhurat has a number of its own; it was told a year ahead",
    isVerified: false,
  },
];

/**
 * Of 2024 one number was seen, 2024216 on a contract note that settled on 14 November: as many as
 * there were sessions by the calendar that was given a month ahead. So what was declared late is
 * passed over or left out, as in 2026.
 */
function lateSessionsOf2024(): NumberException[] {
  const source = "read off 2024216, settled on 14 November 2024; by analogy with 2026";
  const late = { types: nextDay, source, isVerified: false };
  return [
    { date: "2024-01-20", ordinal: 300, ...late },
    { date: "2024-01-22", ordinal: "left-out", ...late },
    { date: "2024-03-02", ordinal: 301, ...late },
    { date: "2024-05-18", ordinal: 302, ...late },
    { date: "2024-11-20", ordinal: "left-out", ...late },
  ];
}
