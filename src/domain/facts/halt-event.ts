import type { Holder } from "./account.ts";
import type { Command } from "./command.ts";
import type { Origin } from "./origin.ts";
import type { Ticker } from "./units.ts";

/**
 * A writer is about to decide the step's command, which may have broken writers before it (rule
 * R10). Alone in its step, and changes nothing. The command's own step is still to come.
 */
export type Trying = { readonly type: "Trying" };

/**
 * The step's command broke every writer that decided it, and was refused undecided (rule R10). What
 * is halted by it: new orders in `symbol`; where there is none and `command` is `Tick`, what the
 * clock does. `command` is null where it could not even be read.
 */
export type Quarantined = {
  readonly type: "Quarantined";
  readonly command: Command["type"] | null;
  readonly symbol: Ticker | null;
};

/** Operations ended a halt: of new orders in a symbol; null: of what the clock does. */
export type HaltLifted = Holder & {
  readonly type: "HaltLifted";
  readonly client: null;
  readonly clientOrderId: string;
  readonly symbol: Ticker | null;
  readonly source: Origin;
};
