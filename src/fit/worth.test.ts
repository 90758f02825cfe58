/** What channels do for the loss, and how long a network takes. PyTorch's figures: test/peers/worth.peer.ts. */
import { describe, expect, test } from "vitest";
import { graph, Linear, network } from "../build/index.js";
import { operate } from "../surgery/index.js";
import { channelWorth, latencyOf, Model } from "./index.js";
import { recipeOf } from "./recipe-of.js";

/** Two channels behind relu, added with weights 1 and -2. */
const tiny = graph({ x: [2] }, ({ x }) => ({
  y: x.linear(2, { bias: false }).relu().linear(1, { bias: false }),
}));
const model = new Model(
  tiny,
  { "linear_1.weight": Float32Array.of(1, 0, 0, 1), "y.weight": Float32Array.of(1, -2) },
  recipeOf(tiny, { loss: "meanSquaredError", normalise: { mean: 0, deviation: 1 } }),
  [],
);
/** Outputs 3 - 2 = 1, 1 - 4 = -3 and 2 - 0 = 2, off by 1, -2 and 0.5. */
const data = { inputs: Float32Array.of(3, 1, 1, 2, 2, -1), targets: Float32Array.of(0, -1, 1.5) };
const layer = (name: string) => ({ name, axis: 0 });

describe("channelWorth", () => {
  test("is |result x gradient|, the mean over samples, however many are taken at once", async () => {
    // The gradient of each squared error is twice what the output is off by: 2, -4 and 1, times 1 and -2 before it.
    // Channel 0: (3 2 + 1 4 + 2 1) / 3; channel 1: (1 4 + 2 8 + 0) / 3. The output: (1 2 + 3 4 + 2 1) / 3.
    for (const batchSize of [1, 2, 3, 50]) {
      for (const by of ["activation", "taylor"] as const) {
        const worth = await channelWorth(model, data, { by, batchSize });
        expect([...worth(layer("relu_1"))!].map(one => +one.toFixed(5))).toEqual([4, 6.66667]);
        expect([...worth(layer("y"))!].map(one => +one.toFixed(5))).toEqual([5.33333]);
        expect(worth(layer("x"))).toBeUndefined();
      }
    }
    const first = await channelWorth(model, data, { samples: 2 });
    expect([...first(layer("linear_1"))!]).toEqual([5, 10]);
  });

  test("along places: their sizes, or the size of their sum", async () => {
    // One sample [1, 2]: a weight of 3 gives 3 and -6; places weigh 1 and 1, so that what is added up is -3, off by -3.
    const places = graph({ x: [1, 2] }, ({ x }) => ({
      y: x.conv1d(1, 1, { bias: false }).flatten().linear(1, { bias: false }),
    }));
    const weights = { "conv1d_1.weight": Float32Array.of(3), "y.weight": Float32Array.of(1, 1) };
    const one = new Model(places, weights, { ...model.recipe }, []);
    const samples = { inputs: Float32Array.of(1, -2), targets: Float32Array.of(0) };
    // The gradient is -6 at both places: |3 x -6| and |-6 x -6|, of mean 27; and |-18 + 36|.
    expect([...(await channelWorth(one, samples))(layer("conv1d_1"))!]).toEqual([27]);
    expect([...(await channelWorth(one, samples, { by: "taylor" }))(layer("conv1d_1"))!]).toEqual([18]);
  });

  test("decides what is pruned", async () => {
    const cut = await operate(model, { utility: await channelWorth(model, data) })
      .prune({ params: 3 })
      .apply();
    expect([...cut.report.lineage.get("linear_1")![0]!]).toEqual([1]);
    const stale = await channelWorth(model, data);
    const again = operate({ graph: cut.graph, weights: cut.weights }, { utility: stale }).resize({ linear_1: 1 });
    await expect(again.apply()).rejects.toThrow("utility: linear_1 has 1 channels, got 2 values; give one for each");
  });

  test("what cannot be measured is refused", async () => {
    const refusal = (work: Promise<unknown>) => expect(work).rejects;
    await refusal(channelWorth(model, data, { by: "l1" as never })).toThrow(
      'channelWorth: by must be activation or taylor, got "l1"; give one of them',
    );
    await refusal(channelWorth(model, data, { samples: 0 })).toThrow(
      "channelWorth: samples must be a whole number of at least 1, got 0; give 1 or more",
    );
    await refusal(channelWorth(model, { ...data, targets: new Float32Array(2) })).toThrow(
      "train: targets of y must be 3 samples of [1], 3 numbers, got 2",
    );
    const huge = { ...model.weights, "y.weight": Float32Array.of(3e38, -3e38) };
    await refusal(channelWorth(new Model(tiny, huge, model.recipe, []), data)).toThrow(
      "channelWorth: results and gradients must be finite, got NaN or infinite ones behind linear_1",
    );
  });
});

test("latencyOf takes longer for a larger network", async () => {
  const wide = (width: number) =>
    network({ input: [256], layers: { a: Linear(width), b: Linear(8) }, forward: (x, l) => x.pipe(l.a).pipe(l.b) });
  const [small, large] = [wide(16).graph, wide(4096).graph];
  const settings = { milliseconds: 100 };
  const [short, long] = [await latencyOf({ graph: small }, settings), await latencyOf({ graph: large }, settings)];
  expect(short).toBeGreaterThan(0);
  // 256 times as many weights are read.
  expect(long).toBeGreaterThan(3 * short);
  const cut = await operate({ graph: large })
    .prune({ latency: { share: 0.8, measure: latencyOf } })
    .apply();
  const [before, after] = cut.report.steps[0]!.latency!;
  expect(after).toBeLessThanOrEqual(0.8 * before);
  await expect(latencyOf({ graph: small }, { batchSize: 0 })).rejects.toThrow("latencyOf: batchSize must be a whole");
});
