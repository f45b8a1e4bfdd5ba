import type { Heading } from "./aligned-lines.ts";
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

/** One page without scripts or links, for A4 in landscape: headings repeat, no row is cut. */
const style = `
@page { size: A4 landscape; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #111; background: #fff;
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
.warning { margin: .25rem 0 1.25rem; color: #555; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .6rem 1.5rem;
  margin: 0 0 1.5rem; }
dt { font-size: .8rem; color: #555; }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin-bottom: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid #ccc; white-space: nowrap; }
tbody th { font-weight: 400; }
thead th { border-bottom: 2px solid #111; white-space: normal; vertical-align: bottom; }
.number { text-align: right; }
.sum th, .sum td { font-weight: 600; border-bottom: 2px solid #111; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 9pt; }
  .wide { overflow: visible; margin-bottom: 1rem; }
  dl { gap: .3rem 1.5rem; margin-bottom: 1rem; }
  th, td { padding: .15rem .5rem; }
  thead { display: table-header-group; }
  tr, dl { break-inside: avoid; }
}
`;

/** The note as a page of its own, which prints well. Everything that strangers wrote is escaped. */
export function contractNoteHtml(note: ContractNote): string {
  const facts = noteFacts(note).map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
  );
  const trades = note.securities.map((security) =>
    table(securityTitle(security), tradeColumns, security.rows.map(tradeCells), [
      subtotalCells(security),
    ]),
  );
  const levies = levyCells(note);
  const parts = [
    "<!doctype html>",
    '<html lang="en-IN">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(`${noteTitle} ${note.number}`)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    `<h1>${noteTitle}</h1>`,
    `<p class="warning">${noteWarning}</p>`,
    `<dl>\n${facts.join("\n")}\n</dl>`,
    ...trades,
    table("Charges", levyColumns, levies.slice(0, -1), levies.slice(-1)),
    `<p>${noteReading}</p>`,
    "</body>",
    "</html>",
  ];
  return `${parts.join("\n")}\n`;
}

type Cells = readonly (readonly string[])[];

function table(caption: string, columns: readonly Heading[], rows: Cells, sums: Cells): string {
  const headings = columns.map(
    (column) => `<th scope="col"${numberClass(column)}>${escaped(column.name)}</th>`,
  );
  const row = (cells: readonly string[], attributes: string): string => {
    const [first = "", ...rest] = cells;
    const written = rest.map(
      (cell, at) => `<td${numberClass(columns[at + 1])}>${escaped(cell)}</td>`,
    );
    return `<tr${attributes}><th scope="row">${escaped(first)}</th>${written.join("")}</tr>`;
  };
  return [
    // A wide table scrolls by itself on a small screen, by keys too.
    `<div class="wide" role="region" tabindex="0" aria-label="${escaped(caption)}"><table>`,
    `<caption>${escaped(caption)}</caption>`,
    `<thead><tr>${headings.join("")}</tr></thead>`,
    "<tbody>",
    ...rows.map((cells) => row(cells, "")),
    ...sums.map((cells) => row(cells, ' class="sum"')),
    "</tbody>",
    "</table></div>",
  ].join("\n");
}

function numberClass(column: Heading | undefined): string {
  return column?.align === "right" ? ' class="number"' : "";
}

/** Text as HTML shows it and no reader takes for a tag or an attribute's end. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
