/** What the rest of a network costs at least, so that every choice leaves enough for it. */
import type { Shape } from "../shape/index.js";
import { type Amount, minus, plus, stepOptions, within } from "./price.js";
import type { Step } from "./steps.js";
import type { Structure } from "./structure.js";

/** The ends of the networks of one structure. An activation that is `owed` must come yet. */
export interface Budget {
  /** The cheapest ends from step `i` on: none costs less in every limited respect. Empty where there is no end. */
  readonly cheapest: (i: number, channels: number, spatial: Shape, owed: boolean) => readonly Amount[];
  /** Whether there is an end from step `i` on that costs no more than `left`. */
  readonly fits: (i: number, channels: number, spatial: Shape, owed: boolean, left: Amount) => boolean;
}

/** `counts`: which figures are limited; the others are not told apart, which keeps the lists of the cheapest short. */
export function budget({ steps }: Structure, counts: readonly boolean[]): Budget {
  const ends = new Map<string, readonly Amount[]>();
  const counted = (cost: Amount): Amount => [counts[0] ? cost[0] : 0, counts[1] ? cost[1] : 0, counts[2] ? cost[2] : 0];
  const cheapest: Budget["cheapest"] = (i, channels, spatial, owed) => {
    if (i === steps.length) return owed ? [] : [[0, 0, 0]];
    const key = `${i} ${channels} ${spatial} ${owed}`;
    const before = ends.get(key);
    if (before) return before;
    const found: Amount[] = [];
    for (const option of stepOptions(steps[i]!, spatial)) {
      const cost = counted(option.cost(channels));
      for (const rest of cheapest(
        i + 1,
        option.channels(channels),
        option.spatial,
        stillOwed(owed, steps[i]!, option),
      )) {
        keep(found, plus(cost, rest));
      }
    }
    ends.set(key, found);
    return found;
  };
  const fits: Budget["fits"] = (i, channels, spatial, owed, left) => {
    if (left[0] < 0 || left[1] < 0 || left[2] < 0) return false;
    // What follows a drawn width is as narrow as can be, so few such ends exist; of the rest one is enough.
    if (i === steps.length || channels === 1)
      return cheapest(i, channels, spatial, owed).some(end => within(end, left));
    return stepOptions(steps[i]!, spatial).some(option =>
      fits(
        i + 1,
        option.channels(channels),
        option.spatial,
        stillOwed(owed, steps[i]!, option),
        minus(left, option.cost(channels)),
      ),
    );
  };
  return { cheapest, fits };
}

/** Whether an activation must come yet behind this step. */
export const stillOwed = (owed: boolean, step: Step, { present }: { readonly present: boolean }): boolean =>
  owed && !(step.optional && present);

/** Add an end unless one is as cheap in every respect, and drop those that it undercuts. */
function keep(found: Amount[], end: Amount): void {
  if (found.some(other => within(other, end))) return;
  for (let i = found.length - 1; i >= 0; i--) if (within(end, found[i]!)) found.splice(i, 1);
  found.push(end);
}
