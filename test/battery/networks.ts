/** Small networks of many kinds, for proofs of whole training steps. Ten classes each. */
import type { Graph } from "../../src/graph/index.js";
import { type Assembler, assemble } from "../../src/op/index.js";
import { basicBlock } from "../../src/ops/index.js";
import type { Shape } from "../../src/shape/index.js";

type Layer = readonly [op: string, attrs?: object];

/** One op after another behind `x`. */
const chain = (a: Assembler, x: string, layers: readonly Layer[]): string =>
  layers.reduce((from, [op, attrs]) => a.node(op, [from], attrs), x);

export function sequence(name: string, input: Shape, ...layers: readonly Layer[]): Graph {
  const a = assemble(name);
  return a.finish(chain(a, a.input("x", input), layers));
}

export const basic = sequence("basic", [1, 8, 8], ["flatten"], ["linear", { outFeatures: 10 }], ["logSoftmax"]);

export const mlp = sequence(
  "mlp",
  [1, 8, 8],
  ["flatten"],
  ["linear", { outFeatures: 24 }],
  ["tanh"],
  ["linear", { outFeatures: 16, bias: false }],
  ["sigmoid"],
  ["linear", { outFeatures: 10 }],
);

export const leNet = sequence(
  "leNet",
  [1, 12, 12],
  ["conv2d", { outChannels: 4, kernelSize: 3 }],
  ["relu"],
  ["maxPool2d", { kernelSize: 2 }],
  ["conv2d", { outChannels: 8, kernelSize: 2 }],
  ["relu"],
  ["maxPool2d", { kernelSize: 3, stride: 1 }],
  ["flatten"],
  ["linear", { outFeatures: 20 }],
  ["relu"],
  ["linear", { outFeatures: 10 }],
  ["logSoftmax"],
);

/** Convolutions along a line and through a volume. */
export const lineAndVolume = sequence(
  "lineAndVolume",
  [1, 8, 8],
  ["reshape", { shape: [4, 16] }],
  ["conv1d", { outChannels: 6, kernelSize: 3 }],
  ["selu"],
  ["reshape", { shape: [1, 4, 3, 7] }],
  ["conv3d", { outChannels: 5, kernelSize: 2 }],
  ["relu"],
  ["flatten"],
  ["linear", { outFeatures: 10 }],
  ["logSoftmax"],
);

/** A stem, a basic block as wide as its input and one that halves the size, and a mean over what is left. */
export function residual(activation = "relu"): Graph {
  const a = assemble("residual");
  const stem = chain(a, a.input("x", [1, 8, 8]), [
    ["conv2d", { outChannels: 8, kernelSize: 3, padding: 1, bias: false }],
    ["batchNorm"],
    [activation],
  ]);
  const first = basicBlock(a, stem, "block1", { outChannels: 8, activation });
  const second = basicBlock(a, first, "block2", { outChannels: 12, stride: 2, activation });
  return a.finish(chain(a, second, [["avgPool2d", { kernelSize: 4 }], ["flatten"], ["linear", { outFeatures: 10 }]]));
}

/** Normalisations of every sample alone, between activations of several kinds; no biases that a norm would take out. */
export const normed = sequence(
  "normed",
  [1, 8, 8],
  ["conv2d", { outChannels: 8, kernelSize: 3, bias: false }],
  ["groupNorm", { groups: 2 }],
  ["prelu", { perChannel: true }],
  ["conv2d", { outChannels: 12, kernelSize: 3, bias: false }],
  ["instanceNorm", { affine: true }],
  ["mish"],
  ["localResponseNorm", { size: 4, alpha: 0.5 }],
  ["glu"],
  ["softmax", { axis: -1 }],
  ["flatten"],
  ["linear", { outFeatures: 24, bias: false }],
  ["layerNorm"],
  ["gelu"],
  ["linear", { outFeatures: 16, bias: false }],
  ["rmsNorm"],
  ["silu"],
  ["linear", { outFeatures: 10 }],
);

/** Rows of a picture as a sequence, read forwards to its end. */
export const reader = sequence(
  "reader",
  [1, 8, 8],
  ["squeeze", { axis: 0 }],
  ["lstm", { hiddenSize: 16, output: "last" }],
  ["linear", { outFeatures: 10 }],
);

/** Every recurrent layer: two of a kind, both directions, without biases, all states and the last. */
export const readers = sequence(
  "readers",
  [1, 8, 8],
  ["squeeze", { axis: 0 }],
  ["lstm", { hiddenSize: 10, layers: 2 }],
  ["gru", { hiddenSize: 6, bidirectional: true }],
  ["rnn", { hiddenSize: 8, layers: 2, bias: false, nonlinearity: "relu" }],
  ["lstm", { hiddenSize: 6, bidirectional: true, layers: 2, output: "last" }],
  ["linear", { outFeatures: 10 }],
);

/** A convolution and a batch norm that stand twice, with the same weights. */
export const shared = ((): Graph => {
  const a = assemble("shared");
  const stem = chain(a, a.input("x", [1, 8, 8]), [["conv2d", { outChannels: 4, kernelSize: 3, stride: 2 }]]);
  const again = (x: string, shares?: { conv: string; norm: string }) => {
    // A bias before a batch norm has gradient 0, of which Adam would make noise.
    const attrs = { outChannels: 4, kernelSize: 3, padding: 1, bias: false };
    const conv = a.node("conv2d", [x], attrs, shares && { shares: shares.conv });
    const norm = a.node("batchNorm", [conv], { momentum: 0.3 }, shares && { shares: shares.norm });
    return { conv, norm, y: a.node("tanh", [norm]) };
  };
  const first = again(stem);
  const second = again(first.y, first);
  return a.finish(chain(a, second.y, [["flatten"], ["linear", { outFeatures: 10 }], ["logSoftmax"]]));
})();
