/** Networks whose batches stand last in part: they give and learn what they do with the samples first. */
import { describe, expect, it } from "vitest";
import { everyGradient } from "../../test/battery/every-gradient.js";
import { batchOf } from "../../test/battery/values.js";
import { graph as described } from "../build/index.js";
import type { Graph } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { batchesLast } from "./forms.js";
import { parameters } from "./parameters.js";

const batch = 3;
const feedsOf = (graph: Graph) => {
  const { shapes } = analyse(graph);
  return Object.fromEntries([
    ...graph.inputs.map(({ name, shape }, i) => [name, batchOf(batch, shape, 3 + i)] as const),
    ...parameters(graph).map(({ name, shape, trainable }, i) => {
      const drawn = batchOf(1, shape, 50 + i).map(value => value / 3);
      return [name, trainable ? drawn : drawn.map(value => Math.abs(value) + 0.5)] as const;
    }),
    ...graph.outputs.map((name, i) => [`dy/${name}`, batchOf(batch, shapes.get(name)!, 90 + i)] as const),
  ]);
};

const residual = described({ x: [12, 9, 10] }, ({ x }) => {
  const first = x.maxPool2d(2, { stride: 1 });
  const inner = first.conv2d(12, 3, { padding: 1 }).batchNorm().sigmoid().conv2d(12, 3, { padding: 1 }).batchNorm();
  return inner.add(first).maxPool2d(2).flatten().linear(5);
});
/** A product of channels takes what comes; what is broadcast, and a convolution with steps across, do not. */
const mixed = described({ x: [9, 12, 12], beside: [7, 1, 1] }, ({ x, beside }) => {
  const seen = x.conv2d(7, 3).conv2d(7, 1).tanh();
  const stepped = seen.multiply(beside).conv2d(4, 3, { stride: 2 });
  return { sum: stepped.globalAvgPool(), seen: seen.conv2d(4, 3) };
});
const deep = described({ x: [2, 6, 7, 8] }, ({ x }) =>
  x.conv3d(6, 3).softplus().conv3d(5, [2, 3, 3]).flatten().linear(4),
);
const long = described({ x: [8, 90] }, ({ x }) =>
  x.conv1d(12, 5, { padding: 2 }).batchNorm().tanh().conv1d(10, 7, { groups: 2 }).conv1d(3, 84),
);

describe.each([
  [
    "a residual block between poolings",
    residual.graph,
    ["conv2d", "batchNorm", "sigmoid", "conv2d", "batchNorm", "add"],
  ],
  ["two inputs and two outputs", mixed.graph, ["conv2d", "conv2d", "tanh", "conv2d"]],
  ["three dimensions", deep.graph, ["conv3d", "softplus", "conv3d"]],
  ["one dimension, to a single position", long.graph, ["conv1d", "batchNorm", "tanh", "conv1d"]],
])("batches that stand last: %s", (_, graph, expected) => {
  const { placed } = analyse(graph);

  it("are those from convolution to convolution", () => {
    const last = batchesLast(placed, { training: true, batch });
    expect(placed.filter(({ node }) => last.has(node.name)).map(({ op }) => op.name)).toEqual(expected);
  });
  it.each([true, false])("give what samples first give; while training: %s", async training => {
    const feeds = feedsOf(graph);
    const [last, first] = await Promise.all(
      [true, false].map(known => everyGradient(graph, batch, feeds, training, { known })),
    );
    expect(Object.keys(last!)).toEqual(Object.keys(first!));
    for (const [name, values] of Object.entries(first!)) {
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      for (const [i, value] of values.entries()) {
        expect(Math.abs(last![name]![i]! - value), `${name}, element ${i}`).toBeLessThanOrEqual(2e-5 * scale);
      }
    }
  });
});
