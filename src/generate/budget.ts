/** What the rest of a network costs at least, so that every choice leaves enough for it. */
import type { Shape } from "../shape/index.js";
import { type Amount, minus, type Option, plus, stepOptions, within } from "./price.js";
import type { Step } from "./steps.js";

/** The ends of a sequence of steps. An activation that is `owed` must come yet. */
export interface Budget {
  /** The cheapest ends from step `i` on: none costs less in every limited respect. Empty where there is no end. */
  readonly cheapest: (i: number, channels: number, spatial: Shape, owed: boolean) => readonly Amount[];
  /** Whether there is an end from step `i` on that costs no more than `left`. */
  readonly fits: (i: number, channels: number, spatial: Shape, owed: boolean, left: Amount) => boolean;
}

/** What is known of the ends of several sequences, many of which end alike. */
export type Ends = Map<string, readonly Amount[]>;

/** `counts`: which figures are limited; the others are not told apart, which keeps the lists of the cheapest short. */
export function budget(steps: readonly Step[], counts: readonly boolean[], ends: Ends): Budget {
  const tails = steps.map((_, i) => steps.slice(i).map(stepNumber).join());
  const counted = (cost: Amount): Amount => [counts[0] ? cost[0] : 0, counts[1] ? cost[1] : 0, counts[2] ? cost[2] : 0];
  const cheapest: Budget["cheapest"] = (i, channels, spatial, owed) => {
    if (i === steps.length) return owed ? [] : [[0, 0, 0]];
    const key = `${tails[i]} ${channels} ${spatial} ${owed}`;
    const before = ends.get(key);
    if (before) return before;
    const found: Amount[] = [];
    for (const option of stepOptions(steps[i]!, spatial)) {
      if (isWaste(owed, steps[i]!, option)) continue;
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
    return stepOptions(steps[i]!, spatial).some(
      option =>
        !isWaste(owed, steps[i]!, option) &&
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

/** An activation that nobody owes only costs. */
const isWaste = (owed: boolean, step: Step, option: Option): boolean =>
  !owed && step.optional === true && option.present;

const numbers = new WeakMap<Step, number>();
let count = 0;
function stepNumber(step: Step): number {
  const number = numbers.get(step) ?? ++count;
  numbers.set(step, number);
  return number;
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
