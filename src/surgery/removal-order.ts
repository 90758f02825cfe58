/** In which order channels go: the least useful first, and of no list the last. */
import type { Classes, List } from "./classes.js";
import { SurgeryError } from "./error.js";
import { channelList, checkedBound, type Strategy } from "./state.js";

/** Lists that may change, each once, and how often every class stands in which. */
export interface Standing {
  readonly lists: readonly List["classes"][];
  /** By class. */
  readonly places: readonly (readonly { readonly list: number; readonly times: number }[])[];
}

export function standingIn(classes: Classes): Standing {
  const places: { readonly list: number; times: number }[][] = Array.from({ length: classes.count }, () => []);
  const lists = [...new Set([...classes.lists.values()].flat().flatMap(list => (list.held ? [] : [list.classes])))];
  lists.forEach((ones, list) => {
    for (const one of ones) {
      const last = places[one]!.at(-1);
      if (last?.list === list) last.times++;
      else places[one]!.push({ list, times: 1 });
    }
  });
  return { lists, places };
}

/**
 * Classes that can go one after another, least worth first: none that is held, and of a list never the last, or those
 * that its bounds keep.
 */
export function removalOrder(
  classes: Classes,
  { lists, places }: Standing,
  worth: Float64Array,
  strategy: Strategy,
  edit: string,
): number[] {
  const floors = floorsOf(classes, strategy, edit);
  /** Places of every list that may still go. */
  const left = lists.map(ones => ones.length - (floors.get(ones) ?? 1));
  const kept = keptBy(classes, strategy);
  const candidates = places.flatMap((_, one) => (classes.fixed[one] || kept.has(one) ? [] : [one]));
  candidates.sort((a, b) => worth[a]! - worth[b]! || a - b);
  return candidates.filter(one => {
    if (places[one]!.some(({ list, times }) => left[list]! < times)) return false;
    for (const { list, times } of places[one]!) left[list]! -= times;
    return true;
  });
}

/** Fewest places of lists that have bounds. */
function floorsOf(classes: Classes, { bounds = {} }: Strategy, edit: string): Map<Int32Array, number> {
  const floors = new Map<Int32Array, number>();
  for (const [name, bound] of Object.entries(bounds)) {
    const [least, most] = checkedBound(name, bound);
    const { classes: ones } = channelList(classes, name);
    if (ones.length > most) {
      throw new SurgeryError(
        `${edit}: ${name} keeps at most ${most} channels, got ${ones.length}; resize it first, or raise its bound`,
      );
    }
    floors.set(ones, Math.max(least, floors.get(ones) ?? 1));
  }
  return floors;
}

/** Classes of layers that never shrink or change. */
function keptBy(classes: Classes, { frozen = [], neverShrink = [] }: Strategy): Set<number> {
  const kept = new Set<number>();
  for (const name of [...frozen, ...neverShrink]) for (const one of channelList(classes, name).classes) kept.add(one);
  for (const name of frozen) {
    for (const input of classes.placed.get(name)?.node.inputs ?? []) {
      for (const one of channelList(classes, input).classes) kept.add(one);
    }
  }
  return kept;
}
