/** An autoencoder: digits through 32 numbers and back. The targets are the inputs; bytes count 0 to 1 on both sides. */
import { adam, Linear, loadData, network } from "netpick";

const autoencoder = network({
  name: "autoencoder",
  input: [1, 28, 28],
  layers: { encode: Linear(128), code: Linear(32), decode: Linear(128), pixels: Linear(784) },
  forward: (x, l) =>
    x
      .flatten()
      .pipe(l.encode)
      .relu()
      .pipe(l.code)
      .pipe(l.decode)
      .relu()
      .pipe(l.pixels)
      .sigmoid()
      .unflatten(0, [1, 28, 28]),
});

const { train, test } = await loadData("digits");
const model = await autoencoder.fit(
  { inputs: train.inputs, targets: train.inputs },
  {
    epochs: 6,
    optimizer: adam({ learningRate: 0.002 }),
    loss: "meanSquaredError",
    normalise: { mean: 0, deviation: 1 },
  },
);
const { r2 } = await model.evaluate({ inputs: test.inputs, targets: test.inputs });
console.log(autoencoder.summary());
console.log(`32 numbers tell more than 75 % of the variance of 784 pixels: ${r2! > 0.75}`);
