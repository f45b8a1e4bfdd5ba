import type { Loaders } from "../lazy-commands.ts";
import type { Registry } from "../registry.ts";

/**
 * Everybody who acts at the terminal or looks: the same commands for a market on Kafka and for
 * one in memory.
 */
export function actorLoaders(registry: Registry) {
  return {
    broker: async () => (await import("./broker.ts")).registerBroker(registry),
    counterparty: async () => (await import("./counterparty.ts")).registerCounterparty(registry),
    seller: async () => (await import("./seller.ts")).registerSeller(registry),
    watch: async () => (await import("../topics/watch.ts")).registerWatch(registry),
    order: async () => (await import("./order.ts")).registerOrder(registry),
    cancel: async () => (await import("./cancel.ts")).registerCancel(registry),
    confirm: async () => (await import("./order-requests.ts")).registerAnswer(registry, "Confirm"),
    reject: async () => (await import("./order-requests.ts")).registerAnswer(registry, "Reject"),
    affirm: async () => (await import("./affirm.ts")).registerAffirm(registry),
    offer: async () => (await import("./clearing-requests.ts")).registerOffer(registry),
    "pay-dues": async () => (await import("./clearing-requests.ts")).registerPayDues(registry),
    "pay-in": async () => (await import("./clearing-requests.ts")).registerPayIn(registry),
    deposit: async () => (await import("./funds.ts")).registerFunds(registry, "Deposit"),
    withdraw: async () => (await import("./funds.ts")).registerFunds(registry, "Withdraw"),
    "lift-halt": async () => (await import("./funds.ts")).registerLiftHalt(registry),
    "lift-suspension": async () => (await import("./funds.ts")).registerLiftSuspension(registry),
    orders: async () => (await import("./orders.ts")).registerOrders(registry),
    accounts: async () => (await import("./accounts.ts")).registerAccounts(registry),
    trades: async () => (await import("../views/trades.ts")).registerTrades(registry),
    positions: async () => (await import("../views/positions.ts")).registerPositions(registry),
    depth: async () => (await import("../views/depth.ts")).registerDepth(registry),
    journey: async () => (await import("../views/journey.ts")).registerJourney(registry),
    tail: async () => (await import("../views/tail.ts")).registerTail(registry),
    repl: async () => (await import("./repl.ts")).registerRepl(registry),
    charges: async () => (await import("../report/charges.ts")).registerCharges(registry),
    report: async () => (await import("../report/report.ts")).registerReport(registry),
    dlq: async () => (await import("../topics/dlq.ts")).registerDlq(registry),
    topics: async () => (await import("../topics/topics.ts")).registerTopics(registry),
    demo: async () => (await import("./demo.ts")).registerDemo(registry),
    snapshot: async () => (await import("../snapshots/snapshot.ts")).registerSnapshot(registry),
    load: async () => (await import("../load/load.ts")).registerLoad(registry),
    verify: async () => (await import("../audit/verify.ts")).registerVerify(registry),
    replay: async () => (await import("../audit/replay.ts")).registerReplay(registry),
    explain: async () => (await import("../audit/explain.ts")).registerExplain(registry),
    doctor: async () => (await import("../doctor/doctor.ts")).registerDoctor(registry),
  } satisfies Loaders;
}
