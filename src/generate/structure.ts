/** How networks of each computation are built: the sequences of steps that the article's networks follow. */
import type { Rank, Shape } from "../shape/index.js";
import { block, conv, flat, lastConv, lastLinear, linear, maybe, onlyLinear, type Step, scores } from "./steps.js";
import type { Computation, PlanActivation } from "./table.js";
import { convViews, flatView, type Views } from "./views.js";

/** Networks of one structure differ only in what their steps leave free. */
export interface Structure {
  /** Shape in which the network sees a sample. */
  readonly seen: Shape;
  readonly steps: readonly Step[];
  /** At least one of the steps that may be left out is there. */
  readonly mustActivate: boolean;
}

export interface Wanted {
  readonly input: Shape;
  readonly classes: number;
  readonly views: Views;
  readonly activation: PlanActivation;
}

/** Structures by view: first a view is drawn, then one of its structures. */
export const structures = (computation: Computation, wanted: Wanted): Structure[][] => families[computation](wanted);

const families: Record<Computation, (wanted: Wanted) => Structure[][]> = {
  Basic: ({ input, classes }) => [
    [{ seen: flatView(input), steps: [onlyLinear(classes), scores], mustActivate: false }],
  ],
  Linear: wanted => [linearOnly(wanted)],
  Conv1d: wanted => perView(wanted, 1, convOnly),
  Conv2d: wanted => perView(wanted, 2, convOnly),
  Conv3d: wanted => perView(wanted, 3, convOnly),
  Conv1dThenLinear: wanted => perView(wanted, 1, convThenLinear),
  Conv2dThenLinear: wanted => perView(wanted, 2, convThenLinear),
  Conv3dThenLinear: wanted => perView(wanted, 3, convThenLinear),
  ResNetStyle: wanted => perView(wanted, 2, resNetStyle, false),
};

/** Sequences of steps, whatever the view. */
type Family = (wanted: Wanted, rank: Rank) => Step[][];

function perView(
  wanted: Wanted,
  rank: Rank,
  family: Family,
  mustActivate = wanted.activation !== "none",
): Structure[][] {
  // One list for all views, so that what is known of the costs of a step holds for all of them.
  const sequences = family(wanted, rank);
  return convViews(wanted.input, rank, wanted.views).map(seen =>
    sequences.map(steps => ({ seen, steps, mustActivate })),
  );
}

const times = <T>(count: number, one: (i: number) => readonly T[]): T[] =>
  Array.from({ length: count }, (_, i) => one(i)).flat();
const range = (low: number, high: number): number[] => times(high - low + 1, i => [low + i]);
/** What may stand behind an inner layer. */
const behind = (activation: PlanActivation): Step[] => (activation === "none" ? [] : [maybe(activation)]);

/** 2 to 6 linear layers. */
function linearOnly({ input, classes, activation }: Wanted): Structure[] {
  const hidden = [linear(classes), ...behind(activation)];
  const end = [lastLinear(classes), scores];
  return range(1, 5).map(count => ({
    seen: flatView(input),
    steps: [...times(count, () => hidden), ...end],
    mustActivate: activation !== "none",
  }));
}

/** 2 to 6 convolutions; the last covers what is left and has a channel per class. */
function convOnly({ classes, activation }: Wanted, rank: Rank): Step[][] {
  const hidden = [conv[rank], ...behind(activation)];
  const end = [lastConv(rank, classes), flat, scores];
  return range(1, 5).map(count => [...times(count, () => hidden), ...end]);
}

/** A convolution, then 1 to 5 linear layers. Activations stand between linear layers only, so that they need two. */
function convThenLinear({ classes, activation }: Wanted, rank: Rank): Step[][] {
  const hidden = [linear(classes), ...behind(activation)];
  const end = [lastLinear(classes), scores];
  return range(activation === "none" ? 0 : 1, 4).map(count => [
    conv[rank],
    flat,
    ...times(count, () => hidden),
    ...end,
  ]);
}

/**
 * A convolution, 1 to 3 basic blocks, up to 2 more convolutions, 1 or 2 linear layers. The blocks have the activation;
 * it may also stand behind the last convolution and between the linear layers.
 */
function resNetStyle({ classes, activation }: Wanted, rank: Rank): Step[][] {
  const act = behind(activation);
  const blocks = times(3, i => [block(i + 1, activation)]);
  const ends = [[], [linear(classes), ...act]].map(hidden => [flat, ...hidden, lastLinear(classes), scores]);
  const middles = [[], [conv[rank], ...act], [conv[rank], conv[rank], ...act]];
  return range(1, 3).flatMap(count =>
    middles.flatMap(middle => ends.map(end => [conv[rank], ...blocks.slice(0, count), ...middle, ...end])),
  );
}
