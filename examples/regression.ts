/** Regression on a table: the price of a house from five columns, with validation, early stopping and a loss of one's own. */
import { adam, type LossFunction, network } from "netpick";
import { uniform } from "./uniform.ts";

const columns = ["area", "rooms", "age", "distance", "garden"] as const;
const price = network({
  name: "price",
  input: [columns.length],
  forward: x => x.linear(32).relu().linear(16).relu().linear(1),
});

/** Columns from 0 to 1; prices in hundreds of thousands. */
function someHouses(count: number, seed: number) {
  const draw = uniform(seed);
  const inputs = Float32Array.from({ length: count * columns.length }, draw);
  const targets = Float32Array.from({ length: count }, (_, house) => {
    const [area, rooms, age, distance, garden] = inputs.subarray(house * columns.length) as unknown as number[];
    return 1 + 3 * area! + rooms! - age! * (1 - age!) + garden! * area! - 1.5 * Math.sqrt(distance!) + 0.1 * draw();
  });
  return { inputs, targets };
}

/** log cosh: a square near 0, a distance far from it. cosh d = (1 + exp(-2 d)) exp(d) / 2. */
const logCosh: LossFunction = (output, target) => {
  const difference = output.subtract(target);
  return difference.scale(-2).softplus().add(difference);
};

const model = await price.fit(someHouses(1500, 1), {
  epochs: 60,
  optimizer: adam({ learningRate: 0.005 }),
  loss: logCosh,
  validation: 0.2,
  earlyStopping: { monitor: "r2", patience: 8, restoreBest: true },
});
const { r2, meanAbsoluteError } = await model.evaluate(someHouses(500, 2));
console.log(price.summary());
console.log(`more than 95 % of the prices' variance explained: ${r2! > 0.95}`);
console.log(`off by less than 15,000 in the mean: ${100_000 * meanAbsoluteError! < 15_000}`);
