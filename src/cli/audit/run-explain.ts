import { accountKey } from "../../domain/facts/account.ts";
import type { Command } from "../../domain/facts/command.ts";
import type { MarketEvent, Step } from "../../domain/facts/event.ts";
import { isAtDoor, type Origin } from "../../domain/facts/origin.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import { initialMarket, type Market } from "../../domain/market.ts";
import { depthOf } from "../../domain/state/depth.ts";
import { readCommand } from "../../protocol/log/command-record.ts";
import { strangersTime, utcTime } from "../../protocol/moment.ts";
import { commandsTopic, eventsTopic } from "../../protocol/topics.ts";
import { wordsOf } from "../../scenario/words/words.ts";
import { newHashKey, takeIn } from "../../services/shard-view.ts";
import { LogWalk, notValid, walkSteps } from "../../services/audit/log-walk.ts";
import { placeOf, type StepPlace } from "../../services/step-place.ts";
import { Failure, exitCode } from "../output.ts";
import { showProgress } from "../progress.ts";
import { failureOf, type AuditContext } from "./audit-context.ts";
import type { ExplainOptions } from "./explain.ts";
import { topWords } from "./market-facts.ts";
import { beginStory, isAbout, type OrderStory, type OrderWanted } from "./order-story.ts";

/** A step of an order's life: what it says of the order, and the book around it. */
type Chapter = {
  readonly place: StepPlace;
  readonly appendedAtMs: number;
  readonly command: Command | null;
  readonly events: readonly MarketEvent[];
  readonly before: string;
  readonly after: string;
};

type Told = { readonly story: OrderStory; readonly chapters: Chapter[] };

/** Finds the order, however old, and tells it. Returns the exit code. */
export async function runExplain(
  context: AuditContext,
  id: string,
  { participant: member }: ExplainOptions,
): Promise<number> {
  const { shards, signal, terminal } = context;
  const participant = member ?? null;
  const progress = showProgress(terminal.err);
  const told: Told[] = [];
  try {
    for (const shard of shardsOf(id, shards)) {
      progress.step(`reading shard ${shard}`);
      const onProgress = (seq: number): void => progress.detail(groupedWhole(seq));
      told.push(...(await readShard(context, shard, { id, participant }, onProgress)));
      if (signal.aborted) return exitCode.failed;
    }
  } catch (error) {
    throw failureOf(error);
  } finally {
    progress.end();
  }
  const members = new Set(told.map(({ story }) => story.order.participant));
  if (members.size > 1)
    throw new Failure(
      `${[...members].join(", ")} each have an order ${id}: add --participant <name>`,
      exitCode.usage,
    );
  if (told.length === 0) throw new Failure(nothingFound(id, participant, shards));
  for (const one of told) tell(context, one);
  return exitCode.done;
}

function nothingFound(id: string, participant: string | null, shards: number): string {
  const whose = participant === null ? "" : ` of ${participant}`;
  const where = shards === 1 ? "the log" : `the log's ${shards} shards`;
  return `no order ${id}${whose} in ${where}: npx sauda orders --all lists orders, ids are case-sensitive`;
}

/** Our own ids say the shard. */
function shardsOf(id: string, shards: number): number[] {
  const [, shard] = /^O-(\d{1,6})-\d+/.exec(id) ?? [];
  if (shard !== undefined && Number(shard) < shards) return [Number(shard)];
  return Array.from({ length: shards }, (_, each) => each);
}

async function readShard(
  { log, signal }: AuditContext,
  shard: number,
  wanted: OrderWanted,
  onProgress: (seq: number) => void,
): Promise<Told[]> {
  const market = initialMarket({ hashKey: newHashKey() });
  const told: Told[] = [];
  const { end } = await log.bounds(commandsTopic, shard);
  const commands = await LogWalk.open(log, commandsTopic, shard, end);
  try {
    for await (const record of walkSteps(log, shard)) {
      if (signal.aborted) break;
      onProgress(record.seq);
      for (const [index, step] of record.steps.entries()) {
        const seq = record.seq + index;
        const touched = touchedBy(step, told, wanted);
        const tops = touched.map(({ story }) => topOf(market, story));
        const wrong = takeIn(market, step, seq);
        if (wrong !== null) throw notValid(shard, record, wrong);
        if (touched.length === 0) continue;
        const command = await commandAt(commands, step.cause.offset);
        for (const [at, { story, chapters, events }] of touched.entries()) {
          const [before, after] = [tops[at] ?? "", topOf(market, story)];
          const { appendedAtMs } = record;
          const place = placeOf(step, shard, seq, record.offset);
          chapters.push({ place, appendedAtMs, command, events, before, after });
        }
      }
    }
    return told;
  } finally {
    await commands.close();
  }
}

