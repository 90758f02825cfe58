/** A whole network with more channels, as many as it may have. */
import { figures } from "../op/index.js";
import { type Classes, classesOf } from "./classes.js";
import { SurgeryError } from "./error.js";
import { type Grouped, groupsOf, plainView, type Selection, select } from "./groups.js";
import { rebuild } from "./rebuild.js";
import { applied, channelList, type State, type Strategy } from "./state.js";

/** How large a network may become: so many times its channels, so many parameters, so many multiply-accumulates. */
export interface Growth {
  readonly times?: number;
  readonly params?: number;
  readonly macs?: number;
}

/** All layers that may grow get channels in the same proportion, as many as the bounds allow and never more. */
export function grow(state: State, growth: Growth, strategy: Strategy): State {
  const said = Object.entries(growth).map(([what, most]) => (what === "times" ? `${most} times` : `${most} ${what}`));
  const edit = `grow to ${said.join(" and ")}`;
  if (said.length === 0) throw new SurgeryError("grow: there is no bound, got none; give times, params or macs");
  const wrong = Object.entries(growth).find(([, most]) => !(most > 0 && most < Number.POSITIVE_INFINITY));
  if (wrong) throw new SurgeryError(`${edit}: a bound is a number above 0, got ${wrong[1]} ${wrong[0]}; give one`);
  const {
    times = Number.POSITIVE_INFINITY,
    params = Number.POSITIVE_INFINITY,
    macs = Number.POSITIVE_INFINITY,
  } = growth;
  if (!(times >= 1)) throw new SurgeryError(`${edit}: a network grows 1 time or more, got ${times}; prune it instead`);
  const inputs = new Set(state.graph.inputs.map(({ name }) => name));
  const classes = classesOf(state.graph, name => !inputs.has(name) && strategy.outputs === "free");
  const grouped = groupsOf(plainView(classes), undefined, Number.POSITIVE_INFINITY);
  const keeps = kept(classes, grouped, strategy.frozen ?? []);
  const sized = (scale: number): Selection => {
    const join = grouped.groups.map(({ most, join: may }, i) =>
      may > 0 && !keeps.has(i) ? Math.floor(most * scale + 1e-9) - most : 0,
    );
    const keep = grouped.groups.map(({ most }) => most);
    return select(plainView(classes), grouped, { keep, join, relaxed: [], status: "direct" });
  };
  const fits = (scale: number): boolean => {
    const cost = figures(rebuild(state.graph, sized(scale)).graph);
    return scale <= times && cost.params <= params && cost.macs <= macs;
  };
  if (!fits(1)) {
    const now = figures(state.graph);
    throw new SurgeryError(
      `${edit}: it is larger than that already, got ${now.params} parameters and ${now.macs} multiply-accumulates; prune it instead`,
    );
  }
  if (grouped.groups.every(({ join }, i) => join === 0 || keeps.has(i))) {
    throw new SurgeryError(`${edit}: nothing in it may grow, got ${classes.lists.size} held tensors; free the outputs`);
  }
  return applied(state, edit, strategy, sized(largest(fits, times)), { relaxed: [], status: "direct" });
}

/** The largest scale that fits, to a millionth; costs only rise with it. */
function largest(fits: (scale: number) => boolean, most: number): number {
  let high = 2;
  while (high < most && fits(high)) high *= 2;
  if (high >= most && most < Number.POSITIVE_INFINITY && fits(most)) return most;
  let low = high === 2 ? 1 : high / 2;
  high = Math.min(high, most);
  while (high - low > 1e-6 * low) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Groups of frozen layers, and of what they read. */
function kept(classes: Classes, { members }: Grouped, frozen: readonly string[]): Set<number> {
  const tensors = frozen.flatMap(name => [name, ...(classes.placed.get(name)?.node.inputs ?? [])]);
  const held = new Set(tensors.flatMap(name => [...channelList(classes, name).classes]));
  return new Set(members.flatMap((ones, i) => (ones.some(one => held.has(one)) ? [i] : [])));
}
