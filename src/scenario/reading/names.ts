import { accountKey, isAccountOf } from "../../domain/facts/account.ts";
import type { Scenario } from "./scenario.ts";
import type { ScenarioStep } from "./step.ts";
import type { ScenarioProblem } from "./text.ts";

/** What one line of a scenario alone cannot show: names nobody has, and lines out of order. */
export function findMisnamed({ accounts, flow, days }: Scenario): ScenarioProblem[] {
  const problems: ScenarioProblem[] = accounts.flatMap(({ line, client, collateralPaise }) =>
    client === null || collateralPaise === 0
      ? []
      : [{ line, text: "collateral: a client has none; write it at its member" }],
  );
  const known = new Set(accounts.map(({ participant, client }) => accountKey(participant, client)));
  const orders = new Set<string>();
  let before = "";
  for (const { line, date, trades, steps } of days) {
    if (trades > 0 && flow === null)
      problems.push({ line, text: "trades: nobody makes them; write who under flow" });
    if (date <= before)
      problems.push({ line, text: `date: found ${date} after ${before}; write the days in order` });
    before = date;
    let beforeMs = 0;
    for (const step of steps) {
      if (step.atMs < beforeMs)
        problems.push({ line: step.line, text: "at: is before the line above; write in order" });
      beforeMs = step.atMs;
      problems.push(...misnamedIn(step, known, orders));
    }
  }
  return problems;
}

function misnamedIn(
  step: ScenarioStep,
  known: ReadonlySet<string>,
  orders: Set<string>,
): ScenarioProblem[] {
  const { line } = step;
  const noOrder = (name: string, at = line): ScenarioProblem[] =>
    orders.has(name) ? [] : [{ line: at, text: `order: no line above is "as: ${name}"` }];
  const noAccount = (key: string, at = line): ScenarioProblem[] =>
    known.has(key) ? [] : [{ line: at, text: `account: ${key} is not among the accounts; add it` }];
  switch (step.kind) {
    case "order": {
      const { account, name } = step;
      const isTaken = orders.has(name);
      orders.add(name);
      const taken = { line, text: `as: another order is ${name}; write another name` };
      return [
        ...noAccount(accountKey(account.participant, account.client)),
        ...(isTaken ? [taken] : []),
      ];
    }
    case "offer":
    case "payDues":
    case "payInEarly":
    case "moveFunds":
    case "cancelAll":
      return noAccount(accountKey(step.account.participant, step.account.client));
    case "liftSuspension":
      return [...known].some((key) => isAccountOf(step.participant, key))
        ? []
        : noAccount(step.participant);
    case "cancel":
    case "answer":
    case "affirm":
      return noOrder(step.order);
    case "expect":
      return step.expectations.flatMap((expected) => {
        if (expected.kind === "order") return noOrder(expected.order, expected.line);
        if (expected.kind !== "balance") return [];
        const { participant, client } = expected.account;
        return noAccount(accountKey(participant, client), expected.line);
      });
  }
}
