/**
 * Expected texts are written by hand from the documentation: keras.io/api/layers (LSTM, GRU, SimpleRNN, Bidirectional,
 * MultiHeadAttention, LayerNormalization, Embedding) and Flux's reference (RNN, LSTM, GRU, MultiHeadAttention, Parallel,
 * NNlib.make_causal_mask), Arraymancer's gru.nim, Grenade.Recurrent.Layers.LSTM.
 */
import { describe, expect, it } from "vitest";
import { type Assembler, assemble } from "../op/index.js";
import "../ops/index.js";
import { writeArraymancer } from "./arraymancer.js";
import { writeFlux } from "./flux.js";
import { writeGrenade } from "./grenade.js";
import { writeKeras } from "./keras.js";

/** The declaration and the call of the one node of an op on a sequence of 7 steps of 5 features. */
function lines(
  write: (graph: ReturnType<Assembler["finish"]>) => string,
  op: string,
  attrs: object,
  inputs = [[7, 5]],
) {
  const a = assemble("net");
  const given = inputs.map((shape, i) => a.input(`x${i}`, shape));
  const text = write(a.finish(a.node(op, given, attrs, { name: "n" })));
  return text
    .split("\n")
    .filter(line => /^ +n(_out)? = /.test(line))
    .map(line => line.trim().replace(/,$/, ""));
}

describe("recurrent layers", () => {
  it.each([
    ["lstm", {}, "layers.LSTM(3, return_sequences=True)"],
    ["lstm", { output: "last", bias: false }, "layers.LSTM(3, use_bias=False, return_sequences=False)"],
    ["gru", {}, "layers.GRU(3, return_sequences=True)"],
    ["rnn", {}, "layers.SimpleRNN(3, return_sequences=True)"],
    ["rnn", { nonlinearity: "relu" }, 'layers.SimpleRNN(3, activation="relu", return_sequences=True)'],
    ["gru", { bidirectional: true, output: "last" }, "layers.Bidirectional(layers.GRU(3, return_sequences=False))"],
    [
      "lstm",
      { layers: 2, dropout: 0.1, output: "last" },
      "keras.Sequential([layers.LSTM(3, return_sequences=True), layers.Dropout(0.1), layers.LSTM(3, return_sequences=False)])",
    ],
  ])("%s %j in Keras", (op, attrs, layer) =>
    expect(lines(writeKeras, op, { hiddenSize: 3, ...attrs })).toEqual([`n = ${layer}`, "n_out = n(x0_out)"]),
  );

  it.each([
    ["lstm", {}, "LSTM(5 => 3)", "l.n(x0)"],
    ["lstm", { output: "last", bias: false }, "LSTM(5 => 3; bias=false)", "l.n(x0)[:, end, :]"],
    ["gru", { bias: false }, "GRU(5 => 3; bias=false)", "l.n(x0)"],
    ["rnn", { nonlinearity: "relu" }, "RNN(5 => 3, relu)", "l.n(x0)"],
    ["rnn", { layers: 2, dropout: 0.1 }, "Chain(RNN(5 => 3), Dropout(0.1), RNN(3 => 3))", "l.n(x0)"],
    [
      "lstm",
      { bidirectional: true, output: "last", layers: 2 },
      "Chain(Parallel(vcat, LSTM(5 => 3), Chain(x -> reverse(x; dims=2), LSTM(5 => 3), x -> reverse(x; dims=2))), Parallel(vcat, LSTM(6 => 3), Chain(x -> reverse(x; dims=2), LSTM(6 => 3), x -> reverse(x; dims=2))))",
      "(y -> vcat(y[1:3, end, :], y[4:end, 1, :]))(l.n(x0))",
    ],
  ])("%s %j in Flux", (op, attrs, layer, call) =>
    expect(lines(writeFlux, op, { hiddenSize: 3, ...attrs })).toEqual([`n = ${layer}`, `n = ${call}`]),
  );

  it.each([
    [writeFlux, "gru", "Flux cannot say it, got n; its GRU has no bias that the reset gate acts on; give bias: false"],
    [writeArraymancer, "gru", "Arraymancer cannot say it, got n; its GRULayer takes steps before samples, and a first"],
    [writeArraymancer, "lstm", "Arraymancer cannot say it, got n; it has no such layer"],
    [writeGrenade, "lstm", "Grenade cannot say it, got n; its LSTM is another one, with gates that read the cell"],
    [writeGrenade, "rnn", "Grenade cannot say it, got n; it has no such layer"],
  ])("%s refuses %s", (write, op, sentence) =>
    expect(() => lines(write, op, { hiddenSize: 3 })).toThrow(`${op}: ${sentence}`),
  );
});

