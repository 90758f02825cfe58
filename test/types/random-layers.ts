/** Random layers made of blocks, branches and layers, on random shapes, right and wrong, each with what the program says of it. */
import * as netpick from "../../src/build/index.js";
import type { Layer } from "../../src/op/index.js";
import { type Random, random } from "../../src/random.js";
import type { Case } from "./random-shapes.js";

/** A size; once in a while a number that is none. */
const size = (source: Random, most: number): number =>
  source.chance(0.015) ? source.pick([0, -1, 2.5]) : source.int(1, most);
const sometimes = (source: Random, option: string): string => (source.chance(0.4) ? option : "");
const options = (...parts: readonly string[]): string => {
  const told = parts.filter(part => part !== "");
  return told.length === 0 ? "" : `, { ${told.join(", ")} }`;
};
const kernel = (source: Random): string =>
  source.chance() ? `${size(source, 4)}` : `[${size(source, 4)}, ${size(source, 4)}]`;

type Draw = (source: Random, deeper: (rank?: number) => string) => string;

/** Spellings of layers on planes. */
const planes: readonly Draw[] = [
  source => {
    const activation = sometimes(source, `activation: "${source.pick(["tanh", "gelu"])}"`);
    const stride = sometimes(source, `stride: ${size(source, 3)}`);
    return `${source.pick(["BasicBlock", "Bottleneck"])}(${size(source, 40)}${options(stride, activation)})`;
  },
  source => `Inception(${Array.from({ length: 6 }, () => size(source, 99)).join(", ")})`,
  source => `DenseBlock(${size(source, 4)}, ${size(source, 32)})`,
  source => `Transition(${size(source, 64)})`,
  source => `SqueezeExcite(${size(source, 16)})`,
  source => {
    const ratio = sometimes(source, `expandRatio: ${size(source, 4)}`);
    return `InvertedResidual(${size(source, 40)}${options(ratio, sometimes(source, `stride: ${size(source, 3)}`))})`;
  },
  source => {
    const window = [
      sometimes(source, `stride: ${size(source, 3)}`),
      sometimes(source, `padding: ${source.pick(['"same"', "1", "[2, 0]", "[[0, 1], 2]"])}`),
      sometimes(source, `dilation: ${size(source, 2)}`),
      sometimes(source, `channelMultiplier: ${size(source, 3)}`),
    ];
    return source.chance()
      ? `DepthwiseConv2d(${kernel(source)}${options(...window)})`
      : `SeparableConv2d(${size(source, 40)}, ${kernel(source)}${options(...window)})`;
  },
  source => `Conv2d(${size(source, 8)}, ${source.pick(["1", "3, { padding: 1 }", "2"])})`,
  source => source.pick(["ReLU()", "Identity()", "BatchNorm()"]),
  (_, deeper) => `Sequential(${deeper()}, ${deeper()})`,
  (_, deeper) => `Residual(${deeper()})`,
  branches,
  branches,
];

/** Two branches, or three; half of them of convolutions of one size, so that they fit. */
function branches(source: Random, deeper: (rank?: number) => string): string {
  const channels = size(source, 8);
  const same = (): string =>
    source.pick([
      `Conv2d(${channels}, 1)`,
      `SeparableConv2d(${channels}, 3, { padding: 1 })`,
      `BasicBlock(${channels})`,
    ]);
  const alike = source.chance(0.6);
  const parts = Array.from({ length: source.int(2, 3) }, () => (alike ? same() : deeper()));
  const axis = source.pick([0, 1, -1, 2, 3, -4]);
  const merge = source.pick([
    "",
    '{ merge: "add" }',
    '{ merge: "multiply" }',
    '{ merge: "subtract" }',
    '{ merge: "maximum" }',
    `{ merge: "concat", axis: ${axis} }`,
    `{ merge: "stack", axis: ${axis} }`,
  ]);
  return `Branches(${[...parts, ...(merge === "" ? [] : [merge])].join(", ")})`;
}

function spelling(source: Random, depth: number): string {
  const last = depth === 0 ? planes.length - 4 : planes.length;
  return planes[source.int(0, last - 1)]!(source, () => spelling(source, depth - 1));
}

const shapeOf = (source: Random): number[] =>
  source.chance(0.05)
    ? source.pick([[], [7], [3, 9], [2, 5, 4, 6]])
    : [source.int(1, 24), source.int(1, 32), source.int(1, 32)];

function answer(shape: readonly number[], text: string): Pick<Case, "output" | "sentence"> {
  try {
    const make = new Function(...Object.keys(netpick), `return ${text};`);
    const made = netpick.graph({ x: shape }, ({ x }) =>
      (x as unknown as { pipe(layer: Layer): never }).pipe(make(...Object.values(netpick)) as Layer),
    );
    return { output: made.outputs as readonly number[] };
  } catch (error) {
    return { sentence: (error as Error).message };
  }
}

export function randomLayers(count: number, seed: number): Case[] {
  const source = random(seed);
  return Array.from({ length: count }, () => {
    const shape = shapeOf(source);
    const text = spelling(source, 2);
    return { shapes: [shape], call: `.pipe(${text})`, ...answer(shape, text) };
  });
}
