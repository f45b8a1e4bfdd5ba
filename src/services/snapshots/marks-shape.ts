import {
  always,
  list,
  map,
  name,
  orNull,
  record,
  whole,
  type Shape,
} from "../../protocol/snapshot/shape.ts";
import type { LogMarks, Passage, SettlementMarks, ShardMarks } from "../records/log-marks.ts";
import { keptRecords } from "../records/market-records.ts";

/** What a map holds. */
type In<Held> = Held extends ReadonlyMap<unknown, infer Value> ? Value : never;
type DateMarks = In<ShardMarks["dates"]>;
type SaidClose = In<ShardMarks["closes"]>[number];

const passages = list(record<Passage>({ from: whole(), end: whole(), endSeq: whole() }));

const shardMarks = record<ShardMarks>({
  dates: map(name, record<DateMarks>({ passages, previousCloses: map(name, orNull(whole())) })),
  settlements: map(
    name,
    record<SettlementMarks>({
      settlementNumber: name,
      tradeDate: name,
      settlementDate: name,
      passages,
      openedAt: whole(),
      completedAt: orNull(whole()),
    }),
  ),
  tradeDates: map(name, name),
  closes: map(name, list(record<SaidClose>({ date: name, closePaise: whole() }))),
  closesKept: whole(),
});

const { dates, closes } = keptRecords.marks;

/** Where the log tells what reports ask for. */
export const logMarks: Shape<LogMarks> = record<LogMarks>({
  shards: map(whole(), shardMarks),
  tradedOn: map(name, list(name)),
  kept: record<LogMarks["kept"]>({ dates: always(dates), closes: always(closes) }),
  forgottenTo: orNull(name),
});
