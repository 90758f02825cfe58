/** How an op's output channels relate to its inputs' and its weights': what surgery keeps in line. */
import type { Shape } from "../shape/index.js";
import type { Op, Site } from "./record.js";

/**
 * One number per place along an axis. Places of one number, in any axis of an op's inputs and output, live and die
 * together; a number of the output that no input has is made by the op.
 */
export type Labels = Int32Array;
/** Labels of every axis of a tensor; an axis without them is fixed. */
export type AxisLabels = readonly (Labels | undefined)[];

export interface Channels {
  readonly inputs: readonly AxisLabels[];
  readonly output: AxisLabels;
  /** Along which tensor's axis each axis of a weight runs, by role; an axis that is not told keeps its size. */
  readonly weights?: Readonly<Record<string, readonly (WeightAxis | undefined)[]>>;
  /** Attributes for other sizes. */
  readonly attrs?: (next: Resized) => object;
  /** A channel more or fewer changes what the others are normalised by: to cut one is not to mask it. */
  readonly mixes?: true;
  /** Of the inputs nothing is read but how many samples there are. */
  readonly onlyCounts?: true;
  /** Places beside each other of one label are a block, as a head's: another block may stand behind it. */
  readonly blocks?: true;
  /** Every place of the input becomes so many places of the output, side by side; 1 unless told. */
  readonly block?: number;
}

/** An axis of a weight, as places of an input or of the output. */
export interface WeightAxis {
  /** Number of the input, or the output. */
  readonly of: number | "output";
  readonly axis: number;
  /** So many copies, one after another. */
  readonly times?: number;
  /** Of this many equal parts only the first: what groups share. */
  readonly parts?: number;
}

/** An op's surroundings after an edit. */
export interface Resized {
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Places before the edit of the places along an axis; for a new one behind place p, -1 - p. */
  readonly from: (of: number | "output", axis: number) => Int32Array;
}

/**
 * What an op's record says of its channels. `live` tells which axes of the inputs carry channels that may change:
 * an op that can follow only one axis follows that one. `undefined`: nothing around it may change.
 */
export type ChannelRule<A extends object> = (
  site: Site<A>,
  live: readonly (readonly boolean[])[],
  forward: Op<A>["forward"],
) => Channels | undefined;

const ranges = new Map<number, Int32Array>();
/** 0, 1, 2, ... */
export function upTo(count: number): Labels {
  const known = ranges.get(count);
  if (known) return known;
  const made = Int32Array.from({ length: count }, (_, i) => i);
  ranges.set(count, made);
  return made;
}
/** `first`, `first` + 1, ... */
export const upFrom = (first: number, count: number): Labels => upTo(first + count).subarray(first);

/** Labels along one axis alone. */
export const alone = (shape: Shape, axis: number, labels: Labels): AxisLabels =>
  shape.map((_, i) => (i === axis ? labels : undefined));

/** Labels of every axis, no label in two of them. */
export function everyAxis(shape: Shape): Labels[] {
  let first = 0;
  return shape.map(size => {
    const labels = first === 0 ? upTo(size) : upFrom(first, size);
    first += size;
    return labels;
  });
}

/** The output's channels are those of its inputs, place by place; a size of 1 that is repeated stays. */
export function sameChannels({ inputs, output }: Site<object>): Channels {
  const labels = everyAxis(output);
  return {
    inputs: inputs.map(shape => shape.map((size, axis) => (size === output[axis] ? labels[axis]! : undefined))),
    output: labels.map((one, axis) => (inputs.every(shape => shape[axis] !== output[axis]) ? undefined : one)),
  };
}

/** As `sameChannels`, but for axes that the op works along. */
export const sameButAlong =
  <A extends object>(along: (site: Site<A>) => readonly number[]): ChannelRule<A> =>
  site => {
    const same = sameChannels(site);
    const worked = along(site);
    const without = (labels: AxisLabels): AxisLabels =>
      labels.map((one, axis) => (worked.includes(axis) ? undefined : one));
    return { ...same, inputs: same.inputs.map(without), output: without(same.output) };
  };

