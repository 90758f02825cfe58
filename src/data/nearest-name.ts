/** The name that a mistyped one most likely meant. */
import { editDistance, longestName } from "../nearest.js";

/**
 * The first of `names` that begins like what was typed, else the nearest by edit distance; undefined if more than half
 * of the letters differ in every one.
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const word = typed.slice(0, longestName).toLowerCase();
  const begun = word && names.find(name => name.startsWith(word));
  if (begun) return begun;
  const ranked = names
    .map(name => ({ name, distance: editDistance(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(word.length, best.name.length) / 2 ? best.name : undefined;
}
