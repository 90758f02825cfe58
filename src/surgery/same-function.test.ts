/** Edits that keep the function: widened, deepened, grown, networks give what they gave; classes are chosen as they are. */
import { describe, expect, test } from "vitest";
import { expectUnchanged, run } from "../../test/battery/masked.js";
import { randomInputs } from "../../test/battery/random-network.js";
import { graph } from "../build/index.js";
import { print } from "../graph/index.js";
import { analyse, figures, type Tensor } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { initialWeights } from "../train/index.js";
import { operate, type Strategy } from "./index.js";

const refusal = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "done",
    (error: Error) => `${error.name}: ${error.message}`,
  );

const build = (body: (x: Tensor<[3, 8, 8]>) => Tensor<Shape>) =>
  graph({ x: [3, 8, 8] }, ({ x }) => ({ y: body(x) })).graph;
/** Values that differ from channel to channel, those of norms too. */
const drawn = (made: ReturnType<typeof build>) =>
  Object.fromEntries(
    Object.entries(initialWeights(made, 1)).map(([name, values]) => [name, values.map((v, i) => v + 0.1 * (i % 7))]),
  );
const sizeOf = (made: ReturnType<typeof build>, name: string): number => analyse(made).shapes.get(name)![0]!;

describe("widen", () => {
  test("copies stand behind their channels, and what reads them adds up to what it was", async () => {
    const two = graph({ x: [1] }, ({ x }) => ({ y: x.linear(2, { bias: false }).linear(1, { bias: false }) })).graph;
    const weights = { "linear_1.weight": Float32Array.of(2, 3), "y.weight": Float32Array.of(5, 7) };
    const { weights: wide, report } = await operate({ graph: two, weights })
      .widen({ linear_1: { to: 4 } })
      .apply();
    expect(wide!["linear_1.weight"]).toEqual(Float32Array.of(2, 2, 3, 3));
    const [a, b, c, d] = wide!["y.weight"]!;
    expect([a! + b!, c! + d!].map(sum => sum.toFixed(5))).toEqual(["5.00000", "7.00000"]);
    // Unequal shares: else both copies would learn the same.
    expect(a).not.toBe(b);
    expect([...report.lineage.get("linear_1")![0]!]).toEqual([0, 0, 1, 1]);
  });

  const networks = {
    "a chain with batch norm": build(x => x.conv2d(4, 3).batchNorm().relu().conv2d(5, 3).flatten().linear(3)),
    "a residual sum": build(x => {
      const conv2d_1 = x.conv2d(4, 1);
      return conv2d_1.add(conv2d_1.conv2d(4, 3, { padding: 1 }).relu()).conv2d(2, 1);
    }),
    "the same tensor twice in a concat": build(x => {
      const a = x.conv2d(4, 1).tanh();
      return a.concat(a).conv2d(3, 3);
    }),
    "a flattened map": build(x => x.conv2d(4, 3).maxPool2d(2).flatten().linear(6).sigmoid().linear(2)),
    "depthwise and grouped convolutions": build(x =>
      x.conv2d(4, 1).conv2d(8, 3, { groups: 4 }).relu().conv2d(6, 1, { groups: 2 }).conv2d(2, 1),
    ),
    "a transposed convolution": build(x => x.conv2d(4, 3).relu().convTranspose2d(6, 3, { groups: 2 }).conv2d(2, 1)),
    gates: build(x => x.conv2d(4, 1).sigmoid().multiply(x.conv2d(4, 1)).conv2d(2, 1)),
  };
  for (const [name, made] of Object.entries(networks)) {
    for (const times of [1.5, 2, 3]) {
      test(`${name}, ${times} times as wide`, async () => {
        const subject = { graph: made, weights: drawn(made) };
        const to = Math.round(times * sizeOf(made, "conv2d_1"));
        const done = await operate(subject, { seed: 4 }).widen({ conv2d_1: { to } }).apply();
        expect(sizeOf(done.graph, "conv2d_1")).toBe(to);
        await expectUnchanged(made, subject.weights, done, randomInputs(made, 2, 3), name);
      });
    }
  }

  test("norms over channels: twice as many of all, or refused", async () => {
    const made = build(x => x.conv2d(4, 1).groupNorm(2).relu().conv2d(3, 1));
    const subject = { graph: made, weights: drawn(made) };
    const done = await operate(subject)
      .widen({ conv2d_1: { to: 8 } })
      .apply();
    await expectUnchanged(made, subject.weights, done, randomInputs(made, 2, 3), "group norm");
    expect(await refusal(operate(subject).widen({ conv2d_1: 1 }).apply())).toMatchInlineSnapshot(
      `"SurgeryError: widen conv2d_1 +1: its channels come 2 at a time, got 1 more; widen by a multiple"`,
    );
  });

  test("shared weights", async () => {
    const made = graph({ x: [4] }, ({ x }) => ({ y: x.linear(4).relu().linear(4).relu().linear(2) })).graph;
    const nodes = made.nodes.map(node => (node.name === "linear_2" ? { ...node, shares: "linear_1" } : node));
    const shared = { ...made, inputs: [{ name: "x", shape: [4] }], nodes };
    const held = { graph: shared, weights: drawn(shared) };
    // What the first reads is the input: it cannot be wider.
    expect(await refusal(operate(held).widen({ linear_1: 2 }).apply())).toMatchInlineSnapshot(
      `"SurgeryError: widen linear_1 +2: its channels are held, got input x; widen what stands before it"`,
    );
  });

  test("what cannot be is refused", async () => {
    const made = graph({ x: [3, 4] }, ({ x }) => ({ y: x.linear(5).matmul(x.linear(5).transpose(0, 1)) })).graph;
    const refused = (name: string, change: number | { to: number }, strategy?: Strategy) =>
      refusal(
        operate({ graph: made, weights: drawn(made) }, strategy)
          .widen({ [name]: change })
          .apply(),
      );
    expect([
      await refused("linear_1", 2),
      await refused("y", { to: 4 }),
      await refused("linear_1", -2),
      await refused("linear_1", 0.5),
      await refused("conv", 2),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: widen linear_1 +2: its channels are held, got a sum without weights behind it; widen what stands before it",
        "SurgeryError: widen y to 4: its channels are held, got input x; widen what stands before it",
        "SurgeryError: widen linear_1 -2: it has 5 channels, got fewer; resize it instead",
        "SurgeryError: resize: a change is a whole number, got 0.5 for linear_1; give one",
        "SurgeryError: surgery: there is no layer of that name, got conv; known are x, linear_1, linear_2, transpose_1, y",
      ]
    `);
  });
});

describe("deepen", () => {
  const made = build(x => x.conv2d(4, 3).relu().conv2d(5, 3).tanh().flatten().linear(6).relu6().linear(2));
  const weights = drawn(made);
  test("behind activations that give again what they gave, and behind layers", async () => {
    const done = await operate({ graph: made, weights })
      .deepen("relu_1")
      .deepen("relu6_1", { name: "more" })
      .deepen("conv2d_2", { attrs: { kernelSize: [1, 4] } })
      .deepen("tanh_1", { activation: false })
      .deepen("y")
      .apply();
    expect(print(done.graph)).toMatchInlineSnapshot(`
      "network network
      x = input [3, 8, 8]
      conv2d_1 = conv2d(x) outChannels=4 kernelSize=[3, 3] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true
      relu_1 = relu(conv2d_1) inPlace=false
      relu_1.deeper = conv2d(relu_1) outChannels=4 kernelSize=[3, 3] stride=[1, 1] padding=[1, 1] dilation=[1, 1] groups=1 bias=true
      relu_1.deeper.activation = relu(relu_1.deeper) inPlace=false
      conv2d_2 = conv2d(relu_1.deeper.activation) outChannels=5 kernelSize=[3, 3] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true
      conv2d_2.deeper = conv2d(conv2d_2) outChannels=5 kernelSize=[1, 4] stride=[1, 1] padding=[0, [1, 2]] dilation=[1, 1] groups=1 bias=true
      tanh_1 = tanh(conv2d_2.deeper) inPlace=false
      tanh_1.deeper = conv2d(tanh_1) outChannels=5 kernelSize=[1, 4] stride=[1, 1] padding=[0, [1, 2]] dilation=[1, 1] groups=1 bias=true
      flatten_1 = flatten(tanh_1.deeper)
      linear_1 = linear(flatten_1) outFeatures=6 bias=true
      relu6_1 = relu6(linear_1) inPlace=false
      more = linear(relu6_1) outFeatures=6 bias=true
      more.activation = relu6(more) inPlace=false
      y = linear(more.activation) outFeatures=2 bias=true
      y.deeper = linear(y) outFeatures=2 bias=true
      return y.deeper"
    `);
    await expectUnchanged(made, weights, done, randomInputs(made, 2, 3), "deeper");
  });

  test("what cannot be is refused", async () => {
    const refused = (name: string, options?: object) =>
      refusal(operate({ graph: made, weights }).deepen(name, options).apply());
    expect([
      await refused("tanh_1"),
      await refused("relu_1", { op: "maxPool2d" }),
      await refused("flatten_1", { op: "conv2d" }),
      await refused("relu_1", { attrs: { stride: 2 } }),
      await refused("relu_1", { name: "conv2d_2" }),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: deepen behind tanh_1: tanh of tanh is something else, so that the function cannot be kept, got tanh_1; deepen before it, or without its activation",
        "SurgeryError: deepen behind relu_1: maxPool2d cannot give back what it is given, got [4, 6, 6]; choose another op",
        "SurgeryError: deepen behind flatten_1: conv2d cannot give back what it is given, got [80]; choose another op",
        "SurgeryError: deepen behind relu_1: conv2d: padding same needs stride 1, got [2,2]; give padding in numbers",
        "SurgeryError: deepen behind relu_1: the network would not fit together, got "graph: a name stands for two things, got conv2d_2 twice; rename one"; edit what stands around it first",
      ]
    `);
  });
});

