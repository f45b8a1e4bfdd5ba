import { makeOrders } from "../../bench/orders.ts";
import { everyMember } from "../../src/domain/facts/account.ts";
import type { Command, PlaceOrder } from "../../src/domain/facts/command.ts";
import { localTerms, type MarketTerms } from "../../src/domain/market.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { logKey } from "../../src/protocol/log/log-record.ts";
import type { OutRecord } from "../../src/services/log.ts";
import { playCrowd } from "./crowd.ts";
import { lastingCrowd } from "./markets.ts";

/** A command as it lies in `sauda.commands`, and the moment at which it is decided. */
type RecordedCommand = OutRecord & { readonly atMs: number };

/** The commands of a market, in their order, to be decided again. */
export type Recording = {
  readonly name: string;
  readonly terms: MarketTerms;
  readonly commands: readonly RecordedCommand[];
  /**
   * After how many steps each of the first writers ends, whatever is asked for: 0, at its claim.
   */
  readonly firstWriters: readonly number[];
};

/**
 * Three die over the first command unseen, three more after they have said that they try it; the
 * next puts it in quarantine (rule R10), and the one after has no more care.
 */
const untilQuarantine = [0, 0, 0, 1, 1, 1, 2];
/**
 * One command in so many is of a market with a settlement cycle: they cost ten times the others.
 */
const cycleEach = 10;

/**
 * So many commands of two markets, the same for the same count. One settles at once: orders around
 * a price, cancels, changes, orders that wait for a yes and answers to them, requests to cancel
 * all, money and shares that come and go, bytes that nobody can read, and a halt after a command
 * that killed its writers. In the other, T+1 beside T+0, trade for trade and at once, a crowd does
 * everything else for years: see `crowd.ts`.
 */
export function recordings(count: number): Recording[] {
  const ofCycle = Math.floor(count / cycleEach);
  return [recordedOrders(count - ofCycle), recordedCycle(ofCycle)];
}

/** The market that settles at once. Its time stands still. */
export function recordedOrders(count: number): Recording {
  const atMs = Date.parse("2026-06-01T10:00:00+05:30");
  const orders = makeOrders(count);
  const halted = orders[0]?.symbol ?? "";
  const commands = orders.map((order, offset) => {
    if (offset % 101 === 100) return { atMs, key: logKey, value: Buffer.from(`{"type":${offset}`) };
    return { atMs, key: logKey, value: encodeCommand(commandAt(order, offset, halted)) };
  });
  return { name: "at once", terms: localTerms, commands, firstWriters: untilQuarantine };
}

function commandAt(order: PlaceOrder, offset: number, halted: string): Command {
  const { participant, symbol, source } = order;
  const clientOrderId = `request-${offset}`;
  const asked = { participant, clientOrderId, source };
  const requestId = `door-${offset}`;
  const door = { requestId, receivedAtMs: 0, deadlineMs: Number.MAX_SAFE_INTEGER, redriveOf: null };
  const ofOrder = { ...asked, origClientOrderId: `order-${offset - 3}`, symbol };
  const funds = { client: null, asset: "INR", amount: 1 + (offset % 9), source: door };
  if (offset % 997 === 996) return { type: "CancelAll", ...asked, client: null, symbol: null };
  const ofNobody = { participant: everyMember, clientOrderId, source: door };
  if (offset % 499 === 498) return { type: "LiftHalt", ...ofNobody, symbol: halted };
  if (offset % 211 === 12) return { type: "ModifyOrder", ...ofOrder };
  if (offset % 211 === 13) return { type: "Deposit", ...asked, ...funds };
  if (offset % 211 === 14) return { type: "Withdraw", ...asked, ...funds };
  if (offset % 12 === 5) return { type: "CancelOrder", ...ofOrder };
  if (offset % 40 === 7) return { ...order, side: "BUY", counterparty: "M1" };
  if (offset % 40 !== 9) return order;
  const original = { keyBase64: null, valueBase64: null };
  const word = { answer: "CONFIRM", orderId: null, symbol: null, original } as const;
  return { type: "AnswerOrder", ...asked, participant: "M1", clientOrderId: null, ...word };
}

/** The market with a settlement cycle, at the crowd's own times. */
function recordedCycle(count: number): Recording {
  const commands: RecordedCommand[] = [];
  // Now and then nothing comes of a deed.
  const plan = lastingCrowd(Math.ceil(1.2 * count) + 100);
  let asked: Command | null = null;
  playCrowd(plan, {
    onCommand: (command) => void (asked = command),
    onStep({ at }) {
      // What it asks for names orders by the offset of their command, and there a step takes one:
      // beside the first part of a command a tick, which is harmless.
      commands.push({ atMs: at, key: logKey, value: encodeCommand(asked ?? { type: "Tick" }) });
      asked = null;
    },
  });
  return { name: "T+1", terms: plan.terms, commands: commands.slice(0, count), firstWriters: [] };
}
