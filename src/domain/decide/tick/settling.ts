import { freeShares } from "../funds/crediting.ts";
import { devolveSilent } from "../clearing/affirming.ts";
import type { Auction } from "../../state/buy-in.ts";
import { holdAuction } from "../shortage/buying-in.ts";
import { firstWork, type Work } from "../../state/clearing.ts";
import { closeOutLot } from "../shortage/closing-out.ts";
import { closeDaysIfDue } from "../clearing/closing-days.ts";
import { emit, type Decision } from "../decision.ts";
import { deliverTrade } from "../clearing/delivering.ts";
import { closeMarginPositions, revalue } from "../margin/margining.ts";
import { determineAccount, determineMember } from "../clearing/determining-obligations.ts";
import { payInMember, payOutMember } from "../clearing/paying-members.ts";
import { payInCash, payInShares } from "../clearing/paying-in.ts";
import { payOutCash, payOutShares } from "../clearing/paying-out.ts";
import {
  findPosition,
  isNetted,
  leftOf,
  type Piece,
  type Settlement,
} from "../../state/settlement.ts";
import { nextStage } from "../../state/settlement-stage.ts";
import { findShortages } from "../shortage/finding-shortages.ts";
import { withdrawOrders } from "./suspending.ts";
import { squareOff } from "./squaring-off.ts";
import { failInvariant, type Participant } from "../../facts/units.ts";

/**
 * About the most events one tick of clearing makes, an obligation counted as one, and ten
 * securities of an account on margin as one: what keeps a step small enough to write (rule R10).
 */
const workMax = 1_000;

/**
 * Does what is due by the clock, the first due first, a bounded piece of it: the day's close, then
 * each settlement's next stage. The next tick goes on.
 */
export function settleDue(decision: Decision): void {
  const { clearing, clockMs } = decision.market;
  let left = workMax;
  while (left > 0) {
    const first = firstWork(clearing);
    if (first === null || first.dueMs > clockMs) return;
    const before = decision.events.length;
    left -= doFirst(decision, first, left);
    left -= decision.events.length - before;
  }
}

/** Returns what its events hold beyond themselves: obligations, and securities on margin. */
function doFirst(decision: Decision, first: Work, left: number): number {
  const enough = decision.events.length + left;
  const isEnough = (): boolean => decision.events.length >= enough;
  switch (first.type) {
    case "Freeing":
      freeShares(decision, first.account, isEnough);
      return 0;
    case "Margins":
      return revalue(decision, left);
    case "SquareOff":
      squareOff(decision, left);
      return left; // one a tick
    case "Day":
      closeDaysIfDue(decision);
      return 0;
    case "Suspension":
      withdrawOrders(decision, first.participant, left);
      return 0;
    case "Auction":
      if (first.auction.isEnded) closeOutLots(decision, first.auction, isEnough);
      else holdAuction(decision, first.auction, isEnough);
      return 0;
    case "Settlement":
      return work(decision, first.settlement, left);
  }
}

function closeOutLots(decision: Decision, { lots }: Auction, isEnough: () => boolean): void {
  for (const lot of lots.values()) {
    if (isEnough()) return;
    closeOutLot(decision, lot);
  }
}

/**
 * Works at a settlement's stage while `left` is not used up. Returns what its events hold
 * beyond themselves.
 */
function work(decision: Decision, settlement: Settlement, left: number): number {
  const { settlementNumber } = settlement;
  if (settlement.work.length === 0) {
    goOn(decision, settlement);
    return 0;
  }
  const before = decision.events.length;
  let pieces = 0;
  let lines = 0;
  const isEnough = (): boolean => decision.events.length - before + lines >= left;
  while (pieces < settlement.work.length && !isEnough()) {
    const piece = settlement.work[settlement.work.length - 1 - pieces];
    if (piece === undefined) failInvariant(`${settlementNumber} has no piece ${pieces}`);
    lines += doPiece(decision, settlement, piece, isEnough);
    if (!isWhole(settlement, piece)) break; // the next tick goes on with it
    pieces += 1;
  }
  emit(decision, { type: "SettlementWorkDone", settlementNumber, pieces });
  return lines;
}

function goOn(decision: Decision, settlement: Settlement): void {
  const { settlementNumber } = settlement;
  const stage = nextStage(settlement);
  if (stage === undefined) complete(decision, settlement);
  else emit(decision, { type: "SettlementStageBegun", settlementNumber, stage });
}

function complete(decision: Decision, settlement: Settlement): void {
  const { settlementNumber, tradeCount, grossPaise, grossShares } = settlement;
  const netPaise = isNetted(settlement) ? settlement.netPaise : grossPaise;
  const netShares = isNetted(settlement) ? settlement.netShares : grossShares;
  const saved = (BigInt(grossPaise - netPaise) * 10_000n) / BigInt(grossPaise);
  emit(decision, {
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

/**
 * A shortage with many receivers may take more than one tick, and so may cash that many
 * defaulters owe.
 */
function isWhole(settlement: Settlement, piece: Piece): boolean {
  const { stage } = settlement;
  if (piece.type !== "Position" || (stage !== "Shortages" && stage !== "PayOutCash")) return true;
  const position = findPosition(settlement, piece, piece.asset);
  return position === undefined || leftOf(position) === 0;
}

/** Does one piece of work. Returns what its events hold beyond themselves. */
function doPiece(
  decision: Decision,
  settlement: Settlement,
  piece: Piece,
  isEnough: () => boolean,
): number {
  switch (piece.type) {
    case "Account":
      if (settlement.stage !== "Margins") return determineAccount(decision, settlement, piece);
      return closeMarginPositions(decision, settlement.settlementNumber, piece);
    case "Member":
      return doMember(decision, settlement, piece.participant);
    case "Position":
      doPosition(decision, settlement, piece, isEnough);
      return 0;
    case "Trade":
      deliverTrade(decision, settlement, piece.tradeId);
      return 0;
    case "Trades":
      confirmTrades(decision, settlement, piece);
      return piece.count;
    case "Side":
      devolveSilent(decision, settlement, piece.name);
      return 0;
  }
}

/**
 * What readers of the log need to know which trades ended: the trades themselves are not kept here.
 */
function confirmTrades(
  decision: Decision,
  { settlementNumber }: Settlement,
  { first, count }: { readonly first: number; readonly count: number },
): void {
  emit(decision, { type: "TradesConfirmed", settlementNumber, first, count });
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
  isEnough: () => boolean,
): void {
  const { stage } = settlement;
  if (stage === "PayInShares") payInShares(decision, settlement, piece, piece.asset);
  else if (stage === "PayInCash") payInCash(decision, settlement, piece);
  else if (stage === "Shortages") findShortages(decision, settlement, piece, piece.asset, isEnough);
  else if (stage === "PayOutCash") payOutCash(decision, settlement, piece, isEnough);
  else if (stage === "PayOutShares") payOutShares(decision, settlement, piece, piece.asset);
  else failInvariant(`${stage} has no work by position`);
}
