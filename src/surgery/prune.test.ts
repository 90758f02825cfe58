/** Pruning: what channels are worth, and budgets that are met and never exceeded. */
import { describe, expect, test } from "vitest";
import { graph } from "../build/index.js";
import type { Graph } from "../graph/index.js";
import { analyse, figures, findOp, op } from "../op/index.js";
import { TransformerEncoder } from "../ops/index.js";
import { initialWeights, type Weights } from "../train/index.js";
import { type Budget, type Latency, l1, l2, normalised, operate, type Strategy, type Utility } from "./index.js";

/** Three hidden layers of 8, 6 and 4 channels. */
const chain = graph({ x: [4] }, ({ x }) => ({
  y: x.linear(8).relu().linear(6).relu().linear(4).relu().linear(2),
})).graph;
const weights = initialWeights(chain, 1);
const hidden = ["linear_1", "linear_2", "linear_3"];

const pruned = (budget: Budget, strategy: Strategy = {}, given: Weights = weights) =>
  operate({ graph: chain, weights: given }, strategy).prune(budget).apply();
const refusal = (budget: Budget, strategy?: Strategy): Promise<string> =>
  pruned(budget, strategy).then(
    () => "done",
    (error: Error) => `${error.name}: ${error.message}`,
  );
const sizes = ({ nodes }: Graph) => hidden.map(name => nodes.find(node => node.name === name)!.attrs.outFeatures);

describe("worth", () => {
  test("no layer's scale decides", async () => {
    const kept = async (given: Weights) => [...(await pruned({ params: 0.5 }, {}, given)).report.lineage];
    const larger = { ...weights, "linear_2.weight": weights["linear_2.weight"]!.map(value => 1000 * value) };
    expect(await kept(larger)).toEqual(await kept(weights));
    const [one] = [normalised(() => [1, -2, 6])({ channels: 3 } as never)];
    // Of mean 1 without signs, which stay.
    expect(one).toEqual([1 / 3, -2 / 3, 2]);
  });

  test("a user's own decides, layer by layer", async () => {
    const utility: Utility = ({ name, channels }) =>
      name === "linear_1" ? Array.from({ length: channels }, (_, i) => (i === 3 ? 0.01 : 1)) : undefined;
    // Channels of layers that do not count are worth 0 and go first, but for the last of each.
    expect(sizes((await pruned({ channels: 10 }, { utility })).graph)).toEqual([8, 1, 1]);
    const cut = await pruned({ channels: 9 }, { utility });
    expect(sizes(cut.graph)).toEqual([7, 1, 1]);
    expect([...cut.report.lineage.get("linear_1")![0]!]).toEqual([0, 1, 2, 4, 5, 6, 7]);
  });

  test("l1 and l2 look at all weights that make a channel, whatever they are called", async () => {
    // Two matrices, one of two copies of every channel, as gates have: rows 0 and 2 make channel 0, rows 1 and 3 the other.
    const linear = findOp("linear");
    op({
      ...linear,
      name: "twoMatrices",
      weights: ([x]) =>
        [
          { role: "gates.kernel", shape: [4, x![0]!] },
          { role: "values", shape: [2, x![0]!] },
          { role: "bias", shape: [2] },
        ].map(spec => ({ ...spec, init: { kind: "constant", value: 1 } as const, trainable: true })),
      channels: (site, ...rest) => ({
        ...linear.channels!(site, ...rest)!,
        weights: {
          "gates.kernel": [
            { of: "output", axis: 0, times: 2 },
            { of: 0, axis: 0 },
          ],
          values: [
            { of: "output", axis: 0 },
            { of: 0, axis: 0 },
          ],
          bias: [{ of: "output", axis: 0 }],
        },
      }),
    });
    const nodes = [
      { name: "a", op: "twoMatrices", inputs: ["x"], attrs: { outFeatures: 2 } },
      { name: "y", op: "linear", inputs: ["a"], attrs: { outFeatures: 1, bias: false } },
    ];
    const net = { name: "gated", inputs: [{ name: "x", shape: [2] }], nodes, outputs: ["y"] };
    const seen: Record<string, unknown> = {};
    const looking: Utility = layer => {
      if (layer.name === "a") Object.assign(seen, { making: layer.making, l1: l1(layer), l2: l2(layer) });
      return undefined;
    };
    const values = {
      "a.gates.kernel": Float32Array.of(1, -2, 3, 0, 0, 4, 0, 5),
      "a.values": Float32Array.of(2, 2, -1, 0),
      "a.bias": Float32Array.of(100, 200),
      "y.weight": Float32Array.of(1, 1),
    };
    await operate({ graph: net, weights: values }, { utility: looking }).prune({ channels: 2 }).apply();
    // 1 + 2 + 4 + 2 + 2 and 3 + 5 + 1; roots of 1 + 4 + 16 + 4 + 4 and 9 + 25 + 1.
    expect(seen).toEqual({ making: ["gates.kernel", "values"], l1: [11, 9], l2: [29, 35].map(Math.sqrt) });
  });
});

