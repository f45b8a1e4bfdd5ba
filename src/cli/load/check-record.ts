import type { Command } from "../../domain/facts/command.ts";
import { isAtDoor } from "../../domain/facts/origin.ts";
import { readSource } from "../../protocol/sources.ts";
import { readMarketId } from "../../services/books/books-life.ts";
import { isOutcome, type Outcome } from "../actors/outcome.ts";
import type { ReadingContext } from "../client/log-of-gateway.ts";
import { foldEvents } from "../log-steps.ts";
import { Failure, exitCode } from "../output.ts";
import { ownIdOf } from "./follow-outcomes.ts";
import { idPrefixOf } from "./load-orders.ts";
import { readLoadRecord, type LoadHeader, type RecordedOrder } from "./load-record.ts";
import { recordOf, type TopicWay } from "./topic-way.ts";
import type { LoadOutcome } from "./sent-order.ts";

/** What the record says of an order, and what was found of it in the log. */
type Expected = RecordedOrder & { found: Outcome | null; times: number; foundAt: string };

/** A break between a record and the log. `twice`: it has two outcomes. */
type BreakKind = "lost" | "twice" | "different" | "unsent";

/** Answers that say that the market has decided, or that the broker has the record. */
const acknowledged: readonly LoadOutcome[] = ["accepted", "rejected", "repeated", "written"];
/** Of these it was said that they are not in the market. */
const denied: readonly LoadOutcome[] = ["refused", "not_sent"];
/** What the intake has not relayed yet is looked for again after this. */
const againMs = 1_000;

/**
 * `sauda load --check`: every order of the record that was acknowledged is in the log once with the
 * same content and outcome, and none of those that were said not to be sent (R9). Prints each break
 * and a sum. `timeoutMs`: how long what was written on a topic may take to be decided. Returns the
 * exit code.
 */
export async function checkRecord(
  context: ReadingContext,
  path: string,
  timeoutMs: number,
): Promise<number> {
  const { clock, signal, output } = context;
  const orders: Expected[] = [];
  const header = await readLoadRecord(path, (order) =>
    orders.push({ ...order, found: null, times: 0, foundAt: "" }),
  );
  await checkMarket(context, header, path);
  const untilMs = clock.elapsedMs() + timeoutMs;
  let strangers = await findAll(context, header, orders);
  const isWaiting = ({ outcome, times }: Expected): boolean => outcome === "written" && times === 0;
  while (orders.some(isWaiting) && clock.elapsedMs() < untilMs && !signal.aborted) {
    await clock.sleep(againMs, signal);
    for (const order of orders) Object.assign(order, { found: null, times: 0 });
    strangers = await findAll(context, header, orders);
  }
  let breaks = 0;
  for (const order of orders) {
    const found = findBreak(header, order);
    if (found === null) continue;
    breaks += 1;
    const id = order.message.client_order_id;
    output.fact(`BREAK  ${found.kind}   ${id}: ${found.what}`, { type: "break", id, ...found });
  }
  const answers = orders.filter(({ outcome }) => acknowledged.includes(outcome)).length;
  const unknown = orders.filter(({ outcome }) => outcome === "unknown");
  const came = unknown.filter(({ times }) => times > 0).length;
  const verdict = breaks === 0 ? "no break" : `${breaks} ${breaks === 1 ? "break" : "breaks"}`;
  output.fact(
    `CHECKED  load ${header.run_id}: ${answers} acknowledged of ${orders.length} sent, looked for in the log; ` +
      `of ${unknown.length} unknown ${came} are there; ${strangers} more of it are not in the record; ${verdict}`,
    {
      type: "checked",
      run_id: header.run_id,
      orders: orders.length,
      acknowledged: answers,
      unknown: unknown.length,
      unknown_found: came,
      not_recorded: strangers,
      breaks,
    },
  );
  return breaks === 0 ? exitCode.done : exitCode.failed;
}

/** Throws `Failure` where the record is of another market. */
async function checkMarket(
  { logClient, signal }: ReadingContext,
  { market_id: recorded }: LoadHeader,
  path: string,
): Promise<void> {
  const own = await readMarketId({ log: logClient.log, shard: 0 }, signal);
  if (recorded === null || own === null || own === recorded) return;
  throw new Failure(
    `--check ${path}: it is of market ${recorded}, and this is market ${own}`,
    exitCode.usage,
  );
}

