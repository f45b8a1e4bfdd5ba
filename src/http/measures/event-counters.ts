import type { EventCounts } from "../../services/records/event-counts.ts";
import type { Meters } from "./meters.ts";

/**
 * Sets the counters of the whole log, for Prometheus. They are of the records, not of this process:
 * a gateway that has begun at a snapshot says what one says that has read everything.
 */
export function setCounters(meters: Meters, counts: EventCounts): void {
  const { orders, rejects, trades, tradedPaise, settlements } = meters;
  const { quarantined, repeats, deadLetters, inputsMissing } = meters;
  const all = [orders, rejects, trades, tradedPaise, settlements];
  for (const counter of [...all, quarantined, repeats, deadLetters, inputsMissing]) counter.reset();
  for (const [kind, count] of counts.orders) orders.inc({ kind }, count);
  for (const [reason, count] of counts.rejects) rejects.inc({ reason }, count);
  for (const [kind, count] of counts.trades) trades.inc({ kind }, count);
  for (const [reason, count] of counts.deadLetters) deadLetters.inc({ reason }, count);
  for (const [topic, count] of counts.inputsMissing) inputsMissing.inc({ topic }, count);
  tradedPaise.inc(Number(counts.tradedPaise));
  settlements.inc(counts.settlements);
  quarantined.inc(counts.quarantined);
  repeats.inc(counts.repeats);
}
