import { mayBeForgotten, type Forgotten } from "../../services/records/forgotten.ts";
import { Problem } from "../problem.ts";

/** Of what records there is no more than so much. */
type Kept = { readonly forgotten: Forgotten; readonly keptMax: number };

/** What there is none of, as in "HDFC has no such order", and whether all that live are kept. */
type NotFound = { readonly code: string; readonly what: string; readonly keepsLiving: boolean };

/**
 * What to say of an id that is not found. 410 `NO_LONGER_KEPT` for one of ours that is as old as
 * some that were let go of, whoever asks: so it tells nothing of what others have. Else 404 with
 * the code.
 */
export function notKept(
  { forgotten, keptMax }: Kept,
  id: string,
  { code, what, keepsLiving }: NotFound,
): Problem {
  const most = `the newest ${keptMax}`;
  const kept = `this gateway keeps ${keepsLiving ? `what lives and ${most} that ended` : most}`;
  const wayOn = `${kept}; --kafka asks the log itself`;
  if (mayBeForgotten(forgotten, id))
    return new Problem(410, "NO_LONGER_KEPT", `id ${id}: older than what is kept: ${wayOn}`);
  return new Problem(404, code, `id ${id}: ${what}${forgotten.size === 0 ? "" : `; ${wayOn}`}`);
}

/** Of an order. */
export function noOrder(what: string): NotFound {
  return { code: "ORDER_NOT_FOUND", what, keepsLiving: true };
}
