import type { Command } from "commander";
import { registerAccounts } from "./accounts.ts";
import { registerAffirm } from "./affirm.ts";
import { registerBroker } from "./broker.ts";
import { registerCancel } from "./cancel.ts";
import { registerCharges } from "../report/charges.ts";
import { registerCounterparty } from "./counterparty.ts";
import { registerDemo } from "./demo.ts";
import { registerDlq } from "../topics/dlq.ts";
import { registerDoctor } from "../doctor/doctor.ts";
import type { OpenDoor } from "../door.ts";
import { registerDeposit, registerLiftSuspension, registerWithdraw } from "./funds.ts";
import { registerOffer } from "./offer.ts";
import { registerConfirm, registerReject } from "./order-requests.ts";
import { registerOrder } from "./order.ts";
import { registerOrders } from "./orders.ts";
import { registerPayDues } from "./pay-dues.ts";
import { registerPayIn } from "./pay-in.ts";
import { registerReport } from "../report/report.ts";
import { registerSeller } from "./seller.ts";
import { processTerminal } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { registerTopics } from "../topics/topics.ts";
import { registerWatch } from "../topics/watch.ts";

const registrations = [
  registerBroker,
  registerCounterparty,
  registerSeller,
  registerWatch,
  registerOrder,
  registerCancel,
  registerConfirm,
  registerReject,
  registerAffirm,
  registerOffer,
  registerPayDues,
  registerPayIn,
  registerDeposit,
  registerWithdraw,
  registerLiftSuspension,
  registerOrders,
  registerAccounts,
  registerCharges,
  registerReport,
  registerDlq,
  registerTopics,
  registerDemo,
  registerDoctor,
];

/** Everybody who acts at the terminal: the same commands for a market on Kafka and for one in memory. */
export function registerActors(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  for (const register of registrations) register(program, open, terminal);
}
