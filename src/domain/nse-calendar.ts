import { calendarOf } from "./calendar.ts";
import type { Calendar, DateText, SpecialDay } from "./calendar.ts";

/**
 * NSE's equity calendar of 2026: holidays of the exchange, holidays of the banks on which it trades, and
 * sessions on a weekend. Weekend holidays are left out: they change nothing. Sources beside each day.
 */
export const nseCalendar: Calendar = calendarOf([
  exchange("2026-01-15", "Municipal elections in Maharashtra", "NSE CMTR72260"),
  exchange("2026-01-26", "Republic Day"),
  session("2026-02-01", "Union Budget", "NSE CMTR72349", true),
  bank("2026-02-19", "Chhatrapati Shivaji Maharaj Jayanti"),
  exchange("2026-03-03", "Holi"),
  bank("2026-03-19", "Gudhi Padwa"),
  exchange("2026-03-26", "Ram Navami"),
  exchange("2026-03-31", "Mahavir Jayanti"),
  bank("2026-04-01", "Annual bank closing"),
  exchange("2026-04-03", "Good Friday"),
  exchange("2026-04-14", "Dr. Babasaheb Ambedkar Jayanti"),
  exchange("2026-05-01", "Maharashtra Day"),
  exchange("2026-05-28", "Bakri Id"),
  exchange("2026-06-26", "Moharram"),
  bank("2026-08-26", "Id-E-Milad"),
  exchange("2026-09-14", "Ganesh Chaturthi"),
  exchange("2026-10-02", "Mahatma Gandhi Jayanti"),
  exchange("2026-10-20", "Dussehra"),
  session("2026-11-08", "Muhurat trading", "NSE's custom on Diwali; no circular seen", false),
  exchange("2026-11-10", "Diwali Balipratipada"),
  exchange("2026-11-24", "Guru Nanak Jayanti"),
  exchange("2026-12-25", "Christmas"),
]);

function exchange(date: DateText, name: string, source = "NSE Clearing CMPT71904"): SpecialDay {
  return { date, name, kind: "exchange-holiday", source, isVerified: true };
}

function bank(date: DateText, name: string): SpecialDay {
  const source = "NSE Clearing CMPT71904";
  return { date, name, kind: "bank-holiday", source, isVerified: true };
}

function session(date: DateText, name: string, source: string, isVerified: boolean): SpecialDay {
  return { date, name, kind: "weekend-session", source, isVerified };
}
