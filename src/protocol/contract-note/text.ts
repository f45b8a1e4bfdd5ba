import { alignedLines } from "./aligned-lines.ts";
import {
  levyCells,
  levyColumns,
  noteFacts,
  noteReading,
  noteTitle,
  noteWarning,
  securityTitle,
  subtotalCells,
  tradeCells,
  tradeColumns,
} from "./layout.ts";
import type { ContractNote } from "./contract-note.ts";

/** The note as text, for a terminal or a mail. Ends with a line feed. */
export function contractNoteText(note: ContractNote): string {
  const facts = noteFacts(note).map(([name, value]) => `${name.padEnd(22)} ${value}`);
  const trades = note.securities.flatMap((security) => [
    securityTitle(security),
    ...alignedLines(tradeColumns, [...security.rows.map(tradeCells), subtotalCells(security)]),
    "",
  ]);
  const lines = [
    noteTitle.toUpperCase(),
    noteWarning,
    "",
    ...facts,
    "",
    ...trades,
    ...alignedLines(levyColumns, levyCells(note)),
    "",
    noteReading,
  ];
  return `${lines.join("\n")}\n`;
}
