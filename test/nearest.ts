/**
 * The known word that takes the fewest changes of a letter; null where that is half of it or more.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  const [first] = known
    .map((each) => ({ each, changes: changesBetween(word, each) }))
    .toSorted((one, other) => one.changes - other.changes);
  if (first === undefined || first.changes >= first.each.length / 2) return null;
  return first.each;
}

/** How many letters are left out, put in or changed between two words (Levenshtein). */
function changesBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of one.split("").entries()) {
    const line = [row + 1];
    for (const [column, otherLetter] of other.split("").entries()) {
      const changed = (above[column] ?? 0) + Number(letter !== otherLetter);
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
