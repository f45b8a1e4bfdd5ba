import { z } from "zod";
import { executionSchema } from "../own/execution-message.ts";
import { saudaOrdersSchema } from "../own/sauda-orders.ts";
import { buyOrderSchema } from "../seeds/buy-order.ts";
import { counterPartySchema } from "../seeds/counter-party.ts";
import {
  cashMovementSchema,
  cashMovementsSchema,
  dematAllocationSchema,
  dematTransferSchema,
} from "../seeds/legs.ts";
import { sellOfferSchema } from "../seeds/sell-offer.ts";
import { tradeOrderSchema } from "../seeds/trade-order.ts";
import { settlementSchema } from "../own/settlement-message.ts";
import { ordersTopic, type TopicName } from "../topics.ts";
import { tradeSchema } from "../own/trade-message.ts";
import { instructionChangeSchema, tradeChangeSchema } from "../own/way-message.ts";

/** What one topic's records say. The schema is the one that the code reads by, or is tested by. */
export type TopicMessage = {
  readonly topic: TopicName;
  readonly title: string;
  readonly schema: z.ZodType;
};

/**
 * Every topic whose records are JSON for the public, in the order of the trade. Dead letters are
 * bytes as they came.
 */
export const topicMessages: readonly TopicMessage[] = [
  { topic: "Trade_Order", title: "Flow A's order", schema: tradeOrderSchema },
  { topic: "Counter_party", title: "Flow A's answer", schema: counterPartySchema },
  { topic: "buy-orders", title: "Flow B's buy order", schema: buyOrderSchema },
  { topic: "sell-offers", title: "Flow B's sell offer", schema: sellOfferSchema },
  { topic: ordersTopic, title: "Orders and requests of anybody", schema: saudaOrdersSchema },
  { topic: "Demat_allocation", title: "Flow A's shares", schema: dematAllocationSchema },
  { topic: "Cash_movement", title: "Flow A's payment", schema: cashMovementSchema },
  { topic: "demat-transfers", title: "Flow B's shares", schema: dematTransferSchema },
  { topic: "cash-movements", title: "Flow B's payment", schema: cashMovementsSchema },
  { topic: "sauda.trades", title: "Trades", schema: tradeSchema },
  { topic: "sauda.executions", title: "What happened to orders", schema: executionSchema },
  {
    topic: "sauda.settlements",
    title:
      "What is settled. A trade that settles at once has one record, without `type`. A trade with a cycle has one for each step on its way, and so has each instruction: what an account delivers or receives of one asset in a settlement",
    schema: z.union([settlementSchema, tradeChangeSchema, instructionChangeSchema]),
  },
];
