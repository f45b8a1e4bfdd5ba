import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { BatchCut, RecordCut, SourcePosition } from "../../domain/facts/origin.ts";
import { listedValueBytesMax } from "../../protocol/carriage.ts";
import { strangersTime } from "../../protocol/moment.ts";
import { commandsTopic } from "../../protocol/topics.ts";
import { newestFirst } from "../../services/records/arrivals.ts";
import type { DeadLetterRecord } from "../../services/records/dead-letter-records.ts";
import { describeCommand, readAgain } from "../../services/redrive.ts";
import { needRole } from "../caller.ts";
import { newOrigin, refuseAsDecided, submit, type DoorParts } from "../door.ts";
import { pageOf, pageSchema } from "../page.ts";
import { cameSince, idParam, limitQuery, sinceQuery } from "./params.ts";
import { notKept } from "./not-kept.ts";
import { Problem } from "../problem.ts";
import { deadLetterSchema, redriveSchema } from "../schemas.ts";
import type { Server } from "../typed-server.ts";
import { placeJson } from "../wire.ts";

/** How long a redrive may wait to be decided. */
const redriveDeadlineMs = 5_000;

/** Dead letters: list, inspect, send again (a dry run says what that would do). */
export function deadLetterRoutes(app: Server, parts: DoorParts, limit: object): void {
  readRoutes(app, parts);
  redriveRoute(app, parts, limit);
}

const tags = ["dead letters"];

function readRoutes(app: Server, parts: DoorParts): void {
  app.get(
    "/v1/dead-letters",
    {
      config: { readCost: 5 },
      schema: {
        summary: "Dead letters, newest first",
        tags,
        querystring: limitQuery.extend({
          since_ms: sinceQuery,
          topic: z.string().min(1).max(249).optional().describe("only records of this topic"),
          reason: z.string().min(1).max(64).optional().describe("such as NO_ORDER_WAITING"),
        }),
        response: { 200: pageSchema("dead_letters", deadLetterSchema) },
      },
    },
    async ({ caller, query }) => {
      needRole(caller, "operations");
      const { topic, reason, since_ms } = query;
      const { deadLetters } = parts.gateway.records;
      const listed = newestFirst(deadLetters.all, deadLetters.byId.get(query.after ?? ""));
      const came = cameSince(listed, since_ms);
      return pageOf("dead_letters", came, query, {
        idOf: ({ id }) => id,
        rowOf: listedJson,
        fits: ({ event }) =>
          (topic === undefined || (event.source?.topic ?? commandsTopic) === topic) &&
          (reason === undefined || event.reason === reason),
      });
    },
  );
  app.get(
    "/v1/dead-letters/:id",
    {
      schema: {
        summary: "One dead letter",
        tags,
        params: idParam,
        response: { 200: deadLetterSchema },
      },
    },
    async ({ caller, params }) => {
      needRole(caller, "operations");
      return deadLetterJson(find(parts, params.id));
    },
  );
}

function redriveRoute(app: Server, parts: DoorParts, limit: object): void {
  app.post(
    "/v1/dead-letters/:id/redrive",
    {
      config: limit,
      schema: {
        summary: "Send a dead letter's bytes again, once",
        tags,
        params: idParam,
        querystring: z.strictObject({
          dry_run: z.enum(["true", "false"]).default("false").describe("true or false"),
        }),
        response: { 200: redriveSchema, 202: redriveSchema },
      },
    },
    async ({ caller, params, query }, reply) => {
      needRole(caller, "operations");
      const letter = find(parts, params.id);
      const read = readAgain(letter, (of) => newOrigin(parts, redriveDeadlineMs, of));
      if (!read.ok) throw new Problem(409, "STILL_UNREADABLE", read.problem);
      const command = read.value;
      const description = describeCommand(command);
      if (query.dry_run === "true")
        return { outcome: "would_send" as const, command: description, place: null };
      const answer = await submit(parts, command);
      if (answer.type === "unknown")
        return reply
          .status(202)
          .send({ outcome: "unknown" as const, command: description, place: null });
      refuseAsDecided(parts.gateway, command, answer);
      const { outcome, decided } = answer;
      const word = outcome.type === "Repeated" ? ("repeated" as const) : ("accepted" as const);
      return { outcome: word, command: description, place: placeJson(decided.place) };
    },
  );
}

