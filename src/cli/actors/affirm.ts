import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import {
  newAffirmationRecords,
  noteAffirmation,
} from "../../services/records/affirmation-records.ts";
import type { AffirmationRecord } from "../../services/records/affirmation-records.ts";
import { placeOf } from "../../services/step-place.ts";
import { answerTimeout, askMarket } from "./ask-market.ts";
import type { Door, OpenDoor } from "../door.ts";
import { foldSteps } from "../log-steps.ts";
import { sideOption } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import { addCommand, onStage } from "../stage.ts";
import type { Stage, StageOptions } from "../stage.ts";
import { summaries } from "../summaries.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";

/** What may be said beside the trade's id. `timeout` in ms. */
export type AffirmOptions = StageOptions & {
  readonly side?: string;
  readonly reject?: boolean;
  readonly reason?: string;
  readonly participant?: string;
  readonly clientOrderId?: string;
  readonly timeout: number;
};

/** `sauda affirm TRADE_ID`: a custodian's yes or no to a trade made for its client. */
export function registerAffirm(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "affirm",
    summary: summaries.affirm,
    examples: [
      "npx sauda affirm T-0-12-0-0",
      'npx sauda affirm T-0-12-0-0 --reject --reason "not our trade"',
      "npx sauda affirm T-0-12-0-0 --side SELL --participant CUST",
    ],
    more:
      "Side, custodian and symbol are looked up in the market's log. What nobody affirms before the cut-off " +
      "stays the trading member's. Exit code 0: accepted; 1: refused, or unknown because no answer came in time.",
  })
    .argument("<trade-id>", "the trade (T-...)")
    .addOption(sideOption("the side to settle, where the trade waits for both"))
    .option("--reject", "say no: the trade stays with its trading member")
    .option("--reason <text>", "why not, for people")
    .option("--participant <name>", "who says so (default: the side's custodian)")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout())
    .action((tradeId: string, options: AffirmOptions) =>
      onStage(open, terminal, options, (stage) => runAffirm(stage, tradeId, options)),
    );
}

/** Sends the custodian's word and prints the answer. Returns the exit code. */
export async function runAffirm(
  stage: Stage,
  tradeId: string,
  options: AffirmOptions,
): Promise<number> {
  const { reject = false, reason, clientOrderId, timeout } = options;
  if (reason !== undefined && !reject)
    throw new Failure("--reason says why not: add --reject, or leave it out", exitCode.usage);
  const { side, custodian, symbol } = await findSide(stage.door, tradeId, options.side);
  return askMarket(
    stage,
    {
      type: reject ? "RejectTrade" : "Affirm",
      participant: options.participant ?? custodian,
      client_order_id: clientOrderId ?? randomUUID(),
      trade_id: tradeId,
      side,
      symbol,
      reason,
    },
    timeout,
  );
}

async function findSide(
  door: Door,
  tradeId: string,
  side: string | undefined,
): Promise<AffirmationRecord> {
  const all = await listSides(door);
  const named = all.filter((each) => each.tradeId === tradeId && (side ?? each.side) === each.side);
  const waiting = named.filter(isWaiting);
  const [found, other] = waiting.length > 0 ? waiting : named;
  if (found === undefined) {
    const ids = all.filter(isWaiting).map((each) => `${each.tradeId} ${each.side}`);
    const others = ids.length === 0 ? "no trade waits" : `what waits: ${ids.join(", ")}`;
    throw new Failure(`no custodian is to affirm ${tradeId}${side ? ` ${side}` : ""}; ${others}`);
  }
  if (other !== undefined)
    throw new Failure(`${tradeId} waits on both sides: add --side BUY or SELL`, exitCode.usage);
  return found;
}

function isWaiting({ status }: AffirmationRecord): boolean {
  return status === "AwaitingAffirmation";
}

/** Every side that ever waited for a custodian, oldest first. */
async function listSides(door: Door): Promise<AffirmationRecord[]> {
  const records = newAffirmationRecords(Infinity);
  await foldSteps(door, ({ shard, seq, step, logOffset }) => {
    const place = placeOf(step, shard, seq, logOffset);
    for (const event of step.events) noteAffirmation(records, event, place);
  });
  return [...records.byName.values()];
}
