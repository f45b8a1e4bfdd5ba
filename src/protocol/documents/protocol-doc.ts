import { cutBytes, restBytesMax, unpackedBytesMax, valueBytesMax } from "../carriage.ts";
import type { UnreadableReason } from "../../domain/facts/command.ts";
import type { DeadLetterReason } from "../../domain/facts/event.ts";
import { topicMessages } from "./messages.ts";
import { exampleInputs, exampleMarketId, exampleRecords } from "./protocol-examples.ts";
import type { PublicRecord } from "../own/public-record.ts";
import { jsonSchema, type JsonSchema } from "./schema-files.ts";
import { deadLettersTopic, topicSpecs, type TopicName, type TopicSpec } from "../topics.ts";
import { saudaNamespace } from "../uuid.ts";

/** Why an answer that was read is a dead letter; a new reason does not compile until it is told. */
const unusedAnswers: Readonly<Record<Exclude<DeadLetterReason, UnreadableReason>, true>> = {
  NO_ORDER_WAITING: true,
  ANSWER_REPEATED: true,
  NOT_YOUR_ORDER: true,
  ORDER_CLOSED: true,
  QUARANTINED: true,
};

/**
 * The text of `docs/protocol.md`: what is said on the wire, from the tables and schemas the
 * code uses.
 */
export function protocolDoc(): string {
  const examples = exampleRecords();
  const messages = topicSpecs.map((spec) => topicSection(spec, examples));
  return `${[
    ...introduction,
    "## Topics",
    table(
      ["topic", "written by", "partitions", "record key", "kept"],
      topicSpecs.map((spec) => [
        code(spec.name),
        spec.written,
        partitions(spec),
        spec.key,
        kept(spec),
      ]),
    ),
    ...headers,
    ...unreadable,
    ...refused,
    ...answers,
    ...ids,
    ...ways,
    ...messages.filter((section) => section !== null),
  ].join("\n\n")}\n`;
}

const introduction = [
  "# What is said on the wire",
  "Made from the code by `UPDATE_DOCS=1 node --test test/protocol/protocol-doc.test.ts`; a test fails when it is not current. The JSON Schemas are in [schemas](schemas).",
  "Values are JSON in UTF-8, but of `sauda.events` ([log-format.md](log-format.md)) and `sauda.snapshots`. On the seeds' topics money is rupees (`98500.0`, read exactly from the text and printed from whole paise, never computed in floats) and times are India's local time without a zone. On our own topics money is whole paise (`_paise`) and times are UTC with Z. Unknown fields are ignored everywhere.",
];

const headers = [
  "## Headers",
  "Every public record, dead letters and the seeds' output too, has",
  table(
    ["header", "says"],
    [
      [
        code("sauda-id"),
        "The record's own id, the same for every repeat and no other record's in its topic. A reader that has seen it drops the record.",
      ],
      [
        code("sauda-stamp"),
        "`shard/seq/index`: the shard, the number of its step, and the record's place in the step.",
      ],
    ],
  ),
  "A dead letter has the original key and value, byte for byte, and also",
  table(
    ["header", "says"],
    [
      ["`x-original-topic`, `-partition`, `-offset`", "Where the record stood."],
      [
        code("x-original-timestamp"),
        "Kafka's time of it in milliseconds; missing for a record of `sauda.commands`.",
      ],
      [
        code("x-reason"),
        `One of the reasons below, or why the market could not use an answer: ${Object.keys(unusedAnswers).map(code).join(", ")}.`,
      ],
      [code("x-detail"), "One sentence that names the field, the value and the fix."],
      [
        code("x-cut"),
        `\`true\` where key and value are the beginning only (${cutBytes} bytes at most), because the whole was too large to be carried.`,
      ],
      [
        "`x-original-key-bytes`, `-value-bytes`, `-header-bytes`",
        "With `x-cut`: the true sizes, `null` where there was none.",
      ],
      [
        "`x-original-first-offset`, `x-original-packed-bytes`",
        "With `x-cut`, of a whole batch that was not unpacked: its first offset (`x-original-offset` is its last), and its packed size.",
      ],
      [
        code("x-original-sha256"),
        "With `x-cut`: SHA-256 of key, value and headers (as Kafka encodes them), one after the other, or of the packed batch.",
      ],
    ],
  ),
];

