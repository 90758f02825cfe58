/** Random calls of every op, right and wrong, each with what the run-time rule says of it. */
import * as netpick from "../../src/build/index.js";
import { allOps, type Op } from "../../src/op/index.js";
import { permutation, type Random, random } from "../../src/random.js";
import { inputCounts } from "../battery/sampled.js";

export interface Case {
  readonly shapes: readonly (readonly number[])[];
  /** Chained to a tensor, as text: `.conv2d(20, 5)` or `.pipe(Conv2d(20, 5))`. */
  readonly call: string;
  readonly output?: readonly number[];
  readonly sentence?: string;
}

/** Whether the op's schema takes a value of an attribute. */
type Takes = (name: string, value: unknown) => boolean;

/** Values of an attribute, by its name: an op with a new one needs a new line. */
const draw: Readonly<
  Record<string, (source: Random, rank: number, input: readonly number[], takes: Takes) => unknown>
> = {
  outChannels: (source, _, [channels]) =>
    sometimes(source, () => (channels ?? 1) * source.int(1, 3)) ?? size(source, 512),
  outFeatures: source => size(source, 4096),
  kernelSize: (source, rank) => perAxis(source, rank, () => size(source, 12)),
  stride: (source, rank) => perAxis(source, rank, () => size(source, 11)),
  padding: (source, rank, _, takes) => {
    if (takes("padding", -1)) return ends(source, rank, () => size(source, 7) - 4);
    return takes("padding", "same") && source.chance(0.4)
      ? source.pick(["same", Array.from({ length: rank }, () => [size(source, 4) - 1, size(source, 4) - 1])])
      : perAxis(source, rank, () => size(source, 5) - 1);
  },
  cropping: (source, rank) => ends(source, rank, () => size(source, 4) - 1),
  value: source => source.pick([0, 0, 1, -2.5]),
  paddingMode: source => source.pick(["zeros", "reflect", "replicate"]),
  upscaleFactor: (source, _, input) => source.pick([1, 2, 3, input[0] === 1 ? 1 : 2, -1]),
  downscaleFactor: (source, _, input) => source.pick([1, 2, ...divisors(input[2] ?? 1)]),
  scaleFactor: source => source.pick([1, 2, 3, 0.5, 1.5, 2.75, 0.25, 0.29, 0.02, 1e-7, 0, -1.5]),
  mode: (source, _, __, takes) =>
    source.pick(takes("mode", "linear") ? ["nearest", "linear"] : ["constant", "reflect", "replicate", "circular"]),
  countIncludePad: source => source.chance(),
  ceilMode: source => source.chance(),
  normType: source => source.pick([1, 2, 3, 1e-7, 0, -2]),
  outputSize: (source, rank) => perAxis(source, rank, () => size(source, 9)),
  outputPadding: (source, rank) => perAxis(source, rank, () => size(source, 3) - 1),
  dilation: (source, rank) => perAxis(source, rank, () => size(source, 4)),
  groups: (source, _, [channels = 1]) => source.pick(divisors(channels)),
  bias: source => source.chance(),
  inPlace: source => source.chance(),
  p: source => source.pick([0, 0.1, 0.25, 0.5, 0.999, 1e-7, 1, -0.5]),
  eps: source => source.pick([1e-5, 1e-12, 0.1, 0, 1.5]),
  negativeSlope: source => source.pick([0, 0.2, -1, 3]),
  alpha: source => source.pick([1, 0.5, 1e-7, 0, -2.5]),
  beta: source => source.pick([1, 20, 1e-7, 0, -0.5]),
  threshold: source => source.pick([20, 0.5, 0, -1]),
  approximate: source => source.pick(["none", "tanh"]),
  perChannel: source => source.chance(),
  hiddenSize: source => size(source, 512),
  layers: source => size(source, 4),
  bidirectional: source => source.chance(),
  output: source => source.pick(["sequence", "last"]),
  nonlinearity: source => source.pick(["tanh", "relu"]),
  size: source => size(source, 9),
  k: source => source.pick([1, 2.5, 0, -1]),
  std: source => source.pick([1, 0.1, 1e-7, 0, -2]),
  affine: source => source.chance(),
  lastAxes: source => size(source, 4),
  momentum: source => source.pick([0.1, 0.01, 0.999, -0.1]),
  axis: (source, _, input) => axis(source, input),
  axis0: (source, _, input) => axis(source, input),
  axis1: (source, _, input) => axis(source, input),
  axes: (source, _, input) =>
    source.chance(0.3) ? axis(source, input) : Array.from({ length: source.int(0, 20) % 4 }, () => axis(source, input)),
  order: (source, _, input) =>
    Array.from(permutation(source.chance(0.9) ? input.length : 3, source), one =>
      source.chance(0.03) ? one + 1 : one,
    ),
  keepDims: source => source.chance(),
  start: source => place(source) * source.pick([1, 1, -1]),
  end: source => (place(source) + 1) * source.pick([1, 1, 1, -1]),
  step: source => size(source, 5),
  indices: source => Array.from({ length: source.int(0, 30) % 7 }, () => place(source)),
  sizes: (source, _, input) =>
    source.pick([() => [input.at(-1) ?? 1, 1], () => regroup(source, [input[0] ?? 1]), () => [size(source, 6)]])(),
  exponent: source => source.pick([2, 3, -1, 0.5]),
  count: source => size(source, 50),
  features: source => size(source, 300),
  paddingIndex: source => place(source),
  learned: source => source.chance(),
  heads: (source, _, input) => source.pick([1, 2, size(source, 9), source.pick(divisors(input.at(-1) ?? 1))]),
  dropout: source => source.pick([0, 0.1, 0.5, 1, -0.5]),
  causal: source => source.chance(),
  factor: source => source.pick([2, -0.5, 0]),
  shift: source => source.pick([1, -3.5]),
  shape: (source, _, input) => sometimes(source, () => [size(source, 9), size(source, 9)]) ?? regroup(source, input),
};