describe("attention", () => {
  const three = [
    [7, 6],
    [4, 5],
    [4, 2],
  ];
  it.each([
    [[[7, 6]], { heads: 2 }, "2, 3, dropout=0, use_bias=True", "n(x0_out, x0_out, x0_out)"],
    [
      [[7, 6]],
      { heads: 3, causal: true, dropout: 0.2, bias: false },
      "3, 2, dropout=0.2, use_bias=False",
      "n(x0_out, x0_out, x0_out, use_causal_mask=True)",
    ],
    // Query, value, key: in this order.
    [three, { heads: 2 }, "2, 3, dropout=0, use_bias=True", "n(x0_out, x2_out, x1_out)"],
  ])("%j %j in Keras", (shapes, attrs, layer, call) =>
    expect(lines(writeKeras, "multiHeadAttention", attrs, shapes)).toEqual([
      `n = layers.MultiHeadAttention(${layer})`,
      `n_out = ${call}`,
    ]),
  );

  it.each([
    [[[7, 6]], { heads: 2 }, "6; nheads=2, bias=true, dropout_prob=0", "first(l.n(x0))"],
    [
      [[7, 6]],
      { heads: 3, causal: true, dropout: 0.2, bias: false },
      "6; nheads=3, bias=false, dropout_prob=0.2",
      "first(l.n(x0; mask=Flux.NNlib.make_causal_mask(x0)))",
    ],
    [three, { heads: 2 }, "(6, 5, 2) => 6 => 6; nheads=2, bias=true, dropout_prob=0", "first(l.n(x0, x1, x2))"],
  ])("%j %j in Flux", (shapes, attrs, layer, call) =>
    expect(lines(writeFlux, "multiHeadAttention", attrs, shapes)).toEqual([
      `n = MultiHeadAttention(${layer})`,
      `n = ${call}`,
    ]),
  );

  it("is refused by Flux where a mask is not square, by the others always", () => {
    expect(() => lines(writeFlux, "multiHeadAttention", { heads: 2, causal: true }, three)).toThrow(
      "multiHeadAttention: Flux cannot say it, got n; its causal mask is for as many queries as keys",
    );
    for (const write of [writeArraymancer, writeGrenade])
      expect(() => lines(write, "multiHeadAttention", { heads: 1 })).toThrow(/^multiHeadAttention: .* no such layer$/);
  });
});

describe("what stands around them", () => {
  it.each([
    ["embedding", { count: 9, features: 4 }, [[7]], ["n = layers.Embedding(9, 4)", "n_out = n(x0_out)"]],
    [
      "layerNorm",
      { lastAxes: 1 },
      [[7, 5]],
      ["n = layers.LayerNormalization(axis=[-1], epsilon=0.00001)", "n_out = n(x0_out)"],
    ],
    [
      "layerNorm",
      { affine: false },
      [[7, 5]],
      ["n = layers.LayerNormalization(axis=[-2,-1], epsilon=0.00001, center=False, scale=False)", "n_out = n(x0_out)"],
    ],
    ["gelu", {}, [[5]], ["n_out = ops.gelu(x0_out, approximate=False)"]],
    ["mean", { axes: 0 }, [[7, 5]], ["n_out = ops.mean(x0_out, axis=(1,))"]],
    ["max", { axes: [0, -1], keepDims: true }, [[7, 5]], ["n_out = ops.max(x0_out, axis=(1, 2), keepdims=True)"]],
    ["permute", { order: [1, 2, 0] }, [[2, 3, 4]], ["n_out = ops.transpose(x0_out, (0, 2, 3, 1))"]],
  ])("%s %j in Keras", (op, attrs, shapes, expected) => expect(lines(writeKeras, op, attrs, shapes)).toEqual(expected));

  it.each([
    ["embedding", { count: 9, features: 4 }, [[7]], ["n = Embedding(9 => 4)", "n = l.n(Int.(x0) .+ 1)"]],
    // 0.00001 stands beside the variance in PyTorch, its square root squared in Flux.
    ["layerNorm", { lastAxes: 1 }, [[7, 5]], ["n = LayerNorm((5,); affine=true, eps=0.00316227766)", "n = l.n(x0)"]],
    [
      "layerNorm",
      { affine: false },
      [[7, 5]],
      ["n = LayerNorm((5, 7); affine=false, eps=0.00316227766)", "n = l.n(x0)"],
    ],
    ["gelu", { approximate: "tanh" }, [[5]], ["n = gelu.(x0)"]],
    ["mean", { axes: 0 }, [[7, 5]], ["n = dropdims(sum(x0; dims=(2,)) ./ 7f0; dims=(2,))"]],
    ["max", { axes: [0, -1], keepDims: true }, [[7, 5]], ["n = maximum(x0; dims=(1, 2))"]],
    // [2, 3, 4] is (4, 3, 2, N) there, and [3, 4, 2] is (2, 4, 3, N).
    ["permute", { order: [1, 2, 0] }, [[2, 3, 4]], ["n = permutedims(x0, (3, 1, 2, 4))"]],
  ])("%s %j in Flux", (op, attrs, shapes, expected) => expect(lines(writeFlux, op, attrs, shapes)).toEqual(expected));

  it("is refused where it is another thing there", () => {
    const padded = () => lines(writeKeras, "embedding", { count: 9, features: 4, paddingIndex: 0 }, [[7]]);
    expect(padded).toThrow("embedding: Keras cannot say it, got n; no row of its Embedding stays 0; leave out padding");
    expect(() => lines(writeFlux, "gelu", {})).toThrow(
      'gelu: Flux cannot say it, got n; its gelu is the approximation; give approximate: "tanh"',
    );
  });
});