/** A record, so that a new reason does not compile until it is explained. */
const unreadableReasons: Readonly<Record<UnreadableReason, string>> = {
  TOMBSTONE: "The value is null.",
  TOO_LARGE: `The value has more than ${valueBytesMax / 1024} KiB, or key and headers together more than ${restBytesMax / 1024} KiB; or its batch would unpack to more than ${unpackedBytesMax / 1024 ** 2} MiB.`,
  NOT_UNPACKED:
    "Its batch is not packed as it says, or holds other than Kafka's records; one dead letter for all that was not read of it.",
  NOT_UTF8: "The value is not UTF-8.",
  NOT_JSON: "The value is not JSON (`NaN` is not), or begins with a byte order mark.",
  NOT_AN_OBJECT: "The value is JSON, but not an object.",
  REPEATED_FIELD: "On `sauda.orders`: a field stands twice.",
  MISSING_FIELD: "A field is missing that must be there.",
  WRONG_FIELD_TYPE:
    'A field has another type: `"100"` for a number; `100.5`, `100.0` or `1e2` for a whole number.',
  INVALID_FIELD: "A text is empty, too long, or has characters it may not have.",
  WRONG_TYPE_NAME: "`type` is not one of the topic's.",
  UNKNOWN_ANSWER: "`text` is neither `CONFIRM` nor `REJECT` (in any case, trimmed).",
  UNREADABLE_COMMAND: "A record of `sauda.commands` that none of our services wrote.",
};

const unreadable = [
  "## Unreadable: a dead letter",
  "A record of a source topic that cannot be read goes to `sauda.dead-letters`; the next one is processed. On the seeds' topics the last counts of a field that stands twice, as for the seeds themselves.",
  table(
    ["reason", "when"],
    Object.entries(unreadableReasons).map(([reason, when]) => [code(reason), when]),
  ),
];

const refused = [
  "## Readable but not allowed: an execution `Rejected`",
  "Any number is readable: zero, negative, too large, with more than two decimals that are not zeros, off the tick. The market refuses it with a reason, on `sauda.executions`: `QUANTITY_OUT_OF_RANGE` (1 to 100 crore shares), `PRICE_DECIMALS`, `PRICE_OUT_OF_RANGE` (up to Rs 1 crore), `PRICE_OFF_TICK`, `VALUE_OUT_OF_RANGE` (quantity times price above 2^53-1 paise), `DUPLICATE_ID` (the id with other content), `TOO_OLD_TO_CHECK` (sent before the time from which its participant's ids are known), and others that name themselves.",
  "An order is refused (`VALUE_OUT_OF_RANGE`) for what its own account would hold, never for another's. An order in the book whose account cannot receive what its turn would bring it is `Expired` with that reason, and the next one in the line trades.",
  "An order that meets more than 1,000 resting orders trades in parts, 1,000 at a time, with nothing decided between them: prices, time, margins and limits are as in one step, and its check is for all of it. Each part is published as it comes, both legs of a trade together; while parts are to come the order is in no depth. By rules 4 of the log such an order was refused (`TOO_MANY_FILLS`). Resting orders that cannot receive are `Expired` (`VALUE_OUT_OF_RANGE`), however many there are. Where a part broke the exchange again and again (`QUARANTINED`) what is left of the order is `Expired`, and its trades stand.",
  "A refused request (cancel, modify, an answer on `sauda.orders`) is an execution `Rejected` whose `client_order_id` is the request's own, with `side` and `ord_status` null: the order it was about stays as it was.",
  "What became of a `CancelAll`, an `OfferInAuction`, a `PayDues` or a `PayInEarly` is an execution too, with `request` set, `order_id` and `ord_status` null and `client_order_id` the request's own: `New` where the market took it (`Canceled` for a `CancelAll`, after one `Canceled` for each order, with how many of how many), `Rejected` with a reason where not. `symbol` is `[N/A]` where the request names none; such a request goes to shard 0. A number beyond 2^53-1 in one is unreadable.",
  "Deposits, withdrawals and the end of a suspension are of operations and no messages of `sauda.orders`; what became of one is an execution of the member, with `request` `Deposit`, `Withdraw` or `LiftSuspension`. The end of a halt that a command in quarantine left is of operations too: `LiftHalt`, an execution whose `participant` is `*`.",
  "A `CancelAll` is about all of the member's own orders that live when it is decided, negotiated ones that wait for their counterparty too, unless it names a client or a symbol. However many there are, nothing else is decided between the first and the last of them. Operations can ask for the orders of all members (over HTTP and at the terminal, never on this topic); what became of that is an execution whose `participant` is `*`.",
];

