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

/** A column, and the cell that each of its cells begins as. */
type Blank<Row> = { readonly column: Column<Row>; readonly cell: HTMLTableCellElement };

/** How to write a row's texts, classes and hints into its line. */
type WriteRow<Row> = (line: HTMLTableRowElement, row: Row) => void;

/**
 * Makes what writes rows of these columns. In one effect a row, run again when what they are made
 * of changes: a block of Svelte's for each cell takes four times as long where rows are hundreds.
 * The cells of columns that are snippets stand in the line already; the others are copied, which
 * takes half as long as making them.
 */
export function rowWriter<Row>(columns: readonly Column<Row>[]): WriteRow<Row> {
  const blanks = columns.map(newBlank);
  return (line, row) => {
    const isNew = line.childElementCount < blanks.length;
    let next = line.firstElementChild;
    for (const blank of blanks) {
      if (isNew && blank.column.text !== undefined)
        next = line.insertBefore(blank.cell.cloneNode(true) as Element, next);
      const cell = next as HTMLTableCellElement;
      writeCell(cell, blank, row);
      next = cell.nextElementSibling;
    }
  };
}

function newBlank<Row>(column: Column<Row>): Blank<Row> {
  const { kind = "", look = "" } = column;
  const cell = document.createElement("td");
  cell.append("");
  if (typeof look === "string") cell.className = `${kind} ${look}`.trim();
  return { column, cell };
}

function writeCell<Row>(cell: HTMLElement, { column, cell: blank }: Blank<Row>, row: Row): void {
  const { kind = "", look, hint, part, text } = column;
  if (typeof look === "function") cell.className = `${kind} ${look(row)}`.trim();
  else if (text === undefined) cell.className = blank.className;
  if (part !== undefined) cell.style.setProperty("--part", String(part(row)));
  if (hint !== undefined) setHint(cell, hint(row));
  const words = cell.firstChild;
  if (text !== undefined && words !== null) words.nodeValue = text(row);
}

function setHint(cell: HTMLElement, hint: string | null): void {
  if (hint === null) cell.removeAttribute("title");
  else cell.title = hint;
}
