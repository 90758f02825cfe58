/** Fewer channels, the least useful first, until a network costs no more than it may. */
import {
  type Budget,
  costOf,
  excessOf,
  firstBelow,
  type Latency,
  limitsOf,
  smallest,
  spelledBudget,
  unreachable,
} from "./budget.js";
import { type Classes, classesOf } from "./classes.js";
import { SurgeryError } from "./error.js";
import { costWithoutFirst, fewest, firstCount, type Gone, withoutFirst } from "./fewest.js";
import { plainView, type Selection } from "./groups.js";
import { removalOrder, standingIn } from "./removal-order.js";
import { applied, type State, type Strategy } from "./state.js";
import { even, l1, normalised, utilityOf } from "./utility.js";

/** Met and never exceeded; with the worth of every channel the mean over the layers that have it, each layer's of mean 1. */
export async function prune(state: State, budget: Budget, strategy: Strategy): Promise<State> {
  const edit = `prune to ${spelledBudget(budget)}`;
  refuseStrategy(state, strategy, edit);
  const inputs = new Set(state.graph.inputs.map(({ name }) => name));
  const classes = classesOf(state.graph, name => !inputs.has(name) && strategy.outputs === "free");
  const view = plainView(classes);
  const utility = utilityOf(state, classes, view, normalised(strategy.utility ?? (state.weights ? l1 : even)));
  const standing = standingIn(classes);
  const order = removalOrder(classes, standing, meanWorth(classes, utility), strategy, edit);
  const selection = (gone: Gone): Selection => ({ view, keep: one => !gone[one], join: () => 0, lead: () => 0 });
  const free = classes.fixed.reduce((count, fixed) => count + (fixed ? 0 : 1), 0);
  const limits = limitsOf(budget, costOf(state.graph, free));
  const search = { graph: state.graph, selection, standing, limits, free, loss: utility.sums };
  const reached = costWithoutFirst(order, order.length, search);
  if (excessOf(limits, reached) > 0) throw unreachable(edit, limits, reached);
  const cut = (gone: Gone): State => applied(state, edit, strategy, selection(gone), { relaxed: [], status: "direct" });
  if (!budget.latency) return cut(await fewest(order, search));
  // What takes less time follows no rule by which channels could come back.
  const count = await firstCount(order, search);
  const cutFirst = (at: number): State => cut(withoutFirst(order, at, search));
  return fastEnough(state, budget.latency, [count, order.length], cutFirst, edit);
}

/** Of what is small enough already, from `first` channels cut to `last`, the first that is measured to be fast enough. */
async function fastEnough(
  state: State,
  { most, share = 1, measure }: Latency,
  [first, last]: readonly [number, number],
  cut: (count: number) => State,
  edit: string,
): Promise<State> {
  const measured = async ({ graph, weights }: State): Promise<number> => {
    const found = await measure({ graph, weights });
    if (found > 0 && Number.isFinite(found)) return found;
    throw new SurgeryError(`${edit}: a latency is a number of milliseconds, got ${found}; correct what measures it`);
  };
  const before = await measured(state);
  const longest = most ?? share * before;
  const excess = async (count: number): Promise<number> => (await measured(cut(count))) / longest - 1;
  const [least, start] = [await excess(last), await excess(first)];
  if (least > 0) throw smallest(edit, `${((1 + least) * longest).toPrecision(3)} ms`, `${longest.toPrecision(3)} ms`);
  let count = start <= 0 ? first : await firstBelow(excess, [first, start], [last, least]);
  // What is measured varies: what is given back was fast enough twice.
  for (;;) {
    const made = cut(count);
    const after = await measured(made);
    if (after <= longest || count === last) return withLatency(made, [before, after]);
    count = Math.min(last, count + Math.max(1, Math.ceil((last - count) / 50)));
  }
}

const withLatency = (state: State, latency: readonly [number, number]): State => ({
  ...state,
  steps: state.steps.map((step, i) => (i === state.steps.length - 1 ? { ...step, latency } : step)),
});

/** What pruning cannot keep, or cannot tell. */
function refuseStrategy(state: State, { utility, steps, without }: Strategy, edit: string): void {
  if (!state.weights && utility && utility !== even) {
    throw new SurgeryError(
      `${edit}: there are no weights to tell what channels are worth, got a network alone; train it, or leave the utility out`,
    );
  }
  if (steps) throw new SurgeryError(`${edit}: steps are kept by resize only, got steps; leave them out`);
  if (without) {
    throw new SurgeryError(`${edit}: channels that must go are told to align, got without; leave it out`);
  }
}

/** The mean over the places at which a class stands in lists that count: what stands in many is not worth more for it. */
function meanWorth(classes: Classes, { sums, counts }: { sums: Float64Array; counts: Float64Array }): Float64Array {
  return Float64Array.from({ length: classes.count }, (_, one) => (counts[one]! > 0 ? sums[one]! / counts[one]! : 0));
}
