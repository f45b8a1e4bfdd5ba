import { devolveSilent } from "./affirming.ts";
import { clearingDueMs } from "./clearing.ts";
import { closeDayIfDue } from "./day-close.ts";
import { happen } from "./decision.ts";
import type { Decision } from "./decision.ts";
import { deliverTrade } from "./delivering.ts";
import { determineAccount, determineMember } from "./obligations.ts";
import { payInCash, payInMember, payInShares } from "./paying-in.ts";
import { payOutCash, payOutMember, payOutShares } from "./paying-out.ts";
import type { Piece, Settlement } from "./settlement.ts";
import { nextStage, settlementDueMs } from "./settlement-stage.ts";
import { broken } from "./units.ts";
import type { Participant } from "./units.ts";

/**
 * About the most events one tick of clearing makes, an obligation counted as one: what keeps a step small
 * enough to write (rule R10).
 */
export const workMax = 1_000;

/**
 * Does what is due by the clock, the first due first, a bounded piece of it: the day's close, then each
 * settlement's next stage. The next tick goes on.
 */
export function settleDue(decision: Decision): void {
  const { clearing, clockMs } = decision.market;
  let left = workMax;
  while (left > 0) {
    const dueMs = clearingDueMs(clearing);
    if (dueMs === null || dueMs > clockMs) return;
    const before = decision.events.length;
    if (clearing.day?.closesAtMs === dueMs) closeDayIfDue(decision);
    else left -= work(decision, firstDue(decision, dueMs), left);
    left -= decision.events.length - before;
  }
}

function firstDue({ market }: Decision, dueMs: number): Settlement {
  for (const settlement of market.clearing.settlements.values())
    if (settlementDueMs(settlement) === dueMs) return settlement;
  return broken(`nothing is due at ${dueMs}`);
}

/** Works at a settlement's stage while `left` is not used up. Returns the obligations said, events aside. */
function work(decision: Decision, settlement: Settlement, left: number): number {
  const { settlementNumber } = settlement;
  if (settlement.work.length === 0) {
    goOn(decision, settlement);
    return 0;
  }
  const before = decision.events.length;
  let pieces = 0;
  let lines = 0;
  while (pieces < settlement.work.length && decision.events.length - before + lines < left) {
    const piece = settlement.work[settlement.work.length - 1 - pieces];
    if (piece === undefined) broken(`${settlementNumber} has no piece ${pieces}`);
    lines += doPiece(decision, settlement, piece);
    pieces += 1;
  }
  happen(decision, { type: "SettlementWorkDone", settlementNumber, pieces });
  return lines;
}

function goOn(decision: Decision, settlement: Settlement): void {
  const { settlementNumber } = settlement;
  const stage = nextStage(settlement);
  if (stage === undefined) complete(decision, settlement);
  else happen(decision, { type: "SettlementStageBegun", settlementNumber, stage });
}

function complete(decision: Decision, settlement: Settlement): void {
  const { settlementNumber, tradeCount, grossPaise, netPaise, grossShares, netShares } = settlement;
  const saved = (BigInt(grossPaise - netPaise) * 10_000n) / BigInt(grossPaise);
  happen(decision, {
    type: "SettlementCompleted",
    settlementNumber,
    trades: tradeCount,
    grossPaise,
    netPaise,
    grossShares,
    netShares,
    savedBasisPoints: Number(saved),
  });
}

/** Does one piece of work. Returns how many obligations it said. */
function doPiece(decision: Decision, settlement: Settlement, piece: Piece): number {
  switch (piece.type) {
    case "Account":
      return determineAccount(decision, settlement, piece);
    case "Member":
      return doMember(decision, settlement, piece.participant);
    case "Position":
      doPosition(decision, settlement, piece);
      return 0;
    case "Trade":
      deliverTrade(decision, settlement, piece.tradeId);
      return 0;
    case "Side":
      devolveSilent(decision, settlement, piece.name);
      return 0;
  }
}

function doMember(decision: Decision, settlement: Settlement, participant: Participant): number {
  const { stage } = settlement;
  if (stage === "Provisional" || stage === "Final")
    return determineMember(decision, settlement, participant);
  const pay = stage === "PayInCash" ? payInMember : payOutMember;
  pay(decision, settlement, participant);
  return 0;
}

function doPosition(
  decision: Decision,
  settlement: Settlement,
  piece: Extract<Piece, { readonly type: "Position" }>,
): void {
  const { stage } = settlement;
  if (stage === "PayInShares") payInShares(decision, settlement, piece, piece.asset);
  else if (stage === "PayInCash") payInCash(decision, settlement, piece);
  else if (stage === "PayOutCash") payOutCash(decision, settlement, piece);
  else if (stage === "PayOutShares") payOutShares(decision, settlement, piece, piece.asset);
  else broken(`${stage} has no work by position`);
}
