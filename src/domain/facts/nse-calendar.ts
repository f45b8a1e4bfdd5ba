import { calendarOf, type Calendar, type DateText, type SpecialDay } from "./calendar.ts";

/** The packages have the sessions of Muhurat differently; in all else of these years they agree. */
const packages = "as exchange_calendars 4.13 (XBOM) and pandas_market_calendars 5.5 (NSE) have it";
const list2026 = "NSE Clearing CMPT71904";

const days2024: readonly SpecialDay[] = [
  session("2024-01-20", "Saturday session", "NSE circular of 28 December 2023 (Mint)", true),
  exchange("2024-01-22", "Consecration in Ayodhya", packages),
  exchange("2024-01-26", "Republic Day", packages),
  bank("2024-02-19", "Chhatrapati Shivaji Maharaj Jayanti", "as in 2025; no list seen", false),
  session("2024-03-02", "Saturday session", "NSE, switch to another site; press only", false),
  exchange("2024-03-08", "Mahashivratri", packages),
  exchange("2024-03-25", "Holi", packages),
  exchange("2024-03-29", "Good Friday", packages),
  bank("2024-04-01", "Annual bank closing", "Zee Business, 29 March 2024", true),
  bank("2024-04-09", "Gudhi Padwa", "Zee Business, 29 March 2024", true),
  exchange("2024-04-11", "Id-Ul-Fitr", packages),
  exchange("2024-04-17", "Ram Navami", packages),
  exchange("2024-05-01", "Maharashtra Day", packages),
  session("2024-05-18", "Saturday session", "NSE, switch to another site, no T+0; Bigul", true),
  exchange("2024-05-20", "General elections in Mumbai", packages),
  bank("2024-05-23", "Buddha Pournima", "Alice Blue, 22 May 2024", false),
  exchange("2024-06-17", "Bakri Id", packages),
  exchange("2024-07-17", "Moharram", packages),
  exchange("2024-08-15", "Independence Day", packages),
  bank("2024-09-16", "Id-E-Milad, as first declared", "Zerodha, 15 September 2024", false),
  bank("2024-09-18", "Id-E-Milad, as moved", "RBI, 14 September 2024; Zerodha", false),
  exchange("2024-10-02", "Mahatma Gandhi Jayanti", packages),
  session("2024-11-01", "Muhurat trading, 18:00 to 19:00", "NSE; NDTV Profit", true),
  exchange("2024-11-15", "Guru Nanak Jayanti", packages),
  exchange("2024-11-20", "Elections in Maharashtra", packages),
  exchange("2024-12-25", "Christmas", packages),
];

const days2025: readonly SpecialDay[] = [
  session("2025-02-01", "Union Budget", "a Saturday; counted in NSE Clearing CMPT69518", true),
  bank("2025-02-19", "Chhatrapati Shivaji Maharaj Jayanti", "BSE; India TV", true),
  exchange("2025-02-26", "Mahashivratri", packages),
  exchange("2025-03-14", "Holi", packages),
  exchange("2025-03-31", "Id-Ul-Fitr", packages),
  bank("2025-04-01", "Annual bank closing", "T+0 of September counts it (CMPT69518)", true),
  exchange("2025-04-10", "Mahavir Jayanti", packages),
  exchange("2025-04-14", "Dr. Babasaheb Ambedkar Jayanti", packages),
  exchange("2025-04-18", "Good Friday", packages),
  exchange("2025-05-01", "Maharashtra Day", packages),
  bank("2025-05-12", "Buddha Pournima", "press; T+0 of September counts it (CMPT69518)", true),
  exchange("2025-08-15", "Independence Day", packages),
  exchange("2025-08-27", "Ganesh Chaturthi", packages),
  bank("2025-09-05", "Id-E-Milad, as first declared", "NSE Clearing CMPT69875; Zerodha", true),
  bank("2025-09-08", "Id-E-Milad, as moved", "NSE Clearing CMPT70022", true),
  exchange("2025-10-02", "Mahatma Gandhi Jayanti, Dussehra", packages),
  session("2025-10-21", "Muhurat trading, 13:45 to 14:45", "NSE; M 2025201 in CMPT70009", true),
  exchange("2025-10-22", "Diwali Balipratipada", packages),
  exchange("2025-11-05", "Guru Nanak Jayanti", packages),
  exchange("2025-12-25", "Christmas", packages),
];

const days2026: readonly SpecialDay[] = [
  exchange("2026-01-15", "Municipal elections in Maharashtra", "NSE CMTR72260"),
  exchange("2026-01-26", "Republic Day", list2026),
  session("2026-02-01", "Union Budget", "NSE CMTR72349", true),
  bank("2026-02-19", "Chhatrapati Shivaji Maharaj Jayanti", list2026),
  exchange("2026-03-03", "Holi", list2026),
  bank("2026-03-19", "Gudhi Padwa", list2026),
  exchange("2026-03-26", "Ram Navami", list2026),
  exchange("2026-03-31", "Mahavir Jayanti", list2026),
  bank("2026-04-01", "Annual bank closing", list2026),
  exchange("2026-04-03", "Good Friday", list2026),
  exchange("2026-04-14", "Dr. Babasaheb Ambedkar Jayanti", list2026),
  exchange("2026-05-01", "Maharashtra Day", list2026),
  exchange("2026-05-28", "Bakri Id", list2026),
  exchange("2026-06-26", "Moharram", list2026),
  bank("2026-08-26", "Id-E-Milad", list2026),
  exchange("2026-09-14", "Ganesh Chaturthi", list2026),
  exchange("2026-10-02", "Mahatma Gandhi Jayanti", list2026),
  exchange("2026-10-20", "Dussehra", list2026),
  session("2026-11-08", "Muhurat trading", "NSE/CMTR/71775; its hours are not published", true),
  exchange("2026-11-10", "Diwali Balipratipada", list2026),
  exchange("2026-11-24", "Guru Nanak Jayanti", list2026),
  exchange("2026-12-25", "Christmas", list2026),
];

/**
 * NSE's equity calendar of 2024 to 2026: holidays of the exchange, holidays of the banks on which
 * it trades, and sessions on days that would have none. Weekend holidays are left out: they
 * change nothing.
 */
export const nseCalendar: Calendar = calendarOf([...days2024, ...days2025, ...days2026]);

function exchange(date: DateText, name: string, source: string): SpecialDay {
  return { date, name, kind: "exchange-holiday", source, isVerified: true };
}

function bank(date: DateText, name: string, source: string, isVerified = true): SpecialDay {
  return { date, name, kind: "bank-holiday", source, isVerified };
}

function session(date: DateText, name: string, source: string, isVerified: boolean): SpecialDay {
  return { date, name, kind: "special-session", source, isVerified };
}