/**
 * Looks for all of them in the log as it is now. Returns how many orders of the load are there that
 * the record does not have: it was ended before their answers came, or its last lines are lost.
 */
async function findAll(
  { logClient }: ReadingContext,
  { run_id }: LoadHeader,
  orders: readonly Expected[],
): Promise<number> {
  const byPlace = new Map<string, Expected>();
  const byId = new Map<string, Expected>();
  for (const order of orders) {
    const { place, message } = order;
    if (place !== null && "topic" in place)
      byPlace.set(`${place.topic}-${place.partition}@${place.offset}`, order);
    else byId.set(`${message.participant} ${message.client_order_id}`, order);
  }
  const prefix = idPrefixOf(run_id);
  let strangers = 0;
  await foldEvents(logClient, (event, { shard, seq }) => {
    // A relay's repeat of a record changes nothing: it is no second outcome.
    if (!isOutcome(event) || event.type === "Repeated" || event.source === null) return;
    const { source } = event;
    const id = ownIdOf(event);
    const own = "participant" in event && id !== null ? `${event.participant} ${id}` : "";
    const at = isAtDoor(source) ? "" : `${source.topic}-${source.partition}@${source.offset}`;
    const order = byPlace.get(at) ?? byId.get(own);
    if (order === undefined) {
      if (id?.startsWith(prefix) === true) strangers += 1;
      return;
    }
    order.times += 1;
    order.found ??= event;
    order.foundAt ||= `step ${seq} of shard ${shard}`;
  });
  return strangers;
}

function findBreak(
  header: LoadHeader,
  order: Expected,
): { readonly kind: BreakKind; readonly what: string } | null {
  const { outcome, times, found, foundAt, why } = order;
  const answer = `the answer was ${outcome}${why === null ? "" : ` (${why})`}`;
  if (times > 1) return { kind: "twice", what: `${answer}, and the log has it ${times} times` };
  if (found === null)
    return acknowledged.includes(outcome)
      ? { kind: "lost", what: `${answer}, and the log does not have it` }
      : null;
  if (denied.includes(outcome))
    return { kind: "unsent", what: `${answer}, and it is in ${foundAt}` };
  const difference = findDifference(header, order, found);
  return difference === null
    ? null
    : { kind: "different", what: `${answer}, and ${foundAt} says otherwise: ${difference}` };
}

/** What the log says otherwise than the message, or than its answer; null: nothing. */
function findDifference(header: LoadHeader, order: Expected, found: Outcome): string | null {
  const { outcome, place, why } = order;
  const isRefused = ["OrderRejected", "RequestRejected", "DeadLettered"].includes(found.type);
  if (outcome === "accepted" && isRefused) return found.type;
  if (outcome === "rejected" && !isRefused) return found.type;
  if (outcome === "rejected" && "reason" in found && found.reason !== why)
    return found.reason ?? "";
  if (outcome === "accepted" && place !== null && "order_id" in place) {
    const isOther =
      "orderId" in found && place.order_id !== null && found.orderId !== place.order_id;
    const isOrder = found.type === "OrderAccepted";
    if (isOrder && isOther) return `order_id: answered ${place.order_id}, found ${found.orderId}`;
    if (!order.foundAt.startsWith(`step ${place.seq} of shard ${place.shard}`))
      return `the answer named step ${place.seq} of shard ${place.shard}`;
  }
  if (found.type !== "OrderAccepted" && found.type !== "OrderRejected") return null;
  const sent = commandOf(header, order);
  if (sent.type !== "PlaceOrder") return `${sent.type} was sent`;
  for (const [field, value] of Object.entries(sent)) {
    if (field === "type" || field === "source") continue;
    const logged = (found as unknown as Record<string, unknown>)[field];
    if (JSON.stringify(logged) === JSON.stringify(value)) continue;
    return `${field}: sent ${JSON.stringify(value)}, found ${JSON.stringify(logged)}`;
  }
  return null;
}

/** The message as the market reads it. */
function commandOf({ to }: LoadHeader, { n: index, kind, message }: Expected): Command {
  const way: TopicWay = to === "gateway" ? "orders" : (to as TopicWay);
  const { topic, record } = recordOf(way, { index, kind, message });
  const source = { topicId: "", topic, partition: 0, offset: 0, timestampMs: 0 };
  return readSource(topic, { ...record, source });
}