describe("budgets", () => {
  test("of activations: met, and a channel more would exceed it", async () => {
    // The first layer beside its input, 4 + 8 numbers of 4 bytes, or the first two, 8 + 8 with relu's copy.
    expect(figures(chain).peakBytes).toBe(4 * 16);
    for (const most of [63, 40, 21]) {
      const utility: Utility = layer =>
        layer.makes ? Array.from({ length: layer.channels }, (_, i) => 100 - i) : undefined;
      const cut = await pruned({ activationBytes: most }, { utility });
      expect(figures(cut.graph).peakBytes).toBeLessThanOrEqual(most);
      const all = sizes(cut.graph).reduce<number>((sum, size) => sum + Number(size), 0);
      const larger = await pruned({ channels: all + 1 }, { utility });
      expect(figures(larger.graph).peakBytes).toBeGreaterThan(most);
    }
    const half = await pruned({ activationBytes: 0.5 });
    expect(figures(half.graph).peakBytes).toBeLessThanOrEqual(32);
    // Nothing is smaller than the input and one channel beside it.
    expect(await refusal({ activationBytes: 16 })).toBe(
      "SurgeryError: prune to 16 activation bytes: the smallest that can be reached is 20 activation bytes, got 16; ask for more",
    );
  });

  /** Milliseconds as if every channel took one; `blur` is added, in turn. */
  const measure = (blur: readonly number[] = [0]): { latency: Latency["measure"]; seen: number[] } => {
    const seen: number[] = [];
    const latency: Latency["measure"] = async ({ graph, weights }) => {
      expect(weights?.["linear_1.weight"]).toHaveLength(4 * Number(sizes(graph)[0]));
      seen.push(sizes(graph).reduce<number>((sum, size) => sum + Number(size), 0) + blur[seen.length % blur.length]!);
      return seen.at(-1)!;
    };
    return { latency, seen };
  };

  test("of measured time: as many channels as it allows", async () => {
    const cut = await pruned({ latency: { most: 11, measure: measure().latency } });
    expect(sizes(cut.graph).reduce<number>((sum, size) => sum + Number(size), 0)).toBe(11);
    expect(cut.report.steps[0]!.latency).toEqual([18, 11]);
    expect(cut.report.text).toContain("prune to 11 ms of latency: direct, 18.0 to 11.0 ms");
    const share = await pruned({ latency: { share: 0.5, measure: measure().latency } });
    expect(share.report.steps[0]!.latency).toEqual([18, 9]);
    expect(share.report.steps[0]!.edit).toBe("prune to 50 % of latency");
    // Both budgets hold: 0.9 of the parameters alone would leave more.
    const both = await pruned({ params: 0.9, latency: { most: 11, measure: measure().latency } });
    expect(both.report.steps[0]!.latency).toEqual([18, 11]);
    const other = await pruned({ params: 0.1, latency: { most: 11, measure: measure().latency } });
    expect(figures(other.graph).params).toBeLessThanOrEqual(0.1 * figures(chain).params);
  });

  test("of time that varies: what is given back was measured to be fast enough", async () => {
    for (const blur of [
      [0, 2, -2],
      [1, 0, 0, 3, -1],
      [-2, 2],
    ]) {
      const { latency, seen } = measure(blur);
      const cut = await pruned({ latency: { most: 11, measure: latency } });
      expect(seen.at(-1)).toBeLessThanOrEqual(11);
      expect(cut.report.steps[0]!.latency![1]).toBe(seen.at(-1));
    }
  });

  test("that cannot be are refused", async () => {
    const { latency } = measure();
    expect([
      await refusal({ latency: { most: 2, measure: latency } }),
      await refusal({ latency: { most: 2, share: 0.5, measure: latency } }),
      await refusal({ latency: { measure: latency } }),
      await refusal({ latency: { share: 2, measure: latency } }),
      await refusal({ latency: { share: 0.5, measure: async () => Number.NaN } }),
      await refusal({ latency: { most: -1, measure: latency } }),
      await refusal({}),
      await refusal({ parms: 0.5 } as Budget),
      await refusal({ macs: Number.NaN }),
      await refusal({ params: 3, macs: 0.9 }),
      await refusal({ channels: 1 }),
      await refusal({ params: 10.5 }),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: prune to 2 ms of latency: the smallest that can be reached is 3.00 ms, got 2.00 ms; ask for more",
        "SurgeryError: prune: a latency has most or share, got both; give one of them",
        "SurgeryError: prune: a latency has most or share, got neither; give one of them",
        "SurgeryError: prune: a share of the latency is at most 1, got 2; give milliseconds as most",
        "SurgeryError: prune to 50 % of latency: a latency is a number of milliseconds, got NaN; correct what measures it",
        "SurgeryError: prune: a budget must be above 0, got -1 ms of latency; give a share or a number",
        "SurgeryError: prune: there is no budget, got none; give params, macs, channels, activationBytes or latency",
        "SurgeryError: prune: there is no such budget, got parms; give params, macs, channels, activationBytes or latency",
        "SurgeryError: prune: a budget must be above 0, got NaN macs; give a share or a number",
        "SurgeryError: prune to 3 params and 90 % of macs: the smallest that can be reached is 13 params, got 3; ask for more",
        "SurgeryError: prune: a budget of 1 could be all or a single one, got 1 for channels; give a share below 1, or a number above it",
        "SurgeryError: prune: a budget above 1 is a whole number, got 10.5 params; round it, or give a share below 1",
      ]
    `);
  });

  test("that nothing counts for are met as they are", async () => {
    // What only passes its input on has no multiply-accumulates, and the half of none is none.
    const passing = graph({ x: [3] }, ({ x }) => ({ y: x.parameter([3, 2]) })).graph;
    const cut = await operate(passing).prune({ macs: 0.5 }, { outputs: "free" }).apply();
    expect(cut.graph).toEqual(passing);
  });

  test("keep bounds, and refuse what pruning cannot keep", async () => {
    const cut = await pruned({ params: 60 }, { bounds: { linear_1: [5, 8], linear_2: [3, 8] } });
    expect(sizes(cut.graph)[0]).toBeGreaterThanOrEqual(5);
    expect(sizes(cut.graph)[1]).toBeGreaterThanOrEqual(3);
    // 4 5 + 5 3 + 3 1 + 1 2 weights and 5 + 3 + 1 + 2 biases are left when all else is cut.
    expect(await refusal({ params: 50 }, { bounds: { linear_1: [5, 8], linear_2: [3, 8] } })).toBe(
      "SurgeryError: prune to 50 params: the smallest that can be reached is 51 params, got 50; ask for more",
    );
    expect([
      await refusal({ params: 0.9 }, { bounds: { linear_1: [2, 7] } }),
      await refusal({ params: 0.9 }, { bounds: { linear_1: [0, 7] } }),
      await refusal({ params: 0.9 }, { without: { linear_1: [0] } }),
      await refusal({ params: 0.9 }, { steps: { linear_1: 2 } }),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: prune to 90 % of params: linear_1 keeps at most 7 channels, got 8; resize it first, or raise its bound",
        "SurgeryError: bounds: they are [least, most] from 1, got [0, 7] for linear_1; give such",
        "SurgeryError: prune to 90 % of params: channels that must go are told to align, got without; leave it out",
        "SurgeryError: prune to 90 % of params: steps are kept by resize only, got steps; leave them out",
      ]
    `);
  });
});