describe("grow", () => {
  const made = build(x => {
    const a = x.conv2d(4, 3, { padding: 1 }).batchNorm().relu();
    return a
      .add(a.conv2d(4, 3, { padding: 1 }))
      .conv2d(6, 3)
      .flatten()
      .linear(3);
  });
  const subject = { graph: made, weights: drawn(made) };
  test("all layers in one proportion, the function kept, bounds never exceeded", async () => {
    const twice = await operate(subject).grow({ times: 2 }).apply();
    expect([sizeOf(twice.graph, "conv2d_1"), sizeOf(twice.graph, "conv2d_3")]).toEqual([8, 12]);
    await expectUnchanged(made, subject.weights, twice, randomInputs(made, 2, 3), "twice");
    const { params, macs } = figures(made);
    for (const growth of [{ params: 3 * params }, { macs: 3 * macs }, { params: 2 * params, macs: 9 * macs }]) {
      const done = await operate(subject).grow(growth).apply();
      expect(done.report.params[1]).toBeLessThanOrEqual("params" in growth ? growth.params : Number.POSITIVE_INFINITY);
      expect(done.report.macs[1]).toBeLessThanOrEqual("macs" in growth ? growth.macs : Number.POSITIVE_INFINITY);
      expect(done.report.params[1]).toBeGreaterThan(params);
      await expectUnchanged(made, subject.weights, done, randomInputs(made, 2, 3), "grown");
    }
  });

  test("what cannot be is refused", async () => {
    const refused = (growth: object, strategy?: Strategy) => refusal(operate(subject, strategy).grow(growth).apply());
    expect([
      await refused({}),
      await refused({ times: 0.5 }),
      await refused({ params: 10 }),
      await refused({ macs: Number.NaN }),
      await refused({ times: 2 }, { frozen: ["conv2d_1", "conv2d_3", "conv2d_2"] }),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: grow: there is no bound, got none; give times, params or macs",
        "SurgeryError: grow to 0.5 times: a network grows 1 time or more, got 0.5; prune it instead",
        "SurgeryError: grow to 10 params: it is larger than that already, got 1141 parameters and 24552 multiply-accumulates; prune it instead",
        "SurgeryError: grow to NaN macs: a bound is a number above 0, got NaN macs; give one",
        "SurgeryError: grow to 2 times: nothing in it may grow, got 9 held tensors; free the outputs",
      ]
    `);
  });
});

describe("classes", () => {
  const made = build(x => x.conv2d(4, 3).relu().flatten().linear(5).softmax());
  const scores = build(x => x.conv2d(4, 3).relu().flatten().linear(5));
  test("those that are kept have their scores, in the order that is asked", async () => {
    const weights = drawn(scores);
    const done = await operate({ graph: scores, weights }).classes([3, 0, 4]).apply();
    const inputs = randomInputs(scores, 2, 3);
    const [all] = await run(scores, weights, inputs);
    const [few] = await run(done.graph, done.weights!, inputs);
    expect([...few!]).toEqual([3, 0, 4, 8, 5, 9].map(i => all![i]!));
    expect([...done.report.lineage.get("y")![0]!]).toEqual([3, 0, 4]);
  });

  test("a softmax behind is over those that are left", async () => {
    const weights = drawn(made);
    const done = await operate({ graph: made, weights }).classes([4, 2]).apply();
    const inputs = randomInputs(made, 2, 3);
    const [all] = await run(made, weights, inputs);
    const [few] = await run(done.graph, done.weights!, inputs);
    // p4 / p2 stays, and both are 1 together.
    for (const sample of [0, 1]) {
      const [p4, p2] = [all![5 * sample + 4]!, all![5 * sample + 2]!];
      expect(few![2 * sample]).toBeCloseTo(p4 / (p4 + p2), 5);
      expect(few![2 * sample + 1]).toBeCloseTo(p2 / (p4 + p2), 5);
    }
  });

  test("classes of a convolution that is pooled", async () => {
    const pooled = build(x => x.conv2d(6, 3).relu().globalAvgPool().flatten());
    const weights = drawn(pooled);
    const done = await operate({ graph: pooled, weights }).classes([5, 1]).apply();
    const inputs = randomInputs(pooled, 2, 3);
    const [all] = await run(pooled, weights, inputs);
    expect([...(await run(done.graph, done.weights!, inputs))[0]!]).toEqual([5, 1, 11, 7].map(i => all![i]!));
  });

  test("what cannot be is refused", async () => {
    const two = graph({ x: [3] }, ({ x }) => ({ y: x.linear(4), z: x.linear(3) })).graph;
    const weights = drawn(made);
    expect([
      await refusal(operate({ graph: made, weights }).classes([0, 5]).apply()),
      await refusal(operate({ graph: made, weights }).classes([1, 1]).apply()),
      await refusal(operate({ graph: made, weights }).classes([]).apply()),
      await refusal(operate(two).classes([0]).apply()),
      await refusal(operate(two).classes([0], { output: "a" }).apply()),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: classes 0, 5: classes are whole numbers from 0 to 4, each once, got 5; choose among them",
        "SurgeryError: classes 1, 1: classes are whole numbers from 0 to 4, each once, got 1; choose among them",
        "SurgeryError: classes none: classes are whole numbers from 0 to 4, each once, got none; choose among them",
        "SurgeryError: classes 0: it must be told which output's, got none; name one of y, z",
        "SurgeryError: classes 0: it must be told which output's, got a; name one of y, z",
      ]
    `);
    const one = await operate(two).classes([2, 0], { output: "z" }).apply();
    expect([sizeOf(one.graph, "y"), sizeOf(one.graph, "z")]).toEqual([4, 2]);
  });
});
