import { accountKey, everyMember } from "../../domain/facts/account.ts";
import { requestNames } from "../../domain/facts/request-name.ts";
import type { RequestOutcome } from "../../protocol/own/request-execution.ts";
import { rupeesForPeople } from "../../protocol/rupees.ts";
import type { Fact } from "./fact.ts";

/**
 * Says the answer to a request that is about no single order; amounts in paise in its JSON, in
 * rupees in its text.
 */
export function clearingFact(outcome: RequestOutcome): Fact {
  const { participant, client, clientOrderId } = outcome;
  const who = accountKey(participant, client);
  const ids = { participant, client, client_order_id: clientOrderId };
  switch (outcome.type) {
    case "CancelAllDone": {
      const { canceled, orders, symbol } = outcome;
      const text = `CANCEL ALL accepted: ${canceled} of ${orders} orders canceled`;
      return { text, json: { type: "all_canceled", canceled, orders, symbol, ...ids } };
    }
    case "AuctionOffered": {
      const { offerId, symbol, quantity, pricePaise } = outcome;
      return {
        text: `OFFER ${offerId} accepted: ${who} offers ${quantity} ${symbol} @ ${rupeesForPeople(pricePaise)}`,
        json: {
          type: "offered",
          offer_id: offerId,
          symbol,
          quantity,
          price_paise: pricePaise,
          ...ids,
        },
      };
    }
    case "DuesPaid": {
      const { amountPaise, paidPaise } = outcome;
      const of = paidPaise === amountPaise ? "" : ` of the ${rupeesForPeople(amountPaise)} sent`;
      return {
        text: `DUES paid: ${who} ${rupeesForPeople(paidPaise)}${of}`,
        json: { type: "dues_paid", amount_paise: amountPaise, paid_paise: paidPaise, ...ids },
      };
    }
    case "EarlyPaidIn": {
      const { settlementNumber, symbol, quantity, asset, amount } = outcome;
      const what =
        asset === "INR" ? `${rupeesForPeople(amount)} for ${quantity}` : String(quantity);
      const about = { settlement_number: settlementNumber, symbol, quantity, asset, amount };
      return {
        text: `EARLY PAY-IN accepted: ${who} ${what} ${symbol} in ${settlementNumber}`,
        json: { type: "paid_in_early", ...about, ...ids },
      };
    }
    case "Deposited":
    case "Withdrawn": {
      const { type, asset, amount } = outcome;
      const isIn = type === "Deposited";
      const what = asset === "INR" ? rupeesForPeople(amount) : `${amount} ${asset}`;
      return {
        text: `${isIn ? "DEPOSIT" : "WITHDRAWAL"} done: ${who} ${what}`,
        json: { type: isIn ? "deposited" : "withdrawn", asset, amount, ...ids },
      };
    }
    case "SuspensionLifted": {
      const text = `SUSPENSION lifted: ${who} may trade again`;
      return { text, json: { type: "suspension_lifted", ...ids } };
    }
    case "HaltLifted": {
      const what = outcome.symbol === null ? "the clock goes on" : `${outcome.symbol} trades again`;
      const json = { type: "halt_lifted", symbol: outcome.symbol, ...ids };
      return { text: `HALT lifted: ${what}`, json };
    }
    case "ClearingRequestRejected": {
      const { request, reason, text } = outcome;
      // What operations ask for is the whole market's, and no member's.
      const whose = participant === everyMember ? "" : ` of ${who}`;
      const sentence = `${requestNames[request]}${whose} rejected: ${reason}: ${text}`;
      return { text: sentence, json: { type: "rejected", request, reason, text, ...ids } };
    }
  }
}