const answers = [
  "## An answer without an id",
  "`CONFIRM` or `REJECT` on `Counter_party` without an `order_id` is for the oldest order that waits for that counterparty. If none waits it is kept 5 s for an order to come, then it is a dead letter, `NO_ORDER_WAITING`.",
  "An answer that names its order by `order_id` and came before it is kept as long. Once the order took an equal one, what is left is a repeat without effect; another word is `ORDER_CLOSED`, one for somebody else's order `NOT_YOUR_ORDER`.",
  "But if one with the same word (in any case) and the same counterparty, also without an `order_id`, was used in the last 120 s, it is taken for its sender's retry: a dead letter, `ANSWER_REPEATED`, never consent to an order that comes later. Of answers that were kept already, equal to one that is then used, the same is true from that moment on: of a CONFIRM doubled before its order one is used, the other ends in `ANSWER_REPEATED` when its 5 s are over. Kafka's producers go on trying for 120 s by default (`delivery.timeout.ms`). An answer with an `order_id`, on `sauda.orders` or at a door repeats none of these, and none of these repeats it. All times are on the shard's clock.",
];

const ids = [
  "## Ids",
  table(
    ["id", "is"],
    [
      [code("trade_id"), "`T-<shard>-<offset of the command>-<part>-<index>`"],
      [
        code("order_id"),
        "On our topics ours, `O-...`. On the seeds' topics the client's own, or `A-<shard>-<offset of the command>` where the client gave none.",
      ],
      [
        "`transfer_id`, `movement_id`",
        `UUID version 5 of the name \`<market id>/<trade id>/DEMAT\` or \`/CASH\` in the namespace \`${saudaNamespace}\``,
      ],
      [
        code("exec_id"),
        "`E-<shard>-<offset of the command>-<part>-<index of the event>`, for a trade with `-BUY` or `-SELL`",
      ],
    ],
  ),
  `The examples below are from one market, \`${exampleMarketId}\`, whose shard 0 was sent: ${exampleInputs.map(({ topic }) => `\`${topic}\``).join(", ")}.`,
];

/** What netting makes of trades, for those who read legs. */
const ways = [
  "## Trades that do not settle at once",
  "With `settlement` T+1 or T+0 a trade is told on `sauda.trades` when it is made, and its way on `sauda.settlements`: one record for each change of the trade (`type` `Trade`) and of each instruction (`type` `Instruction`: what an account delivers or receives of one asset in a settlement). Netted and paid in are said of instructions only.",
  table(
    ["said", "`status`", "when"],
    [
      [
        "`Novated`, `AwaitingAffirmation`, `Affirmed`, `Devolved`",
        "Pending, FUTU",
        "the clearing corporation stands between; a custodian is asked, says yes, says no or nothing",
      ],
      ["`Netted`", "Pending, FUTU", "an instruction is final"],
      [
        "`PaidIn`, `PaidOut`",
        "Settled, PartiallySettled, Failing with LACK, CLAC, MONY or CMON",
        "what an account had was taken, what came in was given",
      ],
      ["`Short`", "Failing, CLAC", "shares lack; of a receiver's trades the newest go without"],
      ["`BoughtIn`", "BoughtIn", "an auction bought them; they come in its own settlement"],
      [
        "`PartiallySettled`",
        "PartiallySettled, CLAC",
        "the rest of a trade that came short in part was received",
      ],
      ["`Settled`", "Settled", "all of the trade was received: its end"],
      ["`ClosedOut`", "ClosedOut", "the last of it was settled in cash: its end"],
      [
        "`Failed`",
        "Failing, MONY",
        "nobody had the buyer's cash (trade for trade): its end, and nothing moved",
      ],
    ],
  ),
  "The buyer's two legs on the seeds' topics come at the trade's end, both in one step: after the pay-out mostly, after the auction's pay-out for what came short. They say what was received; of a trade that was closed out in part the shares that came, at the trade's price; of one that was closed out whole or failed there are none. `account` is the one that took the shares: after an affirmation the custodian's client.",
];

function topicSection(spec: TopicSpec, examples: readonly PublicRecord[]): string | null {
  const message = topicMessages.find(({ topic }) => topic === spec.name);
  const example = exampleOf(spec.name, examples);
  if (example === null) return null;
  const parts = [`## \`${spec.name}\``, ...(message === undefined ? [] : [`${message.title}.`])];
  if (message !== undefined) parts.push(...fieldTables(jsonSchema(message)));
  parts.push(example);
  return parts.join("\n\n");
}

