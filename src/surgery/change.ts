/** Sizes as people ask for them. */
import { SurgeryError } from "./error.js";
import type { AskedTarget } from "./state.js";

/** Channels more or fewer, or how many there are to be; relaxed: as near to that as can be. */
export type Change =
  | number
  | { readonly by: number; readonly relaxed?: boolean }
  | { readonly to: number; readonly relaxed?: boolean };

export const changed = (changes: Readonly<Record<string, Change>>): AskedTarget[] =>
  Object.entries(changes).map(([name, change]) => {
    const told: Exclude<Change, number> = typeof change === "number" ? { by: change } : change;
    const exact = !told.relaxed;
    if ("by" in told) {
      if (!Number.isInteger(told.by)) throw wrong("a change is a whole number", told.by, name);
      return { name, change: told.by, exact };
    }
    if (!Number.isInteger(told.to) || told.to < 1) throw wrong("a size is a whole number from 1", told.to, name);
    return { name, to: told.to, exact };
  });

const wrong = (what: string, got: number, name: string): SurgeryError =>
  new SurgeryError(`resize: ${what}, got ${got} for ${name}; give one`);

/** `conv1 -3, conv2 to 16` */
export const spelled = (changes: Readonly<Record<string, Change>>): string =>
  Object.entries(changes)
    .map(([name, change]) => {
      if (typeof change === "object" && "to" in change) return `${name} to ${change.to}`;
      const by = typeof change === "number" ? change : change.by;
      return `${name} ${by < 0 ? by : `+${by}`}`;
    })
    .join(", ");
