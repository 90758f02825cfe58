/** The steps that networks of a plan are made of: what is free in each, and the nodes that it adds. */
import type { Assembler } from "../op/index.js";
import { basicBlock } from "../ops/index.js";
import { product, type Rank, type Shape } from "../shape/index.js";

/** What steps are added to: a network in the making, or something that only counts. */
export type Ground = Pick<Assembler, "node" | "shape">;

/** What is drawn for one step. */
export interface Choice {
  /** Along every axis; 1 where there is nothing to choose. */
  readonly kernel: number;
  /** Output channels or features; 0 where there is nothing to choose. */
  readonly width: number;
  readonly bias: boolean;
  /** Be there: an activation that may be left out. */
  readonly present: boolean;
}

export interface Step {
  /** Adds its nodes behind `x`; returns the last one's name. */
  readonly add: (a: Ground, x: string, choice: Choice) => string;
  /** Largest kernel that fits. */
  readonly kernels?: (input: Shape) => number;
  /** Least and greatest width to draw; under limits it may be narrower, down to 1. */
  readonly widths?: (input: Shape) => readonly [least: number, greatest: number];
  /** Whether a bias is drawn. */
  readonly bias?: true;
  /** Whether it may be left out; then it adds nothing. */
  readonly optional?: true;
}

/** Widths of the article: channels of hidden convolutions, and features of hidden linear layers. */
const channels = [10, 64] as const;
const widestHidden = 122;

const cubes = new Map<string, readonly number[]>();
/** One frozen list for every rank and size: thousands of networks share them. */
function cube(rank: number, size: number): readonly number[] {
  const key = `${rank} ${size}`;
  const before = cubes.get(key);
  if (before) return before;
  const list = Object.freeze(Array<number>(rank).fill(size));
  cubes.set(key, list);
  return list;
}

const asItIs = { canonical: true } as const;

const convAttrs = (rank: Rank, outChannels: number, kernelSize: readonly number[], bias: boolean) => ({
  outChannels,
  kernelSize,
  stride: cube(rank, 1),
  padding: cube(rank, 0),
  dilation: cube(rank, 1),
  groups: 1,
  bias,
});

const convOf = (rank: Rank): Step => ({
  add: (a, x, { kernel, width, bias }) =>
    a.node(`conv${rank}d`, [x], convAttrs(rank, width, cube(rank, kernel), bias), asItIs),
  kernels: ([, ...spatial]) => Math.min(...spatial),
  widths: () => channels,
  bias: true,
});
/** Convolutions with a cube for a kernel: as many channels and as large as is drawn. */
export const conv: Readonly<Record<Rank, Step>> = { 1: convOf(1), 2: convOf(2), 3: convOf(3) };

/** The convolution that covers all that is left, one channel per class. */
export const lastConv = (rank: Rank, classes: number): Step => ({
  add: (a, x, { bias }) => a.node(`conv${rank}d`, [x], convAttrs(rank, classes, a.shape(x).slice(1), bias), asItIs),
  bias: true,
});

/** A linear layer no wider than what it reads. */
export const linear = (classes: number): Step => ({
  add: (a, x, { width, bias }) => a.node("linear", [x], { outFeatures: width, bias }, asItIs),
  widths: ([features]) => {
    const greatest = Math.min(Math.max(widestHidden, classes), features!);
    return [Math.min(classes, greatest), greatest];
  },
  bias: true,
});

export const lastLinear = (classes: number): Step => ({
  add: (a, x, { bias }) => a.node("linear", [x], { outFeatures: classes, bias }, asItIs),
  bias: true,
});

/** The baseline's one layer always has its bias. */
export const onlyLinear = (classes: number): Step => ({
  add: (a, x) => a.node("linear", [x], { outFeatures: classes, bias: true }, asItIs),
});

/** A basic block that keeps size and channels, named by its place among the blocks. */
export const block = (number: number, activation: string): Step => ({
  add: (a, x) => basicBlock(a, x, `block${number}`, { outChannels: a.shape(x)[0]!, activation }),
});

/** All elements in one axis. */
export const flat: Step = {
  add: (a, x) => a.node("reshape", [x], { shape: [product(a.shape(x))] }, asItIs),
};

/** The samples in the shape in which the network sees them: what every network begins with. */
export const view = (a: Ground, x: string, shape: Shape): string => a.node("reshape", [x], { shape }, asItIs);

export const scores: Step = { add: (a, x) => a.node("logSoftmax", [x], {}, asItIs) };

/** An activation that may be left out. It has a map of its own: nothing is written over its input. */
export const maybe = (activation: string): Step => ({
  add: (a, x, { present }) => (present ? a.node(activation, [x], { inPlace: false }, asItIs) : x),
  optional: true,
});
