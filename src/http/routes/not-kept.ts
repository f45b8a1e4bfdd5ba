import { mayBeForgotten, type Forgotten } from "../../services/records/forgotten.ts";
import { Problem } from "../problem.ts";

/** Of what records there is no more than so much. */
type Kept = { readonly forgotten: Forgotten; readonly keptMax: number };

/** What there is none of, as in "HDFC has no such order", and whether all that live are kept. */
type NotFound = {
  readonly code: string;
  readonly what: string;
  readonly keepsLiving: boolean;
  /** What the books say of it: they do not have it, or there are none; absent: nobody asks them. */
  readonly books?: "asked" | "none";
};

/**
 * What to say of an id that is not found. 410 `NO_LONGER_KEPT` for one of ours that is as old as
 * some that were let go of, whoever asks: so it tells nothing of what others have. Else 404 with
 * the code.
 */
export function notKept(
  { forgotten, keptMax }: Kept,
  id: string,
  { code, what, keepsLiving, books }: NotFound,
): Problem {
  const most = `the newest ${keptMax}`;
  const kept = `this gateway keeps ${keepsLiving ? `what lives and ${most} that ended` : most}`;
  const asked = books === "none" ? `, and ${noBooks}` : "";
  const wayOn = `${kept}${asked}; --kafka asks the log itself`;
  const isOlder = mayBeForgotten(forgotten, id);
  if (isOlder && books !== "asked")
    return new Problem(410, "NO_LONGER_KEPT", `id ${id}: older than what is kept: ${wayOn}`);
  const isAll = forgotten.size === 0 || isOlder;
  return new Problem(404, code, `id ${id}: ${what}${isAll ? "" : `; ${wayOn}`}`);
}

/** Where there are no books to ask, and how to have them. */
export const noBooks =
  "it has no books to ask: `npm start` keeps them beside the market on Kafka (without --in-memory and --no-books), a gateway alone reads those of DATABASE_URL";

/** Of an order. */
export function noOrder(what: string): NotFound {
  return { code: "ORDER_NOT_FOUND", what, keepsLiving: true };
}
