import type { Dated, Timetable } from "./clearing-terms.ts";

/** What never changed in these years, or of what no other minute is known. */
const common = {
  // Since 3 August 2026 shares with derivatives leave continuous trading at 15:15 (CMTR73362):
  // brokers are earlier there, by how much nobody publishes. It comes with the sessions.
  squareOffMinute: minute(15, 20),
  closeMinute: minute(15, 30),
  provisionalMinute: minute(21, 0),
  finalMinute: minute(8, 30),
  auctionFromMinute: minute(14, 30),
  auctionUntilMinute: minute(15, 0),
  auctionPayInMinute: minute(8, 0),
  auctionPayOutMinute: minute(10, 0),
  sameDayObligationsMinute: minute(13, 30),
  sameDayPayInMinute: minute(15, 30),
  sameDayPayOutMinute: minute(16, 0),
};

/** When NSE Clearing acts. */
export const nseTimetables: readonly Dated<Timetable>[] = [
  {
    from: "2023-01-27",
    source: "T+1 for all; pay-out 13:30 until direct pay-out (Business Standard, 10 October 2024)",
    isVerified: false,
    ...common,
    affirmUntilMinute: minute(8, 30),
    rounds: [round([10, 30], [13, 30]), round([16, 30], [21, 30])],
  },
  {
    from: "2024-10-14",
    source:
      "nseclearing.in and NSE's settlement cycle page: 21:00, 08:30; pay-out 15:30 since direct pay-out; two on a day, and auctions, by CMPT69875; the other minutes are brokers' accounts",
    isVerified: false,
    ...common,
    affirmUntilMinute: minute(8, 30),
    rounds: [round([10, 30], [15, 30]), round([16, 30], [21, 30])],
  },
  {
    from: "2026-01-19",
    source:
      "NSE Clearing: custodians until 07:30 (19 January 2026), two on a day by CMPT73292 and CMPT75670; final 08:30 or 09:00, its pages disagree; squaring off, auction and T+0 are brokers' accounts",
    isVerified: false,
    ...common,
    affirmUntilMinute: minute(7, 30),
    rounds: [round([10, 30], [15, 30]), round([16, 30], [21, 0])],
  },
];

function round(payIn: readonly [number, number], payOut: readonly [number, number]) {
  return { payInMinute: minute(...payIn), payOutMinute: minute(...payOut) };
}

function minute(hour: number, minuteOfHour: number): number {
  return hour * 60 + minuteOfHour;
}
