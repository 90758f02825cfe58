/** What other tools are known to fail at: each network runs before and after, and computes what masks would. */
import { describe, expect, it } from "vitest";
import { graph, type Network } from "../src/build/index.js";
import { figures, type Tensor } from "../src/op/index.js";
import { Linear } from "../src/ops/index.js";
import type { Shape } from "../src/shape/index.js";
import { batchNormScale, type Edited, l1, l2, operate, randomUtility } from "../src/surgery/index.js";
import { initialWeights, type Weights } from "../src/train/index.js";
import { expectMasked, run } from "./battery/masked.js";
import { randomInputs } from "./battery/random-network.js";

type Picture = Tensor<[3, 8, 8]>;
const build = (body: (x: Picture) => Tensor<Shape>) =>
  graph({ x: [3, 8, 8] }, ({ x }) => ({ y: body(x).flatten().linear(5) })).graph;

const networks = {
  "concat of the same tensor twice": build(x => {
    const a = x.conv2d(6, 3);
    return a.concat(a).conv2d(4, 3);
  }),
  "concat inside a residual add": build(x => {
    const a = x.conv2d(10, 3, { padding: 1 });
    return a.add(a.conv2d(4, 1).concat(a.conv2d(6, 1))).conv2d(4, 3);
  }),
  "concats of different widths": build(x => {
    const [a, b, c] = [x.conv2d(3, 1), x.conv2d(7, 1), x.conv2d(5, 1)];
    return a.concat(b, c).conv2d(8, 1).concat(c, a).conv2d(4, 3);
  }),
  "flatten of a 2-d map into a linear layer": build(x =>
    x.conv2d(6, 3).relu().maxPool2d(2).flatten().linear(20).relu(),
  ),
  "flatten of a 3-d map into a linear layer": build(x =>
    x.unsqueeze(1).conv3d(6, [1, 3, 3]).relu().flatten().linear(12).relu(),
  ),
  "reshape to channels, height and width": build(x => x.flatten().linear(72).relu().reshape([8, 3, 3]).conv2d(6, 2)),
  "depthwise convolution": build(x => x.conv2d(8, 1).conv2d(16, 3, { groups: 8 }).batchNorm().relu6().conv2d(6, 1)),
  "grouped convolution": build(x => x.conv2d(8, 1).conv2d(12, 3, { groups: 4 }).relu().conv2d(6, 1)),
  "channel shuffle between grouped convolutions": build(x =>
    x
      .conv2d(8, 1)
      .conv2d(12, 1, { groups: 4 })
      .unflatten(0, [4, 3])
      .transpose(0, 1)
      .reshape([12, 8, 8])
      .conv2d(8, 3, { groups: 4 })
      .relu(),
  ),
  "pixel shuffle": build(x => x.conv2d(16, 3).pixelShuffle(2).conv2d(5, 3)),
  "one axis of channels split and joined otherwise": build(x => {
    const [a, b] = x.conv2d(10, 1).split([4, 6]);
    return b.concat(a).conv2d(6, 1);
  }),
  "gates: the halves of a layer, one times the other": build(x => x.conv2d(12, 1).glu().conv2d(5, 3)),
};

const shared = graph({ x: [6] }, ({ x }) => {
  const layer = Linear(6);
  const a = x.linear(6).pipe(layer).relu();
  return { y: a.pipe(layer).relu().linear(3) };
}).graph;

const withGroupNorm = build(x => x.conv2d(12, 3).groupNorm(3).relu().conv2d(5, 1));
const withAttention = graph({ x: [4, 6] }, ({ x }) => ({
  y: x.linear(8).multiHeadAttention(2).linear(10).relu().linear(3),
})).graph;

describe("cut, each is as with masks", () => {
  for (const [name, made] of Object.entries({ ...networks, "shared weights": shared })) {
    it(name, async () => {
      const weights = drawn(made);
      const budget = Math.floor(0.6 * figures(made).params);
      const cut = await operate({ graph: made, weights }).prune({ params: 0.6 }).apply();
      expect(figures(cut.graph).params).toBeLessThanOrEqual(budget);
      expect(await expectMasked(made, weights, cut, randomInputs(made, 2, 3), name)).toBe(true);
    });
  }
});

describe("cut, each runs", () => {
  for (const [name, made] of Object.entries({ "group norm": withGroupNorm, "attention heads": withAttention })) {
    it(name, async () => {
      const weights = drawn(made);
      const cut = await operate({ graph: made, weights }).prune({ params: 0.8 }).apply();
      expect(figures(cut.graph).params).toBeLessThanOrEqual(0.8 * figures(made).params);
      const outputs = await run(cut.graph, cut.weights!, randomInputs(made, 2, 3));
      expect(outputs.every(values => values.every(Number.isFinite))).toBe(true);
    });
  }
});

/** First weights, with statistics and scales that differ from channel to channel. */
function drawn(made: Network["graph"]): Weights {
  const first = initialWeights(made, 1);
  return Object.fromEntries(
    Object.entries(first).map(([name, values]) => [
      name,
      /running|batchNorm|groupNorm/.test(name) ? values.map((value, i) => value + 0.1 * (i + 1)) : values,
    ]),
  );
}

it("budgets of every kind are met and not undercut by more than a channel", async () => {
  const made = networks["depthwise convolution"];
  const subject = { graph: made, weights: drawn(made) };
  const { params, macs } = figures(made);
  const done = async (edit: ReturnType<typeof operate>): Promise<Edited> => edit.apply();
  for (const share of [0.8, 0.5, 0.3]) {
    const byParams = await done(operate(subject).prune({ params: share }));
    expect(figures(byParams.graph).params).toBeLessThanOrEqual(share * params);
    const byMacs = await done(operate(subject).prune({ macs: share }));
    expect(figures(byMacs.graph).macs).toBeLessThanOrEqual(share * macs);
    const both = await done(operate(subject).prune({ params: share, macs: share }));
    expect(figures(both.graph).params).toBeLessThanOrEqual(share * params);
    expect(figures(both.graph).macs).toBeLessThanOrEqual(share * macs);
  }
  await expect(done(operate(subject).prune({ params: 10 }))).rejects.toThrow(
    /^prune to 10 params: the smallest that can be reached is \d+ params, got 10; ask for more$/,
  );
});

it("the channels of most worth stay, whatever worth is", async () => {
  const made = graph({ x: [2] }, ({ x }) => ({ y: x.linear(4, { bias: false }).batchNorm().linear(1) })).graph;
  const { linear_1: _, ...rest } = drawn(made) as Record<string, Float32Array>;
  const weights = {
    ...rest,
    // Rows of L1 norms 4, 3, 2, 5 and L2 norms 2.8, 3, 1.4, 5.
    "linear_1.weight": Float32Array.of(2, -2, 0, 3, 1, 1, 5, 0),
    "batchNorm_1.weight": Float32Array.of(-3, 1, 2, 0.5),
  };
  const kept = async (utility: Parameters<typeof operate>[1]) => {
    const cut = await operate({ graph: made, weights }, utility).resize({ linear_1: -2 }).apply();
    return [...cut.report.lineage.get("linear_1")![0]!];
  };
  expect(await kept({ utility: l1 })).toEqual([0, 3]);
  expect(await kept({ utility: l2 })).toEqual([1, 3]);
  expect(await kept({ utility: batchNormScale })).toEqual([0, 2]);
  expect(await kept({ utility: randomUtility(1) })).toEqual(await kept({ utility: randomUtility(1) }));
});
