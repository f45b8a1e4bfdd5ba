import type { Instrument } from "../../domain/facts/instrument.ts";
import { price } from "./order-shape.ts";
import { name, orAbsent, orNull, record, whole, word, type Shape } from "./shape.ts";

/** A security that is listed. */
export const instrument: Shape<Instrument> = record<Instrument>({
  symbol: name,
  series: name,
  isin: orNull(name),
  faceValuePaise: whole(),
  lot: whole(),
  referenceClosePaise: orNull(price),
  tickPaise: price,
  settlement: orAbsent(word<NonNullable<Instrument["settlement"]>>({ "T+0": true, "T+1": true })),
});
