import type { MarketEvent } from "../../../domain/facts/event.ts";
import { list, oneOf } from "../../snapshot/shape.ts";
import { marginEvents } from "./margin-events.ts";
import { orderEvents } from "./order-events.ts";
import { settlementEvents } from "./settlement-events.ts";
import { shortfallEvents } from "./shortfall-events.ts";

/** Every event. One that is added to the market does not compile until it has a shape. */
const event = oneOf<MarketEvent>({
  ...orderEvents,
  ...settlementEvents,
  ...shortfallEvents,
  ...marginEvents,
});
/** Those of a step. */
export const events = list(event);
