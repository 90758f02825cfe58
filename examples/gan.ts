/** A GAN's training step: a generator learns to draw points on a circle, against a network that tells them from real ones. */
import { adam, Linear, network, type Tensor } from "netpick";
import { uniform } from "./uniform.ts";

const generator = { g1: Linear(32), g2: Linear(32), g3: Linear(2) };
const judge = { j1: Linear(64), j2: Linear(64), j3: Linear(1) };
const generate = (z: Tensor<[4]>, l: typeof generator) => z.pipe(l.g1).relu().pipe(l.g2).relu().pipe(l.g3);
const tell = (x: Tensor<[2]>, l: typeof judge) => x.pipe(l.j1).relu().pipe(l.j2).relu().pipe(l.j3);

// Both are networks of their own, and one behind the other; the names of the layers say which weights are the same.
const points = network({ name: "points", input: [4], layers: generator, forward: generate });
const judging = network({ name: "judging", input: [2], layers: judge, forward: tell });
const both = network({
  name: "both",
  input: [4],
  layers: { ...generator, ...judge },
  forward: (z, l) => tell(generate(z, l), l),
});

const optimizer = adam({ learningRate: 0.001, beta1: 0.5 });
const loss = "binaryCrossEntropy";
const frozen = Object.fromEntries(Object.keys(judge).map(layer => [layer, { frozen: true }]));
const judgeSteps = judging.stepper({ optimizer, loss });
const generatorSteps = both.stepper({ optimizer, loss, layers: frozen, weights: judgeSteps.weights });
const drawing = points.stepper();

const batch = 64;
const draw = uniform(1);
const noise = (count: number) => Float32Array.from({ length: 4 * count }, () => 2 * draw() - 1);
const generatorWeights = () =>
  Object.fromEntries(Object.entries(generatorSteps.weights).filter(([name]) => name.startsWith("g")));

for (let step = 1; step <= 2000; step++) {
  const real = Float32Array.from({ length: batch }, () => 2 * Math.PI * draw());
  drawing.set(generatorWeights());
  const { g3: made } = await drawing.run(noise(batch));
  const inputs = Float32Array.from([...[...real].flatMap(angle => [Math.cos(angle), Math.sin(angle)]), ...made!]);
  await judgeSteps.step({ inputs, targets: Float32Array.from({ length: 2 * batch }, (_, i) => (i < batch ? 1 : 0)) });
  generatorSteps.set(judgeSteps.weights);
  await generatorSteps.step({ inputs: noise(batch), targets: new Float32Array(batch).fill(1) });
}

drawing.set(generatorWeights());
const { g3: made } = await drawing.run(noise(1000));
const radii = Array.from({ length: 1000 }, (_, i) => Math.hypot(made![2 * i]!, made![2 * i + 1]!));
const near = radii.filter(radius => Math.abs(radius - 1) < 0.25).length;
const quarters = new Set(radii.map((_, i) => `${made![2 * i]! > 0} ${made![2 * i + 1]! > 0}`));
console.log(`of 1000 drawn points, more than 800 lie within a quarter of the circle: ${near > 800}`);
console.log(`quarters of the circle that have points: ${quarters.size}`);
for (const stepper of [judgeSteps, generatorSteps, drawing]) await stepper.release();