describe("as few as can be go", () => {
  /** One transformer's layer: three heads of four features go with all that the sequence carries, or feed-forward features one by one. */
  const transformer = graph({ x: [6, 5] }, ({ x }) => ({
    y: x
      .linear(12)
      .pipe(TransformerEncoder(2, 3, { feedForward: 48, dropout: 0 }))
      .mean(0)
      .linear(3),
  })).graph;

  test("where a head takes more than need be, others come back: what is left is close to the budget", async () => {
    const { params } = figures(transformer);
    const given = initialWeights(transformer, 1);
    for (const share of [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.35, 0.2]) {
      const cut = await operate({ graph: transformer, weights: given }).prune({ params: share }).apply();
      const left = figures(cut.graph).params / params;
      expect(left, `share ${share}`).toBeLessThanOrEqual(share);
      // One feature between is less than 1 % of the parameters. Where more is unused, nothing but heads was cut.
      const whole = cut.graph.nodes.filter(({ attrs }) => attrs.outFeatures === 48);
      expect(left > share - 0.01 || whole.length === 2, `share ${share}: ${left}`).toBe(true);
    }
  });

  test("nothing that was cut could have stayed", async () => {
    for (const net of [chain, blocks]) {
      const given = initialWeights(net, 2);
      const before = figures(net);
      for (const what of ["params", "macs"] as const) {
        const budget = Math.floor(0.55 * before[what]);
        const cut = await operate({ graph: net, weights: given })
          .prune({ [what]: budget })
          .apply();
        expect(figures(cut.graph)[what]).toBeLessThanOrEqual(budget);
        // Each channel alone, with all that is tied to it, put in again.
        const gone = cutPlaces(net, cut.report.lineage);
        expect(gone.length).toBeGreaterThan(0);
        for (const one of gone) {
          const without: Record<string, number[]> = {};
          const tied = await operate(net)
            .align({ without: { [one.name]: [one.place] } })
            .apply();
          const back = new Set(cutPlaces(net, tied.report.lineage).map(({ name, place }) => `${name} ${place}`));
          for (const { name, place } of gone) {
            if (!back.has(`${name} ${place}`)) without[name] = [...(without[name] ?? []), place];
          }
          const more = await operate(net).align({ without, join: 0 }).apply();
          expect(figures(more.graph)[what], `${what} with ${one.name} ${one.place}`).toBeGreaterThan(budget);
        }
      }
    }
  });
});

/** Residual blocks beside a layer of their own, and a concatenation. */
const blocks = graph({ x: [2, 6, 6] }, ({ x }) => {
  const a = x.conv2d(6, 3, { padding: 1 }).relu();
  const b = a.conv2d(9, 3, { padding: 1 }).relu().conv2d(6, 3, { padding: 1 }).add(a);
  return { y: b.concat(a.conv2d(4, 1)).globalAvgPool().linear(3) };
}).graph;

/** Places of the layers that make channels which are not in the network that is left. */
function cutPlaces(net: Graph, lineage: ReadonlyMap<string, readonly Int32Array[]>): { name: string; place: number }[] {
  return net.nodes.flatMap(({ name }) => {
    const before = analyse(net).shapes.get(name)!;
    const axes = lineage.get(name);
    if (!axes) return [];
    return axes.flatMap((places, axis) => {
      const left = new Set(places);
      return Array.from({ length: before[axis]! }, (_, place) => place)
        .filter(place => !left.has(place))
        .map(place => ({ name, place }));
    });
  });
}
