import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { z } from "zod";
import { standingSchema } from "../../src/http/journey/trade-standing.ts";
import { flowSchema } from "../../src/http/measures/flow.ts";
import { settlementSchema, trialBalanceSchema } from "../../src/http/routes/clearing-routes.ts";
import { obligationSchema } from "../../src/http/routes/obligation-routes.ts";
import {
  affirmationSchema,
  barSchema,
  deadLetterSchema,
  fundsSchema,
  holdingSchema,
  orderSchema,
  positionSchema,
} from "../../src/http/schemas.ts";
import { printSchema } from "../../src/protocol/own/trade-message.ts";

const source = join(import.meta.dirname, "..", "..", "web", "src");

/**
 * Rows of a table, the files that make its cells, and the fields that have no place on the page on
 * purpose.
 */
type Table = {
  readonly rows: z.ZodObject;
  readonly files: readonly string[];
  readonly leftOut?: string;
};

const flow = flowSchema.shape;

const tables: Readonly<Record<string, Table>> = {
  orders: {
    rows: orderSchema,
    files: ["orders/OrdersPage.svelte", "orders/OrderColumns.svelte", "orders/StateChip.svelte"],
    leftOut: "client custodian product expires_at updated_at origin",
  },
  "trades on their way": {
    rows: standingSchema,
    files: ["journey/TradeList.svelte", "journey/standing.ts"],
    leftOut: "v shard seq isin buy_order_id sell_order_id aggressor status reason settled_at",
  },
  "sides that wait for a custodian": {
    rows: affirmationSchema,
    files: ["inbox/AffirmationPanel.svelte", "inbox/affirmations.ts"],
    leftOut: "settlement_number",
  },
  positions: {
    rows: positionSchema,
    files: ["positions/PositionsPage.svelte", "positions/worth.ts"],
  },
  holdings: {
    rows: holdingSchema,
    files: ["positions/PositionsPage.svelte", "positions/worth.ts"],
  },
  funds: { rows: fundsSchema, files: ["positions/PositionsPage.svelte"] },
  settlements: {
    rows: settlementSchema,
    files: ["clearing/Settlements.svelte", "clearing/settlement-words.ts"],
  },
  obligations: {
    rows: obligationSchema,
    files: ["clearing/Obligations.svelte", "clearing/obligation-rows.ts"],
    leftOut: "client",
  },
  "the trial balance": {
    rows: trialBalanceSchema.shape.assets.element,
    files: ["clearing/Books.svelte"],
  },
  "dead letters": {
    rows: deadLetterSchema,
    files: ["dead-letters/DeadLettersPage.svelte", "dead-letters/LetterDetail.svelte"],
    leftOut: "cut is_shortened key_is_text value_is_text",
  },
  followers: { rows: flow.followers.element, files: ["flow/FlowTables.svelte"] },
  topics: { rows: flow.topics.element, files: ["flow/FlowTables.svelte"], leftOut: "role" },
  latency: { rows: flow.latency_ms, files: ["flow/FlowTables.svelte"] },
  troubles: { rows: flow.troubles.element, files: ["flow/Troubles.svelte"] },
  "held sources": { rows: flow.held.element, files: ["flow/flow-picture.ts"] },
  "inputs that are missing": { rows: flow.inputs_missing.element, files: ["flow/flow-picture.ts"] },
  candles: { rows: barSchema, files: ["market/CandlePanel.svelte"] },
  prints: {
    rows: printSchema,
    files: ["market/Tape.svelte"],
    leftOut: "v shard seq symbol isin amount_paise",
  },
};

for (const [name, { rows, files, leftOut = "" }] of Object.entries(tables))
  test(`every field of ${name} has a place in ${files[0]}, or is left out by its name`, () => {
    const text = files.map((file) => readFileSync(join(source, file), "utf8")).join("\n");
    const missing = Object.keys(rows.shape).filter(
      (field) => !new RegExp(`\\b${field}\\b`).test(text),
    );
    deepEqual(missing.toSorted(), leftOut.split(" ").filter(Boolean).toSorted());
  });
