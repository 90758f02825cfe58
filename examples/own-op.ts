/** A network with an op of one's own, as a method and as a layer: its beta is trained with everything else. */
import { BatchNorm, Conv2d, figures, loadData, network, Sequential } from "netpick";
import { LearnedSwish } from "./learned-swish.ts";

const net = network({
  name: "own-op",
  input: [1, 28, 28],
  layers: {
    stem: Sequential(Conv2d(8, 5, { stride: 2 }), BatchNorm(), LearnedSwish({ beta: 0.5 })),
    conv: Conv2d(16, 3, { stride: 2 }),
  },
  forward: (x, l) => x.pipe(l.stem).pipe(l.conv).learnedSwish().flatten().linear(10),
});
console.log(String(net));
console.log(`parameters: ${figures(net.graph).params}`);

const digits = await loadData("digits");
const model = await net.fit(digits, { epochs: 2 });
const { accuracy } = await model.evaluate(digits.test);
console.log(`more than 90 % of the test digits are right: ${accuracy > 0.9}`);

const moved = model.weights["stem.2.beta"]!.filter(beta => Math.abs(beta - 0.5) > 0.001);
console.log(`channels of the stem whose beta has moved: ${moved.length} of 8`);
