import { kolkataTime } from "../../protocol/moment.ts";
import type { Tellers } from "./amounts.ts";

/** What is told of trades that a custodian is to affirm. */
export const affirmationTellers: Tellers = {
  AffirmationAwaited: ({ tradeId, custodian, client, affirmUntilMs }) => [
    `AFFIRMATION of ${tradeId} awaited: ${custodian} for ${client}, until ${until(affirmUntilMs)}`,
  ],
  AffirmationAnswered: ({ tradeId, participant, answer }) => [
    `AFFIRMATION of ${tradeId}: ${participant} says ${answer}`,
  ],
  TradeAffirmed: ({ tradeId, custodian, client }) => [
    `AFFIRMED ${tradeId}: ${custodian}/${client} settles it`,
  ],
  TradeDevolved: ({ tradeId, participant, reason }) => [
    `DEVOLVED ${tradeId}: ${reason}, ${participant} settles it itself`,
  ],
};

/** `2026-06-02 08:30`. */
function until(atMs: number): string {
  return kolkataTime(atMs).slice(0, 16).replace("T", " ");
}
