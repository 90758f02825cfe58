/** Every block against the same block written in PyTorch: outputs, and gradients of all weights, those of a layer before it too. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BasicBlock,
  Bottleneck,
  Branches,
  Conv1d,
  Conv2d,
  DenseBlock,
  DepthwiseConv1d,
  DepthwiseConv2d,
  Identity,
  Inception,
  InvertedResidual,
  SeparableConv2d,
  SqueezeExcite,
  Transition,
} from "../../src/build/index.js";
import type { Graph } from "../../src/graph/index.js";
import { analyse, type Layer } from "../../src/op/index.js";
import type { Shape } from "../../src/shape/index.js";
import { parameters } from "../../src/train/index.js";
import { blockBehind } from "../battery/blocks.js";
import { networkFeeds, networkSession } from "../battery/network-gradients.js";
import { askPyTorch, type OpAnswer, type OpCase, receive, send, worstError } from "./pytorch.js";

const batch = 4;
const channels = 6;
const plane: Shape = [2, 7, 6];
const line: Shape = [2, 9];
/**
 * Relative to the largest element of a tensor: behind several batch norms a small gradient is the difference of large
 * ones, and has their rounding. Ops alone are held to each element's own size in ops.peer.ts.
 */
const [absolute, relative] = [1e-5, 1e-5];

/** netpick's block, PyTorch's, and the shape of the network's input. */
const rows: readonly (readonly [Layer, string, Shape])[] = [
  [BasicBlock(6), "BasicBlock(6, 6)", plane],
  [BasicBlock(5, { stride: 2, activation: "tanh" }), "BasicBlock(6, 5, 2, nn.Tanh)", plane],
  [Bottleneck(3), "Bottleneck(6, 3)", plane],
  [Bottleneck(2, { stride: 2, activation: "silu" }), "Bottleneck(6, 2, 2, nn.SiLU)", plane],
  [Inception(3, 4, 5, 2, 3, 4), "Inception(6, 3, 4, 5, 2, 3, 4)", plane],
  [Inception(1, 1, 2, 3, 1, 1, { activation: "tanh" }), "Inception(6, 1, 1, 2, 3, 1, 1, nn.Tanh)", plane],
  [DenseBlock(3, 4), "DenseBlock(6, 3, 4)", plane],
  [DenseBlock(2, 3, { activation: "gelu" }), "DenseBlock(6, 2, 3, nn.GELU)", plane],
  [Transition(4), "Transition(6, 4)", plane],
  [Transition(7, { activation: "softplus" }), "Transition(6, 7, nn.Softplus)", plane],
  [SqueezeExcite(3), "SqueezeExcite(6, 3)", plane],
  [
    SqueezeExcite(2, { activation: "silu", scaleActivation: "hardSigmoid" }),
    "SqueezeExcite(6, 2, 1, nn.SiLU, nn.Hardsigmoid)",
    line,
  ],
  [InvertedResidual(6), "InvertedResidual(6, 6, 6)", plane],
  [InvertedResidual(4, { expandRatio: 1 }), "InvertedResidual(6, 4, 1)", plane],
  [
    InvertedResidual(6, { expandRatio: 3, stride: 2, activation: "hardSwish" }),
    "InvertedResidual(6, 6, 3, 2, nn.Hardswish)",
    plane,
  ],
  [
    DepthwiseConv2d([3, 2], { channelMultiplier: 2, stride: 2, padding: [1, 0] }),
    "nn.Conv2d(6, 12, (3, 2), 2, (1, 0), groups=6)",
    plane,
  ],
  [DepthwiseConv1d(3, { dilation: 2, bias: false }), "nn.Conv1d(6, 6, 3, dilation=2, groups=6, bias=False)", line],
  [SeparableConv2d(5, 3, { padding: "same" }), 'SeparableConv2d(6, 5, 3, padding="same")', plane],
  [SeparableConv2d(4, 2, { channelMultiplier: 3, stride: 2 }), "SeparableConv2d(6, 4, 2, 3, stride=2)", plane],
  [
    Branches(Conv2d(3, 1), Conv2d(4, 3, { padding: 1 })),
    "Branches(lambda made: torch.cat(made, 1), nn.Conv2d(6, 3, 1), nn.Conv2d(6, 4, 3, padding=1))",
    plane,
  ],
  [
    Branches(Conv1d(6, 1), Identity(), Conv1d(1, 1), { merge: "multiply" }),
    "Branches(lambda made: made[0] * made[1] * made[2], nn.Conv1d(6, 6, 1), nn.Identity(), nn.Conv1d(6, 1, 1))",
    line,
  ],
];

interface Case {
  readonly graph: Graph;
  readonly block: string;
  readonly shape: Shape;
}
const cases = rows.map(([layer, block, shape]): Case => {
  // A bias before a batch norm has gradient 0, of which float32 has only the rounding.
  const bias = { bias: false };
  const stem: Layer = shape.length === 2 ? Conv1d(channels, 1, bias) : Conv2d(channels, 1, bias);
  return { graph: blockBehind(stem, layer, shape), block, shape };
});
const report: string[] = [];
let answers: OpAnswer[] = [];
beforeAll(() => {
  answers = askPyTorch<OpAnswer>(cases.map(question));
});
afterAll(() => console.log(["", "largest error  of the tolerance  block", ...report].join("\n")));

describe.each(cases.map((one, i) => ({ ...one, i })))("$block", ({ graph, block, i }) => {
  it("has PyTorch's output and gradients", async () => {
    const session = await networkSession(graph, batch, true);
    const found = await session.run(networkFeeds(graph, batch));
    await session.release();
    const { y, dw } = answers[i]!;
    const trainable = parameters(graph).filter(one => one.trainable);
    expect(Object.keys(dw).sort()).toEqual(trainable.map(({ name }) => name).sort());
    const expected = { y, ...Object.fromEntries(Object.entries(dw).map(([name, value]) => [`d/${name}`, value])) };
    let worst = { units: 0, error: 0 };
    for (const [name, value] of Object.entries(expected)) {
      const wanted = receive(value);
      const largest = wanted.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
      const one = worstError(found[name]!, wanted, absolute + relative * largest, 0);
      expect(one.units, `${name}: off by ${one.error}`).toBeLessThanOrEqual(1);
      if (one.units > worst.units) worst = one;
    }
    report.push(`${worst.error.toExponential(1).padStart(13)}  ${worst.units.toFixed(3).padStart(16)}  ${block}`);
  });
});

function question({ graph, block, shape }: Case): OpCase {
  const feeds = networkFeeds(graph, batch);
  const output = analyse(graph).shapes.get(graph.outputs[0]!)!;
  const stem = `nn.Conv${shape.length - 1}d(${shape[0]}, ${channels}, 1, bias=False)`;
  return {
    spelling: { module: `named(stem=${stem}, block=${block})` },
    training: true,
    x: [send(feeds[graph.inputs[0]!.name]!, [batch, ...shape])],
    weights: Object.fromEntries(parameters(graph).map(one => [one.name, send(feeds[one.name]!, one.shape)])),
    dy: send(feeds.dy!, [batch, ...output]),
  };
}
