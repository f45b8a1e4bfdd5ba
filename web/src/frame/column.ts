import type { Snippet } from "svelte";

/**
 * A column of a table, header and cell in one: a table is a list of these. A cell is a text or,
 * where it is more than that, a snippet.
 */
export type Column<Row> = {
  readonly title: string;
  /**
   * How header and cells stand: numbers at the right; `act` is for buttons, whose title is for
   * screen readers alone; `act` and `last` stay in sight; what is `roomy` is left out on a phone.
   */
  readonly kind?: "number" | "act" | "act last" | "roomy" | "number roomy";
  /** Classes of the cell alone. */
  readonly look?: string | ((row: Row) => string);
  /** What the cell says when it is pointed at. */
  readonly hint?: (row: Row) => string | null;
  /** How much of the cell a bar fills, 0 to 1. */
  readonly part?: (row: Row) => number;
} & (
  | { readonly text: (row: Row) => string; readonly cell?: never }
  | { readonly cell: Snippet<[row: Row]>; readonly text?: never }
);

/**
 * Writes a row's texts, classes and hints into its line. In one effect a row, run again when what
 * they are made of changes: a block of Svelte's for each cell takes four times as long where rows
 * are hundreds. The cells of columns that are snippets stand in the line already.
 */
export function writeRow<Row>(
  line: HTMLTableRowElement,
  columns: readonly Column<Row>[],
  row: Row,
): void {
  const isNew = line.cells.length < columns.length;
  let next = line.firstElementChild;
  for (const column of columns) {
    if (isNew && column.text !== undefined) next = line.insertBefore(newCell(), next);
    const cell = next as HTMLTableCellElement;
    writeCell(cell, column, row);
    next = cell.nextElementSibling;
  }
}

function newCell(): HTMLTableCellElement {
  const cell = document.createElement("td");
  cell.append("");
  return cell;
}

function writeCell<Row>(cell: HTMLElement, column: Column<Row>, row: Row): void {
  const { kind = "", look = "", hint, part, text } = column;
  const looks = `${kind} ${typeof look === "string" ? look : look(row)}`.trim();
  if (cell.className !== looks) cell.className = looks;
  if (part !== undefined) cell.style.setProperty("--part", String(part(row)));
  if (hint !== undefined) setHint(cell, hint(row));
  const words = cell.firstChild;
  if (text !== undefined && words !== null) words.nodeValue = text(row);
}

function setHint(cell: HTMLElement, hint: string | null): void {
  if (hint === null) cell.removeAttribute("title");
  else cell.title = hint;
}
