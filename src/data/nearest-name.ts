/** The name that a mistyped one most likely meant. */

/**
 * The first of `names` that begins like what was typed, else the nearest by edit distance; undefined if more than half
 * of the letters differ in every one.
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  // A name is short; a typed text of any length must not cost its square.
  const word = typed.slice(0, 40).toLowerCase();
  const begun = word && names.find(name => name.startsWith(word));
  if (begun) return begun;
  const ranked = names
    .map(name => ({ name, distance: editDistance(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(word.length, best.name.length) / 2 ? best.name : undefined;
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++)
      next[column] = Math.min(
        next[column - 1]! + 1,
        row[column]! + 1,
        row[column - 1]! + (letter === to[column - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[to.length]!;
}
