import type { InputsMissingNoted, MarketEvent } from "../../domain/facts/event.ts";
import type { StepPlace } from "../step-place.ts";

/**
 * Records of a source that were deleted before anybody had read them, and when the market noted it.
 */
export type MissingInputs = { readonly event: InputsMissingNoted; readonly place: StepPlace };

const keptMax = 100;

/** Notes a hole in what came in; the newest are kept. */
export function noteMissingInputs(
  missing: MissingInputs[],
  event: MarketEvent,
  place: StepPlace,
): void {
  if (event.type !== "InputsMissingNoted") return;
  missing.push({ event, place });
  if (missing.length > keptMax) missing.shift();
}
