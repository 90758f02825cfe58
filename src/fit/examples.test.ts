/** Samples that are no images: values, several inputs and outputs, classes at places, losses of one's own, single steps. */
import { describe, expect, test } from "vitest";
import { graph, Linear, network } from "../build/index.js";
import { type Random, random } from "../random.js";
import { adam, sgd } from "../train/index.js";
import { measureValues } from "./evaluation.js";
import type { LossFunction } from "./recipe-of.js";
import "./index.js";

const numbers = (count: number, source: Random): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * source.float() - 1);

/** y = 3 a - 2 b + 1 */
const line = (count: number, seed: number) => {
  const inputs = numbers(2 * count, random(seed));
  const targets = Float32Array.from({ length: count }, (_, i) => 3 * inputs[2 * i]! - 2 * inputs[2 * i + 1]! + 1);
  return { inputs, targets };
};
const straight = network({
  name: "straight",
  input: [2],
  layers: { out: Linear(1) },
  forward: (x, l) => x.pipe(l.out),
});
const fast = { epochs: 30, batchSize: 20, optimizer: sgd({ learningRate: 0.2 }) };

describe("regression", () => {
  test("finds the line, and says how good it is", async () => {
    const model = await straight.fit(line(200, 1), { ...fast, validation: 0.2 });
    expect(model.recipe).toMatchObject({ loss: "meanSquaredError", normalise: { mean: 0, deviation: 1 } });
    for (const [i, value] of [3, -2].entries()) expect(model.weights["out.weight"]![i]).toBeCloseTo(value, 3);
    expect(model.weights["out.bias"]![0]).toBeCloseTo(1, 3);
    const { r2, loss, meanSquaredError } = await model.evaluate(line(50, 2));
    expect(r2).toBeGreaterThan(0.999);
    expect(loss).toBeCloseTo(meanSquaredError!, 6);
    expect(model.history.at(-1)!.validation!.meanSquaredError).toBeLessThan(1e-4);
    const { out } = await model.run(Float32Array.of(1, 1, 0, 0));
    for (const [i, value] of [2, 1].entries()) expect(out![i]).toBeCloseTo(value, 3);
  });
  test("figures by hand", () => {
    // Differences 1, -2, 0; targets 0, 3, 3 with squares 4 + 1 + 1 about their mean 2.
    const found = measureValues(Float32Array.of(1, 1, 3), [0, 3, 3]);
    expect(found).toEqual({ meanSquaredError: 5 / 3, meanAbsoluteError: 1, r2: 1 - 5 / 6 });
    expect(measureValues(Float32Array.of(1, 1), [2, 2]).r2).toBeNaN();
    expect(measureValues(Float32Array.of(0.5), [255], 1 / 255).meanAbsoluteError).toBe(0.5);
  });
  test("with a loss of one's own, made of ops", async () => {
    const fourth: LossFunction = (output, target) => output.subtract(target).power(4);
    const model = await straight.fit(line(200, 1), { ...fast, optimizer: adam({ learningRate: 0.05 }), loss: fourth });
    expect(model.recipe.loss).toMatchObject({ name: "own" });
    const { inputs, targets } = line(50, 2);
    const { loss, r2 } = await model.evaluate({ inputs, targets });
    expect(r2).toBeGreaterThan(0.9);
    const powers = (await model.run(inputs)).out!.map((value, i) => (value - targets[i]!) ** 4);
    expect(loss).toBeCloseTo(powers.reduce((sum, power) => sum + power, 0) / 50, 4);
  });
  test("stops early on what there is to watch, and names it when there is not", async () => {
    const earlyStopping = { monitor: "r2", patience: 1, minDelta: 10 } as const;
    const { history } = await straight.fit(line(100, 1), { ...fast, validation: line(20, 3), earlyStopping });
    expect(history).toHaveLength(2);
    await expect(
      straight.fit(line(100, 1), { ...fast, validation: 0.5, earlyStopping: { ...earlyStopping, monitor: "auc" } }),
    ).rejects.toThrow(
      "earlyStopping: there is no such figure of this network, got auc; known are loss, meanSquaredError, meanAbsoluteError, r2, validationLoss",
    );
  });
});

/** Which of two inputs is larger in the mean, and their sum. */
const pair = graph({ left: [3], right: [2] }, ({ left, right }) => {
  const both = left.linear(8).tanh().concat(right.linear(8).tanh());
  return {
    larger: both.linear(2),
    sum: left
      .sum(0, { keepDims: true })
      .concat(right.sum(0, { keepDims: true }))
      .linear(1),
  };
});
function pairs(count: number, seed: number) {
  const source = random(seed);
  const [left, right] = [numbers(3 * count, source), numbers(2 * count, source)];
  const total = (values: Float32Array, width: number, i: number) =>
    values.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value, 0);
  const each = Array.from({ length: count }, (_, i) => [total(left, 3, i), total(right, 2, i)] as const);
  return {
    inputs: { left, right },
    targets: {
      larger: Int32Array.from(each, ([a, b]) => (a / 3 > b / 2 ? 0 : 1)),
      sum: Float32Array.from(each, ([a, b]) => a + b),
    },
  };
}

