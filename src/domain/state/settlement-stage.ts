import type { SettlementType } from "../facts/calendar.ts";
import {
  leftOf,
  type AccountPositions,
  type Piece,
  type Position,
  type Settlement,
} from "./settlement.ts";
import type { Stage } from "../facts/clearing-event.ts";
import { failInvariant, type TimeMs } from "../facts/units.ts";

/** The stage after the one the settlement is in; undefined after its last. */
export function nextStage(settlement: Settlement): Stage | undefined {
  const stages = stagesOf[settlement.settlementType];
  return stages
    .slice(stages.indexOf(settlement.stage) + 1)
    .find((stage) => hasUse(settlement, stage));
}

/**
 * When the settlement has something to do next: at once while a stage is unfinished or it
 * can complete.
 */
export function settlementDueMs(settlement: Settlement): TimeMs {
  const next = settlement.work.length > 0 ? undefined : nextStage(settlement);
  return stageAtMs(settlement, next ?? settlement.stage);
}

/**
 * The work of a stage, next piece last: members by name, each with its accounts by name
 * before itself.
 */
export function piecesOf(settlement: Settlement, stage: Stage): Piece[] {
  if (stage === "Delivery")
    return [...settlement.trades.keys()]
      .map((tradeId): Piece => ({ type: "Trade", tradeId }))
      .toReversed();
  if (stage === "Devolution")
    return [...settlement.pending.keys()]
      .map((name): Piece => ({ type: "Side", name }))
      .toReversed();
  if (stage === "Margins")
    return [...settlement.onMargin]
      .toSorted(([one], [other]) => (one < other ? 1 : -1))
      .map(([, holder]): Piece => ({ type: "Account", ...holder }));
  if (stage === "Confirmation") return tradesInRows(settlement.tradeCount).toReversed();
  const pieces: Piece[] = [];
  const byName = [...settlement.members].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const [participant, { accounts }] of byName) {
    const member: Piece = { type: "Member", participant };
    const own: { readonly account: string; readonly pieces: Piece[] }[] = [];
    for (const positions of accounts.values()) {
      const ofAccount = accountPieces(positions, stage);
      if (ofAccount.length > 0) own.push({ account: positions.account, pieces: ofAccount });
    }
    // What a member is paid out is there before its accounts are.
    if (stage === "PayOutCash") pieces.push(member);
    for (const { pieces: ofAccount } of own.toSorted((a, b) => (a.account < b.account ? -1 : 1)))
      pieces.push(...ofAccount);
    if (stage === "Provisional" || stage === "Final" || stage === "PayInCash") pieces.push(member);
  }
  return pieces.reverse();
}

const netted: readonly Stage[] = [
  "Trading",
  "Provisional",
  "Devolution",
  "Final",
  "PayInShares",
  "Margins",
  "PayInCash",
  "Shortages",
  "PayOutCash",
  "PayOutShares",
  "Confirmation",
];

/** Each trade's end is told by itself: so many in one event. */
const confirmedMax = 100;

function tradesInRows(tradeCount: number): Piece[] {
  const rows = Math.ceil(tradeCount / confirmedMax);
  return Array.from({ length: rows }, (_, row): Piece => {
    const first = row * confirmedMax;
    return { type: "Trades", first, count: Math.min(confirmedMax, tradeCount - first) };
  });
}

const gross: readonly Stage[] = ["Trading", "Devolution", "Margins", "Delivery"];

const stagesOf: Readonly<Record<SettlementType, readonly Stage[]>> = {
  M: netted,
  "5": netted,
  Z: gross,
  A: gross,
};

/** Custodians and margins have a stage only where there are any. */
function hasUse({ pending, onMargin }: Settlement, stage: Stage): boolean {
  if (stage === "Devolution") return pending.size > 0;
  return stage !== "Margins" || onMargin.size > 0;
}

function stageAtMs({ settlementNumber, schedule }: Settlement, stage: Stage): TimeMs {
  const at = {
    Trading: schedule.tradedUntilMs,
    Provisional: schedule.tradedUntilMs,
    Devolution: schedule.affirmUntilMs,
    Final: schedule.finalAtMs,
    PayInShares: schedule.payInAtMs,
    Margins: schedule.payInAtMs,
    PayInCash: schedule.payInAtMs,
    Shortages: schedule.payInAtMs,
    PayOutCash: schedule.payOutAtMs,
    PayOutShares: schedule.payOutAtMs,
    Confirmation: schedule.payOutAtMs,
    // Of an auction: its offers are paid in already, blocked.
    Delivery: schedule.payOutAtMs ?? schedule.payInAtMs,
  }[stage];
  return at ?? failInvariant(`${settlementNumber} has no moment for ${stage}`);
}

function accountPieces({ participant, client, assets }: AccountPositions, stage: Stage): Piece[] {
  if (stage === "Provisional" || stage === "Final")
    return [{ type: "Account", participant, client }];
  return [...assets]
    .filter(([asset, position]) => isWork(stage, asset === "INR", position))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([asset]) => ({ type: "Position", participant, client, asset }));
}

function isWork(stage: Stage, isCash: boolean, position: Position): boolean {
  const { net, blocked } = position;
  if (stage === "PayInShares" || stage === "PayInCash")
    return isCash === (stage === "PayInCash") && (net < 0 || blocked > 0);
  if (stage === "Shortages") return !isCash && net < 0 && leftOf(position) > 0;
  if (stage === "PayOutCash") return isCash && net > 0;
  if (stage === "PayOutShares") return !isCash && net > 0 && leftOf(position) > 0;
  return failInvariant(`${stage} has no work by position`);
}
