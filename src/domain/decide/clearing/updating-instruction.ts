import type { Holder } from "../../facts/account.ts";
import type { InstructionUpdated } from "../../facts/clearing-event.ts";
import { instructionId } from "../../facts/ids.ts";
import type { Settlement } from "../../state/settlement.ts";
import { emit, type Decision } from "../decision.ts";

/** Says how far an account's instruction is, and where that is not all of it, why (`lacking`). */
export function sayInstruction(
  decision: Decision,
  { settlementNumber }: Settlement,
  { participant, client }: Holder,
  moved: Pick<InstructionUpdated, "asset" | "movement" | "amount" | "settledAmount">,
  lacking: InstructionUpdated["reason"],
): void {
  const { asset, amount, settledAmount } = moved;
  const isWhole = settledAmount === amount;
  const lackingStatus = settledAmount === 0 ? "Failing" : "PartiallySettled";
  emit(decision, {
    type: "InstructionUpdated",
    instructionId: instructionId(settlementNumber, { participant, client }, asset),
    settlementNumber,
    participant,
    client,
    ...moved,
    status: isWhole ? "Settled" : lackingStatus,
    reason: isWhole ? null : lacking,
  });
}
