import { formatShortRupees, groupIndian } from "../format/rupees.ts";
import type { OpenSettlementJson } from "../wire.ts";
import { percentText, savingsOf } from "./settlement-words.ts";

/** The figures of all open settlements together; null where nobody has said yet which there are. */
export function settlementTiles(all: readonly OpenSettlementJson[] | null): readonly {
  readonly title: string;
  readonly value: string;
  readonly note?: string;
}[] {
  const { trades, grossPaise, savedPaise, savedBasisPoints: saved } = savingsOf(all ?? []);
  const known = (text: string): string => (all === null ? "–" : text);
  const why = all?.length === 0 ? "no settlement is open" : "known when obligations are final";
  return [
    { title: "Open settlements", value: known(groupIndian(all?.length ?? 0)) },
    { title: "Trades in them", value: known(groupIndian(trades)) },
    { title: "Gross", value: known(formatShortRupees(grossPaise)) },
    saved === null
      ? { title: "Netting saved", value: "–", note: all === null ? "asking the gateway" : why }
      : {
          title: "Netting saved",
          value: percentText(saved),
          note: formatShortRupees(savedPaise),
        },
  ];
}
