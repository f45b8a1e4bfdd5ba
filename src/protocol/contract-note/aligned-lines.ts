/** A column of a plain table: its heading, and `right` where its cells are numbers. */
export type Heading = { readonly name: string; readonly align?: "left" | "right" };

/**
 * A line of headings and one for each row, cells two spaces apart, without spaces at the ends
 * of lines.
 */
export function alignedLines(
  headings: readonly Heading[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [headings.map(({ name }) => name), ...rows];
  const widths = headings.map((_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return headings[index]?.align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