const noLetter = {
  code: "DEAD_LETTER_NOT_FOUND",
  what: "no such dead letter is kept",
  keepsLiving: false,
};

function find({ gateway }: DoorParts, id: string): DeadLetterRecord {
  const letter = gateway.records.deadLetters.byId.get(id);
  if (letter !== undefined) return letter;
  const { forgotten, kept } = gateway.records.deadLetters;
  const records = { forgotten, keptMax: kept.letters };
  throw notKept(records, id, noLetter);
}

/** A dead letter on the wire. */
export function deadLetterJson({
  id,
  event,
  place,
  redriven,
}: DeadLetterRecord): z.infer<typeof deadLetterSchema> {
  const { reason, detail, source, original, cut } = event;
  const { topic, partition, offset }: Omit<SourcePosition, "topicId" | "timestampMs"> = source ?? {
    topic: commandsTopic,
    partition: place.shard,
    offset: place.commandOffset,
  };
  const key = shownBytes(original.keyBase64);
  const value = shownBytes(original.valueBase64);
  return {
    id,
    reason,
    detail,
    topic,
    partition,
    offset,
    timestamp: source === null ? null : strangersTime(source.timestampMs),
    key: key.shown,
    value: value.shown,
    key_is_text: key.isText,
    value_is_text: value.isText,
    place: placeJson(place),
    redriven: redriven === null ? null : redrivenJson(redriven),
    cut: cut === undefined ? null : cutJson(cut),
    is_shortened: false,
  };
}

function redrivenJson({ outcome, isFinal, place }: NonNullable<DeadLetterRecord["redriven"]>) {
  return { outcome, is_final: isFinal, place: placeJson(place) };
}

/** As one of many: a thousand whole ones would be more than a reader, or we, can hold. */
export function listedJson(letter: DeadLetterRecord): z.infer<typeof deadLetterSchema> {
  const { original } = letter.event;
  const short = {
    keyBase64: original.keyBase64?.slice(0, listedCharactersMax) ?? null,
    valueBase64: original.valueBase64?.slice(0, listedCharactersMax) ?? null,
  };
  const isWhole =
    short.keyBase64 === original.keyBase64 && short.valueBase64 === original.valueBase64;
  if (isWhole) return deadLetterJson(letter);
  const shown = { ...letter, event: { ...letter.event, original: short } };
  return { ...deadLetterJson(shown), is_shortened: true };
}

/** Whole groups of four, so that what is left can be read. */
const listedCharactersMax = 4 * Math.floor(listedValueBytesMax / 3);

function cutJson(cut: RecordCut | BatchCut): z.infer<typeof deadLetterSchema>["cut"] {
  const [batch, record] = "firstOffset" in cut ? [cut, null] : [null, cut];
  return {
    key_bytes: record?.keyBytes ?? null,
    value_bytes: record?.valueBytes ?? null,
    header_bytes: record?.headerBytes ?? null,
    first_offset: batch?.firstOffset ?? null,
    last_offset: batch?.lastOffset ?? null,
    packed_bytes: batch?.packedBytes ?? null,
    sha256: cut.sha256,
  };
}

/** As text where the bytes are UTF-8; nulls where there are none. */
function shownBytes(base64: string | null): {
  readonly shown: string | null;
  readonly isText: boolean | null;
} {
  if (base64 === null) return { shown: null, isText: null };
  const bytes = Buffer.from(base64, "base64");
  return isUtf8(bytes)
    ? { shown: bytes.toString("utf8"), isText: true }
    : { shown: `base64:${base64}`, isText: false };
}
