/** What steps cost, by the records of their ops. */
import type { Node } from "../graph/index.js";
import { findOp, place, readAttrs, toAttrs, trainableCount } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";
import type { Choice, Ground, Step } from "./steps.js";

export interface Limits {
  readonly params?: number | undefined;
  readonly macs?: number | undefined;
  readonly memoryElements?: number | undefined;
}
export const limited = ["params", "macs", "memoryElements"] as const satisfies readonly (keyof Limits)[];

/** A number for each of `limited`, in this order. */
export type Amount = readonly [params: number, macs: number, memoryElements: number];

export const plus = (a: Amount, b: Amount): Amount => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const minus = (a: Amount, b: Amount): Amount => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const within = (a: Amount, limits: Amount): boolean =>
  a[0] <= limits[0] && a[1] <= limits[1] && a[2] <= limits[2];

export interface Price {
  readonly cost: Amount;
  readonly output: Shape;
}

/** Cost and output of one step. */
export function price(step: Step, input: Shape, choice: Choice): Price {
  const shapes = new Map([["x", input]]);
  let cost: Amount = [0, 0, 0];
  const counter: Ground = {
    node: (op, inputs, attrs = {}, { name = `${shapes.size}`, canonical = false } = {}) => {
      const node: Node = { name, op, inputs, attrs: toAttrs(canonical ? attrs : readAttrs(findOp(op), attrs)) };
      const one = place(node, shapes);
      const { macs, storage } = one.cost;
      const own = storage === "own" || storage === "view" ? product(one.site.output) : 0;
      cost = plus(cost, [trainableCount(one), macs, own]);
      shapes.set(name, one.site.output);
      return name;
    },
    shape: name => shapes.get(name)!,
  };
  const output = shapes.get(step.add(counter, "x", choice))!;
  return { cost, output };
}

/** A step with one kernel, there or left out, as narrow as can be, behind any number of channels. */
export interface Option {
  readonly kernel: number;
  readonly present: boolean;
  /** Cost behind that many channels. */
  readonly cost: (channels: number) => Amount;
  /** Output channels behind that many. */
  readonly channels: (channels: number) => number;
  /** Sizes that are left. */
  readonly spatial: Shape;
}

const known = new WeakMap<Step, Map<string, readonly Option[]>>();

/** The kernels that a step can have on these sizes, of very many a selection; of one that may be left out, also that. */
export function stepOptions(step: Step, spatial: Shape): readonly Option[] {
  const bySize = known.get(step) ?? new Map<string, readonly Option[]>();
  known.set(step, bySize);
  const key = spatial.join();
  const options = bySize.get(key) ?? [...eachOption(step, spatial)];
  bySize.set(key, options);
  return options;
}

function* eachOption(step: Step, spatial: Shape): Generator<Option> {
  const width = step.widths ? 1 : 0;
  for (const kernel of spread(step.kernels?.([1, ...spatial]) ?? 1)) {
    for (const present of step.optional ? [false, true] : [true]) {
      const behind = (channels: number): Price =>
        price(step, [channels, ...spatial], { kernel, width, bias: false, present });
      const [one, two, three] = [behind(1), behind(2), behind(3)];
      const growth = two.output[0]! - one.output[0]!;
      yield {
        kernel,
        present,
        cost: parabola(one.cost, two.cost, three.cost),
        channels: channels => one.output[0]! + (channels - 1) * growth,
        spatial: one.output.slice(1),
      };
    }
  }
}

/** Most kernels to tell apart: the work grows with their square. */
const mostKernels = 64;

/** The numbers 1 to `last`, or evenly spread ones of them, both ends included. */
const spread = (last: number): number[] => {
  const count = Math.min(last, mostKernels);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 1 : 1 + Math.round((i * (last - 1)) / (count - 1))));
};

/** Costs grow with the channels at most as their square (a basic block has as many outputs as inputs): three points decide. */
function parabola(one: Amount, two: Amount, three: Amount): (channels: number) => Amount {
  const slope = minus(two, one);
  const bend = minus(minus(three, two), slope);
  return channels => {
    const n = channels - 1;
    const pairs = (n * (n - 1)) / 2;
    return [
      one[0] + n * slope[0] + pairs * bend[0],
      one[1] + n * slope[1] + pairs * bend[1],
      one[2] + n * slope[2] + pairs * bend[2],
    ];
  };
}