/** The stories that go on in the step, with what it says of each; new ones begin. */
function touchedBy(
  step: Step,
  told: Told[],
  wanted: OrderWanted,
): (Told & { readonly events: readonly MarketEvent[] })[] {
  for (const event of step.events) {
    const story = beginStory(event, wanted);
    if (story !== null) told.push({ story, chapters: [] });
  }
  return told.flatMap(({ story, chapters }) => {
    const events = step.events.filter((event) => isAbout(story, event));
    return events.length === 0 ? [] : [{ story, chapters, events }];
  });
}

function topOf(market: Market, { order }: OrderStory): string {
  return topWords(depthOf(market, order.symbol, 1));
}

/** Commands are asked for in their order. Null where the log of commands lacks it. */
async function commandAt(commands: LogWalk, offset: number): Promise<Command | null> {
  while ((commands.last?.offset ?? -1) < offset) if ((await commands.take()) === null) return null;
  const { last } = commands;
  return last?.offset === offset ? readCommand(last.key, last.value) : null;
}

function tell({ output }: AuditContext, { story: { order }, chapters }: Told): void {
  const { orderId, clientOrderId, participant, client, side, quantity, symbol, pricePaise } = order;
  const price = pricePaise === null ? "unpriced" : `@ ${groupedRupees(pricePaise)}`;
  const who = accountKey(participant, client);
  output.fact(
    `ORDER  ${orderId}   ${who}   ${side} ${groupedWhole(quantity)} ${symbol} ${price}   its id ${clientOrderId}`,
    {
      type: "order",
      order_id: orderId,
      client_order_id: clientOrderId,
      participant,
      client,
      symbol,
    },
  );
  for (const chapter of chapters) output.fact(textOf(chapter), jsonOf(orderId, chapter));
}

function textOf({ place, command, events, before, after }: Chapter): string {
  const { shard, seq, part, commandOffset, logOffset, atMs } = place;
  const source = command !== null && "source" in command ? command.source : null;
  return [
    `${utcTime(atMs)}  step ${seq}`,
    ...(source === null ? [] : [`  asked    ${originWords(source)}`]),
    `  command  ${commandsTopic}-${shard}@${commandOffset}   ${commandWords(command)}${part === 0 ? "" : `, part ${part}`}`,
    `  event    ${eventsTopic}-${shard}@${logOffset}`,
    ...events.flatMap(wordsOf).map((line) => `    ${line}`),
    `  book     ${before}   ->   ${after}`,
  ].join("\n");
}

function originWords(origin: Origin): string {
  if (isAtDoor(origin))
    return `at the gateway   ${strangersTime(origin.receivedAtMs)}   request ${origin.requestId}`;
  const { topic, partition, offset, timestampMs } = origin;
  return `${topic}-${partition}@${offset}   ${strangersTime(timestampMs)}`;
}

/** `PlaceOrder` as `place order, by HDFC`. */
function commandWords(command: Command | null): string {
  if (command === null) return "which is not there";
  const words = command.type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  const by = "participant" in command ? command.participant : null;
  return by === null ? words : `${words}, by ${by}`;
}

function jsonOf(orderId: string, chapter: Chapter): object {
  const { place, appendedAtMs, command, events, before, after } = chapter;
  const { shard: partition, seq, part, atMs } = place;
  return {
    type: "step",
    order_id: orderId,
    seq,
    part,
    at: utcTime(atMs),
    source: command !== null && "source" in command ? command.source : null,
    command: { topic: commandsTopic, partition, offset: place.commandOffset, type: command?.type },
    event: { topic: eventsTopic, partition, offset: place.logOffset, appended_at_ms: appendedAtMs },
    events: events.map((event) => ({ type: event.type, words: wordsOf(event) })),
    book_before: before,
    book_after: after,
  };
}
