import type { Command } from "commander";
import type { OpenDoor } from "../door.ts";
import type { Loaders } from "../lazy-commands.ts";
import type { Terminal } from "../terminal.ts";

/** Everybody who acts at the terminal: the same commands for a market on Kafka and for one in memory. */
export function actorLoaders(program: Command, open: OpenDoor, terminal: Terminal) {
  const parts = [program, open, terminal] as const;
  return {
    broker: async () => (await import("./broker.ts")).registerBroker(...parts),
    counterparty: async () => (await import("./counterparty.ts")).registerCounterparty(...parts),
    seller: async () => (await import("./seller.ts")).registerSeller(...parts),
    watch: async () => (await import("../topics/watch.ts")).registerWatch(...parts),
    order: async () => (await import("./order.ts")).registerOrder(...parts),
    cancel: async () => (await import("./cancel.ts")).registerCancel(...parts),
    confirm: async () => (await import("./order-requests.ts")).registerConfirm(...parts),
    reject: async () => (await import("./order-requests.ts")).registerReject(...parts),
    affirm: async () => (await import("./affirm.ts")).registerAffirm(...parts),
    offer: async () => (await import("./offer.ts")).registerOffer(...parts),
    "pay-dues": async () => (await import("./pay-dues.ts")).registerPayDues(...parts),
    "pay-in": async () => (await import("./pay-in.ts")).registerPayIn(...parts),
    deposit: async () => (await import("./funds.ts")).registerDeposit(...parts),
    withdraw: async () => (await import("./funds.ts")).registerWithdraw(...parts),
    "lift-suspension": async () => (await import("./funds.ts")).registerLiftSuspension(...parts),
    orders: async () => (await import("./orders.ts")).registerOrders(...parts),
    accounts: async () => (await import("./accounts.ts")).registerAccounts(...parts),
    trades: async () => (await import("../views/trades.ts")).registerTrades(...parts),
    positions: async () => (await import("../views/positions.ts")).registerPositions(...parts),
    depth: async () => (await import("../views/depth.ts")).registerDepth(...parts),
    journey: async () => (await import("../views/journey.ts")).registerJourney(...parts),
    tail: async () => (await import("../views/tail.ts")).registerTail(...parts),
    repl: async () => (await import("./repl.ts")).registerRepl(...parts),
    charges: async () => (await import("../report/charges.ts")).registerCharges(...parts),
    report: async () => (await import("../report/report.ts")).registerReport(...parts),
    dlq: async () => (await import("../topics/dlq.ts")).registerDlq(...parts),
    topics: async () => (await import("../topics/topics.ts")).registerTopics(...parts),
    demo: async () => (await import("./demo.ts")).registerDemo(...parts),
    doctor: async () => (await import("../doctor/doctor.ts")).registerDoctor(...parts),
  } satisfies Loaders;
}
