/**
 * A column of a table for rows on their way in: its name, PostgreSQL's type, and the value of
 * a row.
 */
export type Column<Row> =
  | {
      readonly name: string;
      readonly type: "bigint" | "int" | "smallint";
      readonly of: (row: Row) => number;
    }
  | {
      readonly name: string;
      readonly type: "text";
      readonly of: (row: Row) => string | null;
    };

/**
 * The values of a column as the text of one PostgreSQL array: a whole batch is one parameter a
 * column. Text is quoted, so that no value can end the array.
 */
export function arrayText<Row>(column: Column<Row>, rows: readonly Row[]): string {
  let text = "";
  for (const row of rows) {
    if (text !== "") text += ",";
    text += column.type === "text" ? quoted(column.of(row)) : column.of(row);
  }
  return `{${text}}`;
}

function quoted(value: string | null): string {
  if (value === null) return "NULL";
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * SQL that adds rows of these columns to a table, with the reader that the table expression `place`
 * holds: where it holds none, nothing is added. `first` is the number of its first parameter.
 */
export function insertText(
  table: string,
  columns: readonly Column<never>[],
  first: number,
): string {
  const names = columns.map(({ name }) => name).join(", ");
  // In the list, not after FROM: there PostgreSQL would put all rows aside before the first one.
  const values = columns
    .map(({ type }, index) => `unnest($${first + index}::${type}[])`)
    .join(", ");
  return `INSERT INTO ${table} (reader, ${names}) SELECT place.reader, ${values} FROM place`;
}
