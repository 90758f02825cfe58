/** Layers replaced, and other kernels: what stays is as it was, what cannot be is refused. */
import { describe, expect, test } from "vitest";
import { expectUnchanged, run } from "../../test/battery/masked.js";
import { randomInputs } from "../../test/battery/random-network.js";
import { graph } from "../build/index.js";
import { print } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { initialWeights } from "../train/index.js";
import { operate } from "./index.js";

const refusal = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "done",
    (error: Error) => `${error.name}: ${error.message}`,
  );

const pictures = graph({ x: [2, 8, 8] }, ({ x }) => {
  const a = x.conv2d(4, 3, { padding: 1 }).relu();
  return { y: a.conv2d(6, 3).maxPool2d(2).flatten().linear(3) };
}).graph;
const weights = initialWeights(pictures, 1);

describe("replace", () => {
  test("by another op: the rest keeps its weights", async () => {
    const done = await operate({ graph: pictures, weights }).replace("relu_1", { op: "gelu" }).apply();
    expect(done.graph.nodes.find(({ name }) => name === "relu_1")?.op).toBe("gelu");
    expect(done.weights).toEqual(weights);
  });

  test("by one of another size: what reads it follows, with zeros for what is new", async () => {
    const wider = { op: "conv2d", attrs: { outChannels: 6, kernelSize: 3, padding: 1 } };
    const done = await operate({ graph: pictures, weights }).replace("conv2d_1", wider).apply();
    expect(done.weights!["conv2d_1.weight"]).toHaveLength(6 * 2 * 9);
    const old = weights["conv2d_2.weight"]!;
    const rows = Array.from({ length: 6 }, (_, i) => [...old.subarray(36 * i, 36 * (i + 1)), ...new Array(18).fill(0)]);
    expect(done.weights!["conv2d_2.weight"]).toEqual(Float32Array.from(rows.flat()));
    expect(done.graph.nodes.map(({ name }) => name)).toEqual(pictures.nodes.map(({ name }) => name));
  });

  test("by several, one behind the other", async () => {
    const chain = [
      { op: "conv2d", attrs: { outChannels: 8, kernelSize: 1 } },
      { op: "relu" },
      { op: "conv2d", attrs: { outChannels: 6, kernelSize: 3 } },
    ];
    const beside = { averages: Object.fromEntries(Object.entries(weights).map(([key, v]) => [key, v.map(() => 1)])) };
    const done = await operate({ graph: pictures, weights, beside }).replace("conv2d_2", chain).apply();
    expect(print(done.graph)).toMatchInlineSnapshot(`
      "network network
      x = input [2, 8, 8]
      conv2d_1 = conv2d(x) outChannels=4 kernelSize=[3, 3] stride=[1, 1] padding=[1, 1] dilation=[1, 1] groups=1 bias=true
      relu_1 = relu(conv2d_1) inPlace=false
      conv2d_2.1 = conv2d(relu_1) outChannels=8 kernelSize=[1, 1] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true
      conv2d_2.2 = relu(conv2d_2.1) inPlace=false
      conv2d_2 = conv2d(conv2d_2.2) outChannels=6 kernelSize=[3, 3] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true
      maxPool2d_1 = maxPool2d(conv2d_2) kernelSize=[2, 2] padding=[0, 0] dilation=[1, 1] stride=[2, 2]
      flatten_1 = flatten(maxPool2d_1)
      y = linear(flatten_1) outFeatures=3 bias=true
      return y"
    `);
    // Beside a new weight stand zeros, beside an old one what stood there.
    expect(done.beside.averages!["conv2d_2.1.weight"]).toEqual(new Float32Array(32));
    expect(done.beside.averages!["conv2d_1.bias"]).toEqual(new Float32Array(4).fill(1));
    await run(done.graph, done.weights!, randomInputs(pictures, 2, 1));
  });

  test("of the same op keeps its weights where they fit", async () => {
    const same = { op: "conv2d", attrs: { outChannels: 6, kernelSize: 3, dilation: 1, bias: false } };
    const done = await operate({ graph: pictures, weights }).replace("conv2d_2", same).apply();
    const { "conv2d_2.bias": _, ...rest } = weights;
    expect(done.weights).toEqual(rest);
  });

  test("what does not fit is refused", async () => {
    const by = (name: string, replacement: Parameters<ReturnType<typeof operate>["replace"]>[1]) =>
      refusal(operate({ graph: pictures, weights }).replace(name, replacement).apply());
    expect([
      await by("conv2d_2", { op: "conv2d", attrs: { outChannels: 6, kernelSize: 5 } }),
      await by("y", { op: "linear", attrs: { outFeatures: 4 } }),
      await by("conv2d_1", []),
      await by("conv2d_3", { op: "relu" }),
      await by("conv2d_1", { op: "conv4d" }),
      await by("conv2d_1", { op: "conv2d", attrs: { outChannels: 4 } }),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: replace conv2d_2 by conv2d: y.weight keeps its shape [3, 54], got [3, 24]; keep the size of what its layer reads, or replace that layer first",
        "SurgeryError: replace y by linear: output y keeps its shape [3], got [4]; let outputs be free",
        "SurgeryError: replace conv2d_1: there is nothing to put in its place, got none; remove it instead",
        "SurgeryError: surgery: there is no layer of that name, got conv2d_3; did you mean conv2d_1 or conv2d_2?",
        "SurgeryError: replace conv2d_1 by conv4d: conv4d: there is no such op, got "conv4d"; did you mean conv1d or conv2d or conv3d?",
        "SurgeryError: replace conv2d_1 by conv2d: conv2d: kernelSize must be a whole number of at least 1, or 2 of them, got nothing; give 1 or [1, 1]",
      ]
    `);
  });
});

describe("kernel", () => {
  const one = graph({ x: [1, 1, 5] }, ({ x }) => ({ y: x.conv2d(1, [1, 3], { padding: [0, 1], bias: false }) })).graph;
  const taps = { "y.weight": Float32Array.of(1, 2, 3) };

  test("larger: zeros around the taps, and the function stays", async () => {
    const done = await operate({ graph: one, weights: taps }).kernel("y", [3, 5]).apply();
    expect(done.graph.nodes[0]!.attrs).toMatchObject({ kernelSize: [3, 5], padding: [1, 2] });
    expect([...done.weights!["y.weight"]!]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0]);
    await expectUnchanged(one, taps, done, randomInputs(one, 2, 1), "larger kernel");
    const even = await operate({ graph: one, weights: taps }).kernel("y", [1, 4]).apply();
    expect(even.graph.nodes[0]!.attrs).toMatchObject({ padding: [0, [1, 2]] });
    expect([...even.weights!["y.weight"]!]).toEqual([1, 2, 3, 0]);
    await expectUnchanged(one, taps, even, randomInputs(one, 2, 1), "even kernel");
  });

  test("smaller: the taps in the middle", async () => {
    const done = await operate({ graph: one, weights: taps }).kernel("y", 1).apply();
    expect(done.graph.nodes[0]!.attrs).toMatchObject({ kernelSize: [1, 1], padding: [0, 0] });
    expect([...done.weights!["y.weight"]!]).toEqual([2]);
  });

  test("strides, dilation, groups and transposed convolutions keep size and function", async () => {
    const many = graph({ x: [4, 9, 9] }, ({ x }) => ({
      y: x
        .conv2d(6, 3, { stride: 2, padding: 1, groups: 2 })
        .convTranspose2d(4, 4, { stride: 2, padding: 1, outputPadding: 1 })
        .conv2d(3, 3, { dilation: 2, padding: 2 }),
    })).graph;
    const first = initialWeights(many, 2);
    const done = await operate({ graph: many, weights: first })
      .kernel("conv2d_1", 5)
      .kernel("convTranspose2d_1", [6, 4])
      .kernel("y", [7, 3])
      .apply();
    expect(analyse(done.graph).shapes).toEqual(analyse(many).shapes);
    await expectUnchanged(many, first, done, randomInputs(many, 2, 3), "kernels");
  });

  test("shared weights change in all layers that use them", async () => {
    const shared = graph({ x: [2, 6, 6] }, ({ x }) => {
      const a = x.conv2d(2, 3, { padding: 1 });
      return { y: a };
    }).graph;
    const twice = {
      ...shared,
      nodes: [
        ...shared.nodes,
        { ...shared.nodes[0]!, name: "b", inputs: [shared.nodes[0]!.name], shares: shared.nodes[0]!.name },
      ],
      outputs: ["b"],
    };
    const first = initialWeights(twice, 3);
    const done = await operate({ graph: twice, weights: first }).kernel("b", 5).apply();
    expect(done.graph.nodes.map(({ attrs }) => attrs.kernelSize)).toEqual([
      [5, 5],
      [5, 5],
    ]);
    await expectUnchanged(twice, first, done, randomInputs(twice, 2, 3), "shared");
  });

  test("a window without weights keeps its size too", async () => {
    const done = await operate({ graph: pictures, weights }).kernel("maxPool2d_1", 3).apply();
    expect(done.graph.nodes.find(({ name }) => name === "maxPool2d_1")!.attrs).toMatchObject({
      kernelSize: [3, 3],
      stride: [2, 2],
      padding: [1, 1],
    });
  });

  test("what cannot be is refused", async () => {
    const refused = (name: string, ...how: [number | number[], object?]) =>
      refusal(
        operate({ graph: pictures, weights })
          .kernel(name, ...how)
          .apply(),
      );
    expect([
      await refused("relu_1", 3),
      await refused("conv2d_2", 1),
      await refused("conv2d_2", 1, { padding: 0 }),
      await refused("conv2d_1", 0),
      await refused("conv2d_1", [3, 3, 3]),
      await refused("conv2d1", 5),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: kernel of relu_1 to 3: it has no kernel, got relu; name a layer that has one",
        "SurgeryError: kernel of conv2d_2 to 1: no padding keeps conv2d_2 at [6, 6, 6], got kernel 1 x 1 instead of 3 x 3; give the padding",
        "SurgeryError: kernel of conv2d_2 to 1: y.weight keeps its shape [3, 54], got [3, 96]; keep the size of what its layer reads, or replace that layer first",
        "SurgeryError: kernel of conv2d_1 to 0: conv2d: kernelSize must be a whole number of at least 1, or 2 of them, got 0; give 1 or [1, 1]",
        "SurgeryError: kernel of conv2d_1 to 3 x 3 x 3: conv2d: kernelSize must be a whole number of at least 1, or 2 of them, got [3,3,3]; give 1 or [1, 1]",
        "SurgeryError: surgery: there is no layer of that name, got conv2d1; did you mean conv2d_1 or conv2d_2?",
      ]
    `);
  });
});
