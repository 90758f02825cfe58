import { describe, expect, it } from "vitest";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { type Graph, print } from "../graph/index.js";
import { allOps, analyse, assemble, figures } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { type BasicBlockOptions, basicBlock } from "./basic-block.js";
import "./index.js";

function blockOn(shape: Shape, options: BasicBlockOptions): Graph {
  const a = assemble("net");
  return a.finish(basicBlock(a, a.input("x", shape), "block", options));
}
/** With a convolution before it, so that the gradient of the block's input counts too. */
function network(options: BasicBlockOptions): Graph {
  const a = assemble("net");
  const stem = a.node("conv2d", [a.input("x", [1, 4, 4])], { outChannels: 2, kernelSize: 1 });
  return a.finish(basicBlock(a, stem, "block", options));
}

it("stands around a shortcut that is its input", () => {
  expect(print(blockOn([8, 4, 4], { outChannels: 8 }))).toMatchSnapshot();
});
it("stands around a convolution where size or channels change", () => {
  expect(print(blockOn([8, 4, 4], { outChannels: 8, stride: 2, activation: "tanh" }))).toMatchSnapshot();
});

describe("figures", () => {
  it("as wide as its input: 4 maps and 7 ops", () => {
    // 2 convolutions of 8 * 8 * 9 weights over 16 positions, 2 batch norms of 16; 128 elements a map.
    expect(figures(blockOn([8, 4, 4], { outChannels: 8 }))).toMatchObject({
      params: 2 * 576 + 2 * 16,
      macs: 2 * 576 * 16,
      memoryElements: 128 + 4 * 128,
      ops: 7,
      autogradOps: 7,
    });
  });
  it("to 12 channels and half the size: 6 maps and 9 ops", () => {
    // Convolutions of 864, 1296 and 96 weights over 4 positions, 3 batch norms of 24; 48 elements a map.
    expect(figures(blockOn([8, 4, 4], { outChannels: 12, stride: 2 }))).toMatchObject({
      params: 864 + 1296 + 96 + 3 * 24,
      macs: 4 * (864 + 1296 + 96),
      memoryElements: 128 + 6 * 48,
      ops: 9,
      autogradOps: 9,
    });
  });
});

const activations = [...allOps.values()].filter(
  op => op.attrs.safeParse({}).success && op.arity === 1 && "inPlace" in op.attrs.parse({}),
);

it("knows the activations", () => expect(activations.map(op => op.name)).toContain("relu"));

describe.each(activations.map(op => op.name))("with %s", activation => {
  it.each([
    [{ outChannels: 2 }, [2, 4, 4]],
    [{ outChannels: 3, stride: 2 }, [3, 2, 2]],
    [{ outChannels: 3 }, [3, 4, 4]],
  ])("%j has its shape and its gradients", async (options, output) => {
    const graph = network({ ...options, activation });
    expect(analyse(graph).shapes.get(graph.outputs[0]!)).toEqual(output);
    await checkNetwork(graph, { bends: true });
  });
});
