/** A small GoogLeNet: inception modules, each with four branches side by side, and a module of one's own made of branches. */
import {
  adam,
  Branches,
  Conv2d,
  figures,
  Inception,
  loadData,
  MaxPool2d,
  network,
  ReLU,
  Sequential,
  SqueezeExcite,
} from "netpick";

/** SqueezeNet's fire module: few channels, then 1x1 and 3x3 convolutions side by side. */
const fire = <S extends number, E extends number>(squeeze: S, expand: E) =>
  Sequential(Conv2d(squeeze, 1), ReLU(), Branches(Conv2d(expand, 1), Conv2d(expand, 3, { padding: 1 })), ReLU());

const inception = network({
  name: "inception",
  input: [1, 28, 28],
  layers: {
    stem: Sequential(Conv2d(8, 5, { stride: 2, padding: 2 }), ReLU(), MaxPool2d(2)),
    inception1: Inception(8, 6, 12, 4, 6, 6),
    inception2: Inception(12, 8, 16, 4, 8, 8),
    gate: SqueezeExcite(11),
    fire: fire(12, 24),
  },
  forward: (x, l) => {
    const seen = x.pipe(l.stem).pipe(l.inception1).pipe(l.inception2).pipe(l.gate);
    return seen.maxPool2d(2).pipe(l.fire).globalAvgPool().linear(10);
  },
});
const { params, macs, ops } = figures(inception.graph);
console.log(`${ops} ops, ${params} parameters, ${macs} multiply-accumulates`);

const digits = await loadData("digits");
const model = await inception.fit(digits, { epochs: 2, optimizer: adam({ learningRate: 5e-3 }) });
const { accuracy } = await model.evaluate(digits.test);
console.log(`more than 85 % of the test digits are right: ${accuracy > 0.85}`);