describe("several inputs and outputs", () => {
  const asked = { epochs: 40, batchSize: 20, optimizer: adam({ learningRate: 0.02 }) };
  test("learn together, each with its own loss and figures", async () => {
    const model = await pair.fit(pairs(300, 1), { ...asked, loss: { sum: { name: "huber", weight: 2 } } });
    expect(model.recipe.loss).toEqual(["crossEntropy", { name: "huber", weight: 2 }]);
    const found = await model.evaluate(pairs(100, 2));
    expect(found["larger.accuracy"]).toBeGreaterThan(0.9);
    expect(found["sum.r2"]).toBeGreaterThan(0.99);
    expect(Object.keys(found)).toContain("larger.logLoss");
    const { larger, sum } = await model.run(pairs(7, 3).inputs);
    expect([larger!.length, sum!.length]).toEqual([14, 7]);
    await expect(model.predict(pairs(7, 3).inputs)).rejects.toThrow(
      "predict: classes are of one output, got 2; take the outputs with run",
    );
  });
  test("a loss that looks at no target wants none", async () => {
    const small: LossFunction = output => output.power(2);
    const { inputs, targets } = pairs(100, 1);
    const data = { inputs, targets: { larger: targets.larger } };
    const model = await pair.fit(data, { ...asked, loss: { larger: "crossEntropy", sum: small } });
    const { sum } = await model.run(inputs);
    expect(Math.max(...sum!.map(Math.abs))).toBeLessThan(0.5);
    await expect(pair.fit(data, asked)).rejects.toThrow(
      "train: crossEntropy compares sum with targets, got none; give targets for sum",
    );
  });
  test("typed by name", () => {
    const { inputs, targets } = pairs(4, 1);
    const wrong = () => {
      // @ts-expect-error: there is no input of that name
      pair.fit({ inputs: { left: inputs.left, rigth: inputs.right }, targets });
      // @ts-expect-error: one array is not two inputs
      pair.fit({ inputs: inputs.left, targets });
    };
    expect(wrong).toThrow("fit: inputs have no rigth, got rigth; did you mean right?");
  });
});

test("numbers of places are looked up as they are, and must exist", async () => {
  // Which of two words stands first: bytes would be scaled and normalised, whole numbers are not.
  const words = network({ input: [3], forward: x => x.embedding(5, 4).flatten().linear(2) });
  const source = random(1);
  const inputs = Int32Array.from({ length: 300 }, () => source.int(0, 4));
  const targets = Uint8Array.from({ length: 100 }, (_, i) => (inputs[3 * i]! > 2 ? 1 : 0));
  const asked = { epochs: 20, batchSize: 10, optimizer: adam({ learningRate: 0.05 }) };
  const model = await words.fit({ inputs, targets }, asked);
  expect((await model.evaluate({ inputs, targets })).accuracy).toBe(1);
  const outside = "embedding: places must be whole numbers from 0 to below 5, got 7 in sample 1 of x; correct the data";
  await expect(words.fit({ inputs: Int32Array.of(0, 1, 2, 3, 7, 0), targets: targets.slice(0, 2) })).rejects.toThrow(
    outside,
  );
  await expect(model.predict(Float32Array.of(0, 0.5, 0))).rejects.toThrow("got 0.5 in sample 0 of x");
  await expect(words.fit({ inputs: new Uint8Array(3), targets: targets.slice(0, 1) })).rejects.toThrow(
    "embedding: places must come as they are, got bytes, which are normalised, for x; give an Int32Array",
  );
});

test("numbers of places behind other ops must exist", async () => {
  const words = network({ input: [4], forward: x => x.slice(1, 3).embedding(5, 4).flatten().linear(2) });
  const outside = "embedding: places must be whole numbers from 0 to below 5, got 7 from slice_1; correct the data";
  const [inputs, targets] = [Int32Array.of(0, 1, 2, 3, 0, 7, 1, 9), Uint8Array.of(0, 1)];
  await expect(words.fit({ inputs, targets }, { epochs: 1 })).rejects.toThrow(outside);
  const stepper = words.stepper();
  await expect(stepper.step({ inputs, targets })).rejects.toThrow(outside);
  await expect(stepper.model().predict(inputs)).rejects.toThrow(outside);
  // What is not looked up may be anything.
  expect(await stepper.step({ inputs: Int32Array.of(0, 1, 2, 3, 8, 4, 1, 9), targets })).toBeGreaterThan(0);
  await expect(stepper.run(inputs)).rejects.toThrow(outside);
  await stepper.release();
});

