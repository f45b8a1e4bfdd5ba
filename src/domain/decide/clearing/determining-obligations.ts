import type { Obligation } from "../../facts/clearing-event.ts";
import { emit, type Decision } from "../decision.ts";
import { accountKey, type Holder } from "../../facts/account.ts";
import { knownMember, type Settlement } from "../../state/settlement.ts";
import { assert, type Participant } from "../../facts/units.ts";

/** Says what an account has to deliver, pay and receive. Returns how many lines it took. */
export function determineAccount(
  decision: Decision,
  settlement: Settlement,
  { participant, client }: Holder,
): number {
  const { settlementNumber } = settlement;
  const account = knownMember(settlement, participant).accounts.get(
    accountKey(participant, client),
  );
  assert(account !== undefined, "an account with work has positions");
  const obligations = [...account.assets].map(([asset, { net }]): Obligation => ({
    asset,
    amount: net,
  }));
  const status = statusOf(settlement);
  emit(decision, {
    type: "ObligationDetermined",
    settlementNumber,
    status,
    participant,
    client,
    obligations: sorted(obligations),
  });
  return obligations.length;
}

/**
 * Says the same of a member: cash and each security, summed over its accounts. Returns the lines.
 */
export function determineMember(
  decision: Decision,
  settlement: Settlement,
  participant: Participant,
): number {
  const { settlementNumber } = settlement;
  const sums = new Map<string, number>();
  for (const { assets } of knownMember(settlement, participant).accounts.values())
    for (const [asset, { net }] of assets) sums.set(asset, (sums.get(asset) ?? 0) + net);
  const obligations = [...sums].map(([asset, amount]): Obligation => ({ asset, amount }));
  const status = statusOf(settlement);
  emit(decision, {
    type: "MemberObligationDetermined",
    settlementNumber,
    status,
    participant,
    obligations: sorted(obligations),
  });
  return obligations.length;
}

function statusOf({ stage }: Settlement): "Provisional" | "Final" {
  return stage === "Provisional" ? "Provisional" : "Final";
}

function sorted(obligations: Obligation[]): Obligation[] {
  return obligations.toSorted((one, other) => (one.asset < other.asset ? -1 : 1));
}
