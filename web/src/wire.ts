/**
 * The wire's shapes, taken from the schemas that the gateway itself checks with: types only, no
 * code.
 */
import type { z } from "zod";
import type {
  affirmationDecidedSchema,
  barSchema,
  deadLetterSchema,
  decidedSchema,
  fundsSchema,
  holdingSchema,
  instrumentSchema,
  levelSchema,
  marketSchema,
  placeOrderBody,
  positionSchema,
  problemSchema,
  redriveSchema,
  sessionSchema,
  unknownSchema,
} from "../../src/http/schemas.ts";
import type {
  settlementSchema,
  trialBalanceSchema,
} from "../../src/http/routes/clearing-routes.ts";
import type { flowSchema } from "../../src/http/measures/flow.ts";
import type { journeySchema } from "../../src/http/journey/journey.ts";
import type { orderJourneySchema } from "../../src/http/journey/order-journey.ts";
import type { obligationSchema } from "../../src/http/routes/obligation-routes.ts";
import type { cancelAllAnswer } from "../../src/http/routes/request-schemas.ts";
import type { depthDelta, streamRequest } from "../../src/http/stream/stream-schemas.ts";

export type { AffirmationJson, DepthJson, OrderJson } from "../../src/http/schemas.ts";
export type { StreamMessage } from "../../src/http/stream/stream-schemas.ts";
export type { ExecutionMessage } from "../../src/protocol/own/execution-message.ts";
export type { StandingJson } from "../../src/http/journey/trade-standing.ts";
export type { PrintMessage } from "../../src/protocol/own/trade-message.ts";

/**
 * The body of a new order. What the ticket has no field for is left out here by its name, so that
 * the compiler asks about a new field of an order.
 */
export type NewOrder = Required<
  Omit<z.input<typeof placeOrderBody>, "custodian" | "product" | "deadline_in_ms">
>;
/** What follows a channel of the stream. */
export type SubscribeRequest = Extract<z.input<typeof streamRequest>, { op: "subscribe" }>;
/** One price of the book. */
export type LevelJson = z.infer<typeof levelSchema>;
/** What changed in a book since the message before. */
export type DepthDelta = z.infer<typeof depthDelta>;
/** Trades of a span of time. */
export type BarJson = z.infer<typeof barSchema>;
/** A tradable instrument. */
export type InstrumentJson = z.infer<typeof instrumentSchema>;
/** Who the key is. */
export type SessionJson = z.infer<typeof sessionSchema>;
/** The market in short. */
export type MarketJson = z.infer<typeof marketSchema>;
/** An answer from the log. */
export type DecidedJson = z.infer<typeof decidedSchema>;
/** The same of a custodian's word. */
export type AffirmationDecidedJson = z.infer<typeof affirmationDecidedSchema>;
/** What a cancel of all orders did; the answer is null for a repeat that is no longer kept. */
export type CancelAllJson = Pick<DecidedJson, "outcome"> & {
  readonly answer: z.infer<typeof cancelAllAnswer> | null;
};
/** Not decided yet. */
export type UnknownJson = z.infer<typeof unknownSchema>;
/** An error of the gateway. */
export type ProblemJson = z.infer<typeof problemSchema>;
/** A dead letter. */
export type DeadLetterJson = z.infer<typeof deadLetterSchema>;
/** What a redrive did or would do. */
export type RedriveJson = z.infer<typeof redriveSchema>;
/** Shares of an account. */
export type HoldingJson = z.infer<typeof holdingSchema>;
/** Cash of an account. */
export type FundsJson = z.infer<typeof fundsSchema>;
/** Bought and sold of a symbol. */
export type PositionJson = z.infer<typeof positionSchema>;

/** A trade with everything that led to it and came of it. */
export type JourneyJson = z.infer<typeof journeySchema>;
/** An order with everything that became of it. */
export type OrderJourneyJson = z.infer<typeof orderJourneySchema>;
/** What moved into or out of one account. */
export type LegJson = JourneyJson["way"][number]["legs"][number];
/** One station of a trade. */
export type HopJson = JourneyJson["hops"][number];
/** A journal of the double-entry books. */
export type JournalJson = JourneyJson["journals"][number];
/** What flows through the topics, and how far behind their readers are. */
export type FlowJson = z.infer<typeof flowSchema>;
/** What accounts hold of each asset; every total is zero. */
export type TrialBalanceJson = z.infer<typeof trialBalanceSchema>;
/** A settlement that is not completed. */
export type OpenSettlementJson = z.infer<typeof settlementSchema>;
/** What an account pays, delivers or receives of an asset in a settlement. */
export type ObligationJson = z.infer<typeof obligationSchema>;
