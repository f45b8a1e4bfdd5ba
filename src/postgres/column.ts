/**
 * A column of a table for rows on their way in: its name, PostgreSQL's type, and the value of
 * a row.
 */
export type Column<Row> =
  | {
      readonly name: string;
      readonly type: "bigint" | "int" | "smallint";
      readonly of: (row: Row) => number | null;
    }
  | {
      readonly name: string;
      readonly type: "text";
      readonly of: (row: Row) => string | null;
    };

/** Where the text of an array is put together: its memory is used again for the next one. */
let bytes = Buffer.allocUnsafe(1024 * 1024);
let end = 0;

const asciiMax = 0x7f;
const backslash = 0x5c;
const comma = 0x2c;
const minus = 0x2d;
const quote = 0x22;
const zero = 0x30;
/** No integer of ours has more characters. */
const integerLengthMax = 17;
/** A number above is put down in two halves, each of which is a small integer of the machine's. */
const half = 1_000_000_000;

/**
 * The values of a column as the text of one PostgreSQL array: a whole batch is one parameter a
 * column. Text is quoted, so that no value can end the array. Put together byte by byte: as text a
 * batch would be some 100,000 pieces.
 */
export function arrayText<Row>(column: Column<Row>, rows: readonly Row[]): string {
  end = 0;
  for (const row of rows) {
    if (column.type === "text") putText(column.of(row));
    else putInteger(column.of(row));
    bytes[end++] = comma;
  }
  return `{${bytes.toString("utf8", 0, Math.max(0, end - 1))}}`;
}

/** Room for so many bytes more, and a comma. */
function makeRoom(count: number): void {
  if (end + count < bytes.length) return;
  const larger = Buffer.allocUnsafe(2 * (end + count));
  bytes.copy(larger, 0, 0, end);
  bytes = larger;
}

function putText(value: string | null): void {
  if (value === null) return putPlain("NULL");
  makeRoom(value.length + 2);
  const begin = end;
  bytes[end++] = quote;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code > asciiMax || code === quote || code === backslash) {
      end = begin;
      return putPlain(`"${value.replace(/["\\]/g, "\\$&")}"`);
    }
    bytes[end++] = code;
  }
  bytes[end++] = quote;
}

function putPlain(text: string): void {
  makeRoom(3 * text.length);
  end += bytes.write(text, end);
}

function putInteger(value: number | null): void {
  if (value === null) return putPlain("NULL");
  makeRoom(integerLengthMax);
  if (value < 0) bytes[end++] = minus;
  const size = Math.abs(value);
  if (size < half) return putDigits(size, 1);
  putDigits(Math.floor(size / half), 1);
  putDigits(size % half, 9);
}

/**
 * An integer below a thousand million, in at least so many digits: zeros stand before the others.
 */
function putDigits(value: number, least: number): void {
  let rest = value | 0;
  let length = least;
  for (let above = least === 1 ? 10 : half; above <= rest; above *= 10) length += 1;
  end += length;
  for (let at = end - 1; length > 0; at -= 1, length -= 1) {
    const next = (rest / 10) | 0;
    bytes[at] = zero + rest - 10 * next;
    rest = next;
  }
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