/** An axis, which mostly exists. */
const axis = (source: Random, input: readonly number[]): number =>
  source.chance(0.04)
    ? source.pick([0.5, -2.5, 9, -9])
    : source.int(source.chance(0.7) ? 0 : -input.length - 1, Math.max(0, input.length - (source.chance(0.9) ? 1 : 0)));
const place = (source: Random): number => (source.chance(0.03) ? source.pick([-1, 1.5, 200]) : source.int(0, 3));

/** A whole number from 1; once in a while a number that is no size. */
const size = (source: Random, most: number): number =>
  source.chance(0.02)
    ? source.pick([0, -1, 1.5, -2.5, 1e21])
    : source.int(1, source.chance(0.5) ? most : Math.min(3, most));
const sometimes = <T>(source: Random, make: () => T): T | undefined => (source.chance(0.3) ? make() : undefined);
const perAxis = (source: Random, rank: number, one: () => number): number | number[] => {
  if (source.chance()) return one();
  const axes = source.chance(0.03) ? source.int(1, 4) : rank;
  return Array.from({ length: axes }, one);
};
/** One number for all, or one or [begin, end] for each axis. */
const ends = (source: Random, rank: number, one: () => number): unknown =>
  source.chance() ? perAxis(source, rank, one) : Array.from({ length: rank }, () => [one(), one()]);
const divisors = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1).filter(d => n % d === 0);
/** The same elements in two axes. */
function regroup(source: Random, input: readonly number[]): number[] {
  const elements = input.reduce((total, dim) => total * dim, 1);
  const first = source.pick(divisors(Math.min(elements, 999)).filter(d => elements % d === 0));
  return [first, elements / first];
}

export interface Spelling {
  readonly op: Op;
  /** One choice of its attributes, with every one that it ever writes down. */
  readonly sampled: object;
  /** Number of spatial axes, where the op has any. */
  readonly rank: number;
  /** How many axes its input has, where that is settled. */
  readonly axes: number | undefined;
  readonly positional: readonly string[];
  readonly options: readonly string[];
  readonly maker: string | undefined;
}

/** How an op is called, from its record: what it samples, and where its arguments go. */
export function spelling(op: Op): Spelling {
  const ranks = [6, 1].flatMap(dim => [4, 3, 2, 1].map(axes => Array<number>(axes).fill(dim)));
  const [, count = op.arity === 1 ? 1 : 2] = inputCounts(op.arity);
  const inputs = ranks.map(shape => Array<number[]>(count).fill(shape));
  const samples = Array.from({ length: 20 }, (_, seed) => inputs.map(shapes => op.sample(random(seed), shapes, {})));
  const sampled: object = Object.assign({}, ...samples.flat());
  const axes = new Set(ranks.flatMap(({ length }, i) => (samples.some(one => one[i]) ? [length] : [])));
  const marks = [{}, {}, {}];
  const taken = Object.entries(op.args(...(marks as never[])));
  const positional = marks.flatMap(mark => taken.filter(([, value]) => value === mark).map(([name]) => name));
  const rank = Number(/(\d)d$/.exec(op.name)?.[1] ?? 0);
  return {
    op,
    sampled,
    rank,
    axes: axes.size === 1 ? [...axes][0] : rank === 0 ? undefined : rank + 1,
    positional,
    // Behind several tensors there is no place for it in types.
    options: Object.keys(sampled).filter(name => !positional.includes(name) && !(op.arity !== 1 && name === "inPlace")),
    maker: Object.keys(netpick).find(name => name !== op.name && name.toLowerCase() === op.name.toLowerCase()),
  };
}