function exampleOf(topic: TopicName, examples: readonly PublicRecord[]): string | null {
  const inputs = exampleInputs.filter((input) => input.topic === topic);
  const texts = [...new Set(inputs.map(({ text }) => text))];
  const record = examples.find((output) => output.topic === topic);
  if (record?.value) texts.push(String(record.value));
  if (texts.length === 0) return null;
  const shown = `\`\`\`json\n${texts.join("\n")}\n\`\`\``;
  if (record === undefined) return shown;
  const lines = topic === deadLettersTopic ? record.headers : record.headers.slice(0, 2);
  return `${shown}\n\n\`\`\`\n${lines.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\`\`\``;
}

/** One table, or one for each `type` where a topic has several; the one without was there first. */
function fieldTables(schema: JsonSchema): string[] {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants === undefined) return [fieldTable(schema)];
  return variants.flatMap((variant) => {
    const type = asSchema(asSchema(variant).properties?.["type"]).const;
    const title = type === undefined ? "without `type`" : code(String(type));
    return [`### ${title}`, fieldTable(asSchema(variant))];
  });
}

function fieldTable(schema: JsonSchema): string {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(([field, part]) => {
    const must = required.has(field) ? "yes" : "no";
    return [code(field), typeOf(asSchema(part)), must, asSchema(part).description ?? ""];
  });
  return table(["field", "type", "must be there", "says"], rows);
}

/** A boolean schema says nothing about fields. */
function asSchema(schema: unknown): JsonSchema {
  return typeof schema === "object" && schema !== null ? (schema as JsonSchema) : {};
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined)
    return schema.enum.map((one) => code(JSON.stringify(one))).join(", ");
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((one) => typeOf(asSchema(one))).join(" or ");
  return [schema.type ?? "any"].flat().join(" or ");
}

function partitions(spec: TopicSpec): string {
  return spec.partitions === "shards" ? "one for each shard" : String(spec.partitions);
}

function kept(spec: TopicSpec): string {
  if (spec.config["cleanup.policy"] === "compact") return "compacted";
  const { "retention.ms": retentionMs = "-1" } = spec.config;
  return retentionMs === "-1" ? "for ever" : `${Number(retentionMs) / (24 * 3600 * 1000)} days`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
