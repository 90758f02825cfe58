/** Names that a mistyped one most likely meant. */

/** More names than these are not listed whole. */
const mostListed = 20;

/** `did you mean a or b?`, or what is known when nothing is near. */
export function nearest(word: string, known: readonly string[]): string {
  const most = Math.max(2, word.length / 3);
  const near = known.filter(other => editDistance(word.toLowerCase(), other.toLowerCase()) <= most);
  if (near.length > 0) return `did you mean ${near.join(" or ")}?`;
  if (known.length === 0) return "it takes none";
  if (known.length <= mostListed) return `known are ${known.join(", ")}`;
  return `known are ${known.slice(0, mostListed).join(", ")} and ${known.length - mostListed} more`;
}

/** The names as a sentence lists them to choose from: `a, b or c`. */
export const anyOf = (names: readonly string[]): string =>
  [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(part => part !== "").join(" or ");

/** Names are short; a typed text of any length must not cost its square. */
export const longestName = 40;

/** Levenshtein's distance: insertions, deletions and replacements of one character; only the first 40 are looked at. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from.slice(0, longestName)].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      next[column] = Math.min(
        next[column - 1]! + 1,
        row[column]! + 1,
        row[column - 1]! + (letter === to[column - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[to.length]!;
}
