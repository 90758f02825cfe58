import { describe, expect, it } from "vitest";
import { blockAlone, blockBehind, outline } from "../../test/battery/blocks.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { analyse, figures } from "../op/index.js";
import { Linear } from "./linear.js";
import { TransformerEncoder, TransformerEncoderLayer } from "./transformer-encoder.js";

describe("the nodes of a layer are PyTorch's", () => {
  it("with norms behind the shortcuts", () => {
    expect(outline(blockAlone(TransformerEncoderLayer(2), [5, 8]))).toEqual([
      "block.selfAttn = multiHeadAttention(x)",
      "block.dropout1 = dropout(block.selfAttn)",
      "block.add1 = add(x, block.dropout1)",
      "block.norm1 = layerNorm(block.add1)",
      "block.linear1 = linear(block.norm1)",
      "block.relu = relu(block.linear1)",
      "block.dropout = dropout(block.relu)",
      "block.linear2 = linear(block.dropout)",
      "block.dropout2 = dropout(block.linear2)",
      "block.add2 = add(block.norm1, block.dropout2)",
      "block.norm2 = layerNorm(block.add2)",
    ]);
  });
  it("with norms first, and nothing dropped", () => {
    const block = TransformerEncoderLayer(2, { normFirst: true, dropout: 0, activation: "gelu" });
    expect(outline(blockAlone(block, [5, 8]))).toEqual([
      "block.norm1 = layerNorm(x)",
      "block.selfAttn = multiHeadAttention(block.norm1)",
      "block.add1 = add(x, block.selfAttn)",
      "block.norm2 = layerNorm(block.add1)",
      "block.linear1 = linear(block.norm2)",
      "block.gelu = gelu(block.linear1)",
      "block.linear2 = linear(block.gelu)",
      "block.add2 = add(block.add1, block.linear2)",
    ]);
  });
  it("one after another in an encoder", () => {
    const graph = blockAlone(TransformerEncoder(2, 4, { feedForward: 16, dropout: 0, causal: true }), [5, 8]);
    expect(outline(graph)).toHaveLength(16);
    expect(outline(graph)[8]).toBe("block.layers.1.selfAttn = multiHeadAttention(block.layers.0.norm2)");
    expect(graph.nodes.find(({ name }) => name === "block.layers.1.selfAttn")!.attrs).toEqual({
      heads: 4,
      dropout: 0,
      bias: true,
      causal: true,
    });
  });
});

it("counts", () => {
  // 5 rows of 8 features: attention 4 * 8 * 8 + 4 * 8 weights, linear layers of 16, norms of 2 * 8 each.
  const attention = { params: 256 + 32, macs: 5 * 256 + 2 * 25 * 8 };
  expect(figures(blockAlone(TransformerEncoderLayer(2, { feedForward: 16 }), [5, 8]))).toMatchObject({
    params: attention.params + (128 + 16) + (128 + 8) + 2 * 16,
    macs: attention.macs + 2 * 5 * 128,
  });
});

describe("has its shape and its gradients", () => {
  it.each([{ normFirst: false }, { normFirst: true }, { normFirst: true, causal: true }])("%o", async options => {
    const block = TransformerEncoderLayer(2, { ...options, feedForward: 6, dropout: 0, activation: "gelu" });
    const graph = blockBehind(Linear(4), block, [3, 5]);
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual([3, 4]);
    await checkNetwork(graph, { bends: true });
  });
  it("two of them", async () => {
    const block = TransformerEncoder(2, 2, { feedForward: 6, dropout: 0, activation: "tanh" });
    await checkNetwork(blockBehind(Linear(4), block, [3, 5]), { bends: true });
  });
});

it.each<[string, () => unknown]>([
  [
    "transformerEncoderLayer: heads must be a whole number of at least 1, got 0; give 1 or more",
    () => TransformerEncoderLayer(0 as never),
  ],
  [
    "transformerEncoderLayer: dropout must be a number from 0 to below 1, got 1; give e.g. 0.5",
    () => TransformerEncoderLayer(2, { dropout: 1 as never }),
  ],
  [
    "transformerEncoder: layers must be a whole number of at least 1, got 0; give 1 or more",
    () => TransformerEncoder(0 as never, 2),
  ],
  [
    "transformerEncoder: there is no such attribute, got normfirst; did you mean normFirst?",
    () => TransformerEncoder(1, 2, { normfirst: true } as object),
  ],
  [
    "multiHeadAttention: heads 3 must divide the features, got 8; choose a divisor of 8",
    () => blockAlone(TransformerEncoder(1, 3), [5, 8]),
  ],
  [
    "multiHeadAttention: input must be [length, features], got []; reshape it",
    () => blockAlone(TransformerEncoderLayer(3, { normFirst: true }), []),
  ],
])("refuses: %s", (sentence, make) => expect(make).toThrow(sentence));