/** As `sameChannels`; a weight has an entry, or several, for every place along the axes from `first` on. */
export const weighedChannels =
  <A extends object>(
    roles: readonly string[],
    first: (site: Site<A>) => number = () => 0,
    more: Partial<Channels> = {},
  ): ChannelRule<A> =>
  site => {
    const from = first(site);
    const axes = site.output.slice(from).map((_, i) => ({ of: "output" as const, axis: from + i }));
    return { ...sameChannels(site), weights: Object.fromEntries(roles.map(role => [role, axes])), ...more };
  };

/** The first axis stays place by place, and weights have an entry for each; the others are space, and stay as they are. */
export const weighedFirst =
  <A extends object>(roles: readonly string[]): ChannelRule<A> =>
  site => {
    // A number for each sample has no axis, and a weight of one entry.
    const own = site.output.length > 0 ? ([{ of: "output", axis: 0 }] as const) : [];
    return { ...sameFirstAxis(site), weights: Object.fromEntries(roles.map(role => [role, own])) };
  };

/** The first axis stays place by place; the others are space, and stay as they are. */
export function sameFirstAxis({ inputs, output }: Site<object>): Channels {
  const [x] = inputs;
  const first = upTo(x![0] ?? 0);
  return { inputs: [alone(x!, 0, first)], output: alone(output, 0, first) };
}

/** One axis is summed away and made anew, of the size that an attribute tells; the others stay place by place. */
export const contracted =
  <A extends object>(axisOf: (site: Site<A>) => number, attribute: keyof A & string): ChannelRule<A> =>
  site => {
    const { inputs, output } = site;
    const x = inputs[0]!;
    const axis = axisOf(site);
    const read = everyAxis(x);
    const made = upFrom(
      x.reduce((sum, size) => sum + size, 0),
      output[axis]!,
    );
    return {
      inputs: [read],
      output: output.map((_, i) => (i === axis ? made : read[i])),
      weights: {
        weight: [
          { of: "output", axis },
          { of: 0, axis },
        ],
        bias: [{ of: "output", axis }],
      },
      attrs: next => ({ ...site.attrs, [attribute]: next.output[axis]! }),
    };
  };

/** The inputs one after another along an axis; along the others, place by place. */
export const joinedChannels =
  <A extends object>(axisOf: (site: Site<A>) => number): ChannelRule<A> =>
  site => {
    const { inputs, output } = site;
    const at = axisOf(site);
    const labels = everyAxis(output);
    let before = 0;
    return {
      inputs: inputs.map(shape =>
        shape.map((size, axis) => {
          if (axis !== at) return labels[axis]!;
          before += size;
          return labels[axis]!.subarray(before - size, before);
        }),
      ),
      output: labels,
    };
  };

/**
 * The first axis is summed away and made anew, perhaps in groups. `axes` tells along what the first two axes of the
 * weight run. Groups stay of one size: channels at the same place of each live together; a group of a single channel
 * goes with it.
 */
export const groupedChannels =
  <A extends { readonly groups: number }>(
    axes: readonly [WeightAxis, WeightAxis],
    attrs: (attrs: A, outChannels: number, groups: number) => A,
  ): ChannelRule<A> =>
  ({ inputs: [x], output, attrs: own }) => {
    const { groups } = own;
    const [read, made] = [x![0]! / groups, output[0]! / groups];
    const single = groups > 1 && read === 1;
    const reads = upTo(x![0]!).map(place => (single ? place : place % read));
    const first = single ? x![0]! : read;
    const makes = upTo(output[0]!).map(place => (single ? Math.floor(place / made) : first + (place % made)));
    // The second axis of the weight has the channels of one group.
    const inGroup = single ? undefined : { ...axes[1], parts: groups };
    return {
      inputs: [alone(x!, 0, reads)],
      output: alone(output, 0, makes),
      weights: { weight: [axes[0], inGroup], bias: [{ of: "output", axis: 0 }] },
      block: single ? made : 1,
      attrs: next => attrs(own, next.output[0]!, single ? next.inputs[0]![0]! : groups),
    };
  };
