/** A small residual network, as ResNet-18 but narrow and for digits of 28 x 28: basic blocks, some that halve the size. */
import { adam, BasicBlock, BatchNorm, Conv2d, figures, loadData, network, ReLU, Sequential } from "netpick";

/** As in ResNet-18: two blocks, the first of which may halve the size. */
const stage = <C extends number, S extends number>(channels: C, stride: S) =>
  Sequential(BasicBlock(channels, { stride }), BasicBlock(channels));

const resnet = network({
  name: "resnet",
  input: [1, 28, 28],
  layers: {
    stem: Sequential(Conv2d(8, 3, { stride: 2, padding: 1, bias: false }), BatchNorm(), ReLU()),
    layer1: stage(8, 1),
    layer2: stage(16, 2),
    layer3: stage(32, 2),
  },
  forward: (x, l) => x.pipe(l.stem).pipe(l.layer1).pipe(l.layer2).pipe(l.layer3).globalAvgPool().linear(10),
});
const { params, macs, ops } = figures(resnet.graph);
console.log(`${ops} ops, ${params} parameters, ${macs} multiply-accumulates`);

const digits = await loadData("digits");
const model = await resnet.fit(digits, {
  epochs: 1,
  optimizer: adam({ learningRate: 5e-3 }),
  schedule: { name: "oneCycle" },
});
const { accuracy } = await model.evaluate(digits.test);
console.log(`after one pass, more than 90 % of the test digits are right: ${accuracy > 0.9}`);