function inputShape(source: Random, wanted: number | undefined): number[] {
  const axes = source.chance(0.05) || wanted === undefined ? source.int(0, 4) : wanted;
  const most = axes > 3 ? 40 : source.pick([12, 300, 1500]);
  return Array.from({ length: axes }, () => (source.chance(0.1) ? 1 : source.int(1, most)));
}

/** Shapes for the inputs after the first: for exactly two, what can be broadcast or multiplied as a matrix, too. */
function otherShapes(source: Random, op: Op, input: readonly number[]): number[][] {
  const nearby = () => input.map((dim, axis) => (source.chance(axis === 0 ? 0.3 : 0.03) ? dim + 1 : dim));
  if (typeof op.arity !== "number") {
    const count = "oneOf" in op.arity ? source.pick(op.arity.oneOf) - 1 : source.int(1, 3);
    return Array.from({ length: count }, nearby);
  }
  if (op.arity === 1) return [];
  const ones = () => input.map(dim => (source.chance(0.3) ? 1 : dim));
  const matrix = () => (input.length < 2 ? nearby() : [...input.slice(0, -2), input.at(-1)!, source.int(1, 50)]);
  const last = () => (input.length === 0 ? nearby() : input.with(-1, source.int(1, 50)));
  const valid = (shape: number[]) => op.sample(random(1), [input, shape], {}) !== undefined;
  const shapes = Array.from({ length: op.arity - 1 }, () => source.pick([nearby, ones, matrix, last])());
  return shapes.every(valid) || source.chance(0.3) ? shapes : otherShapes(source, op, input);
}

function argumentsOf(
  source: Random,
  { op, sampled, rank, positional, options }: Spelling,
  input: readonly number[],
): unknown[] {
  const takes: Takes = (name, value) => op.attrs.safeParse({ ...sampled, [name]: value }).success;
  const value = (name: string): unknown => draw[name]!(source, rank, input, takes);
  const chosen = options.filter(() => source.chance(0.4));
  const rest = chosen.length === 0 ? [] : [Object.fromEntries(chosen.map(name => [name, value(name)]))];
  return [...positional.map(value), ...rest];
}

type Caller = Record<string, (...args: unknown[]) => { readonly shape: readonly number[] }>;

function makeCase(source: Random, spelling: Spelling): Case {
  const { op, axes, maker } = spelling;
  const input = inputShape(source, axes);
  const others = otherShapes(source, op, input);
  const args = argumentsOf(source, spelling, input);
  const text = [...others.map((_, i) => `x${i + 1}`), ...args.map(arg => literal(arg))].join(", ");
  const piped = maker !== undefined && others.length === 0 && source.chance();
  const call = piped ? `.pipe(${maker}(${text}))` : `.${op.name}(${text})`;
  const shapes = [input, ...others];
  return { shapes, call, ...answer(shapes, op.name, args) };
}

export const literal = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/"(\w+)":/g, " $1: ")
    .replaceAll(",", ", ");

function answer(shapes: Case["shapes"], op: string, args: unknown[]): Pick<Case, "output" | "sentence"> {
  try {
    const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, shape]));
    const made = netpick.graph(inputs, ({ x0, ...others }) => {
      return (x0 as unknown as Caller)[op]!(...Object.values(others), ...args) as never;
    });
    return { output: made.outputs as readonly number[] };
  } catch (error) {
    return { sentence: (error as Error).message };
  }
}

export function randomCases(count: number, seed: number): Case[] {
  const source = random(seed);
  const spellings = [...allOps.values()].map(spelling);
  return Array.from({ length: count }, (_, i) => makeCase(source, spellings[i % spellings.length]!));
}

/** One line per case, after a head; the compiler must find `[...output]`, or put the sentence on the line. */
export function programOf(cases: readonly Case[]): { text: string; firstLine: number } {
  const makers = Object.keys(netpick).filter(name => /^[A-Z]/.test(name));
  const head = [
    `import { ${makers.join(", ")}, type Shape, type Tensor } from "netpick";`,
    "type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
    "type Plain<S> = { -readonly [I in keyof S]: S[I] };",
    "declare function t<const S extends Shape>(shape: S): Tensor<Plain<S>>;",
    "declare function same<T extends true>(): void;",
  ];
  const lines = cases.map(({ shapes, call, output }) => {
    const others = shapes.slice(1).map((shape, i) => `const x${i + 1} = t(${literal(shape)}); `);
    const check = output ? ` same<Equal<typeof y.shape, ${literal(output)}>>();` : "";
    return `{ ${others.join("")}const y = t(${literal(shapes[0])})${call};${check} }`;
  });
  return { text: [...head, ...lines].join("\n"), firstLine: head.length + 1 };
}
