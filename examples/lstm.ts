/** A recurrent network on sequences: is it a sine, a saw or a square that 40 noisy samples were taken of? */
import { adam, Linear, Lstm, network } from "netpick";
import { uniform } from "./uniform.ts";

const waves = network({
  name: "waves",
  // Length, then features at every step.
  input: [40, 1],
  layers: { lstm: Lstm(24, { output: "last" }), classifier: Linear(3) },
  forward: (x, l) => x.pipe(l.lstm).pipe(l.classifier),
});

const forms = [
  (t: number) => Math.sin(2 * Math.PI * t),
  (t: number) => 2 * (t % 1) - 1,
  (t: number) => (t % 1 < 0.5 ? 1 : -1),
];
function someWaves(count: number, seed: number) {
  const draw = uniform(seed);
  const [inputs, targets] = [new Float32Array(40 * count), new Uint8Array(count)];
  for (let wave = 0; wave < count; wave++) {
    targets[wave] = Math.floor(3 * draw());
    const [step, phase] = [0.05 + 0.05 * draw(), draw()];
    for (let t = 0; t < 40; t++) {
      inputs[40 * wave + t] = forms[targets[wave]!]!(t * step + phase) + 0.1 * (draw() - 0.5);
    }
  }
  return { inputs, targets };
}

const model = await waves.fit(someWaves(1500, 1), { epochs: 15, optimizer: adam({ learningRate: 0.01 }) });
const { accuracy } = await model.evaluate(someWaves(500, 2));
console.log(waves.summary());
console.log(`more than 95 % of new waves are recognised: ${accuracy! > 0.95}`);