test("classes at every place: a scan along a line", async () => {
  const signs = network({ input: [1, 6], forward: x => x.conv1d(4, 1).relu().conv1d(2, 1) });
  const data = (seed: number) => {
    const inputs = numbers(6 * 100, random(seed));
    return { inputs, targets: Uint8Array.from(inputs, value => (value > 0 ? 1 : 0)) };
  };
  const model = await signs.fit(data(1), { epochs: 20, batchSize: 10, optimizer: adam({ learningRate: 0.05 }) });
  const { accuracy } = await model.evaluate(data(2));
  expect(accuracy).toBeGreaterThan(0.95);
});

describe("weights to begin with", () => {
  test("are another model's, and frozen ones stay", async () => {
    const shape = (outputs: number) =>
      network({
        input: [2],
        layers: { stem: Linear(4), head: Linear(outputs) },
        forward: (x, l) => x.pipe(l.stem).tanh().pipe(l.head),
      });
    const { inputs, targets } = line(60, 1);
    const first = await shape(1).fit({ inputs, targets }, { epochs: 2 });
    const stem = first.weightsOf("stem");
    expect(Object.keys(stem)).toEqual(["stem.weight", "stem.bias"]);
    const two = { inputs, targets: Float32Array.from({ length: 120 }, (_, i) => targets[i >> 1]!) };
    const second = await shape(2).fit(two, { epochs: 2, weights: stem, layers: { stem: { frozen: true } } });
    expect(second.weightsOf("stem")).toEqual(stem);
    expect(() => first.weightsOf("sten")).toThrow("has no weights of sten, got sten; did you mean stem?");
    await expect(shape(2).fit(two, { weights: first.weights })).rejects.toThrow(
      "fit: head.weight has 8 numbers, got 4; leave it out to begin with new ones",
    );
  });
});

describe("single steps", () => {
  test("are those of fit", async () => {
    const data = line(20, 1);
    const one = { optimizer: adam({ learningRate: 0.1 }), seed: 3 };
    const stepper = straight.stepper(one);
    for (let i = 0; i < 3; i++) await stepper.step(data);
    // One batch an epoch: the same three steps, but for the order of the sums in a batch.
    const { weights } = await straight.fit(data, { ...one, epochs: 3, batchSize: 20 });
    for (const [name, values] of Object.entries(weights)) {
      for (const [i, value] of values.entries()) expect(stepper.weights[name]![i]).toBeCloseTo(value, 5);
    }
    const inputs = line(5, 2).inputs;
    const [now, model] = [await stepper.run(inputs), stepper.model()];
    for (const [i, value] of (await model.run(inputs)).out!.entries()) expect(now.out![i]).toBeCloseTo(value, 5);
    stepper.set({ "out.weight": new Float32Array(2), "out.bias": Float32Array.of(7) });
    expect([...(await stepper.run(inputs)).out!]).toEqual([7, 7, 7, 7, 7]);
    await stepper.release();
  });
  test("refuse in a sentence", async () => {
    expect(() => straight.stepper({ epochs: 3 } as never)).toThrow("fit: there is no such option, got epochs;");
    const stepper = straight.stepper({ optimizer: sgd({ learningRate: 1e30 }) });
    await stepper.step(line(5, 1));
    await expect(stepper.step(line(5, 1))).rejects.toThrow("train: the loss became NaN or infinite, got it in step 2");
    await stepper.release();
  });
});

test.each<[object, object, string]>([
  [
    { inputs: 3, targets: new Float32Array(1) },
    {},
    "fit: inputs must be numbers, or numbers by name, got 3; give arrays",
  ],
  [
    { inputs: new Float32Array(3), targets: new Float32Array(1) },
    {},
    "fit: a sample has 2 elements, got 3 in all; give whole samples",
  ],
  [
    { inputs: new Float32Array(4), targets: [1] },
    {},
    "fit: targets must be a Float32Array, Uint8Array or Int32Array, got Array; give Float32Array.from(...), every sample's numbers one after another",
  ],
  [
    { inputs: new Float32Array(4), targets: { out: "1" } },
    {},
    "fit: targets of out must be a Uint8Array, Float32Array or Int32Array, got something else; give one",
  ],
])("refuses data that cannot be meant (%#)", (data, options, sentence) => {
  expect(() => straight.fit(data as never, options as never)).toThrow(sentence);
});
test.each<[object, object, string]>([
  [
    { inputs: new Float32Array(4), targets: new Float32Array(3) },
    {},
    "train: targets of out must be 2 samples of [1], 2 numbers, got 3; give whole samples, as many for every input and target",
  ],
  [
    { inputs: new Float32Array(4), targets: new Float32Array(2) },
    { loss: "crossEntropy" },
    "train: crossEntropy compares out with class numbers, got numbers with fractions; give a Uint8Array or Int32Array, or choose another loss",
  ],
  [
    { inputs: new Float32Array(4), targets: Int32Array.of(0, -1) },
    { loss: "crossEntropy" },
    "train: labels must be 0 or more and below 1, the number of scores, got -1 for sample 1; give the network a score for every class",
  ],
])("refuses data that do not fit (%#)", async (data, options, sentence) => {
  await expect(straight.fit(data as never, options as never)).rejects.toThrow(sentence);
});
