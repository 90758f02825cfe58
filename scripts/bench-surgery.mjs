// How long edits take: node scripts/bench-surgery.mjs (after npm run build). Starting the solver is counted once.
import { freeze } from "../dist/graph/index.js";
import { figures } from "../dist/op/index.js";
import "../dist/ops/index.js";
import { graph } from "../dist/build/index.js";
import { BasicBlock, Bottleneck, DenseBlock, Transition } from "../dist/ops/index.js";
import { operate } from "../dist/surgery/index.js";
import { initialWeights } from "../dist/train/index.js";

/** A residual chain: every second layer is added to what it read. */
function chain(layers, channels) {
  const nodes = [{ name: "stem", op: "linear", inputs: ["x"], attrs: { outFeatures: channels, bias: false } }];
  let last = "stem";
  for (let i = 0; i < layers / 2; i++) {
    nodes.push({ name: `l${i}`, op: "linear", inputs: [last], attrs: { outFeatures: channels, bias: false } });
    nodes.push({ name: `a${i}`, op: "add", inputs: [last, `l${i}`], attrs: { inPlace: false } });
    last = `a${i}`;
  }
  nodes.push({ name: "y", op: "linear", inputs: [last], attrs: { outFeatures: 10, bias: false } });
  return freeze({ name: "chain", inputs: [{ name: "x", shape: [8] }], nodes, outputs: ["y"] });
}

/** A chain of layers of so many channels each, apart from each other. */
function straight(layers, channels) {
  const nodes = Array.from({ length: layers }, (_, i) => ({
    name: `l${i}`,
    op: "linear",
    inputs: [i === 0 ? "x" : `l${i - 1}`],
    attrs: { outFeatures: i === layers - 1 ? 10 : channels, bias: false },
  }));
  return freeze({ name: "straight", inputs: [{ name: "x", shape: [8] }], nodes, outputs: [`l${layers - 1}`] });
}

const resnet50 = () =>
  graph({ x: [3, 224, 224] }, ({ x }) => {
    let y = x
      .conv2d(64, 7, { stride: 2, padding: 3, bias: false })
      .batchNorm()
      .relu()
      .maxPool2d(3, { stride: 2, padding: 1 });
    for (const [width, count, stride] of [
      [64, 3, 1],
      [128, 4, 2],
      [256, 6, 2],
      [512, 3, 2],
    ]) {
      for (let i = 0; i < count; i++) y = y.pipe(Bottleneck(width, { stride: i === 0 ? stride : 1 }));
    }
    return { y: y.globalAvgPool().linear(1000) };
  }).graph;
const densenet121 = () =>
  graph({ x: [3, 224, 224] }, ({ x }) => {
    const stem = x.conv2d(64, 7, { stride: 2, padding: 3, bias: false }).batchNorm().relu();
    const two = stem.maxPool2d(3, { stride: 2, padding: 1 }).pipe(DenseBlock(6, 32)).pipe(Transition(128));
    const three = two.pipe(DenseBlock(12, 32)).pipe(Transition(256)).pipe(DenseBlock(24, 32)).pipe(Transition(512));
    return { y: three.pipe(DenseBlock(16, 32)).batchNorm().relu().globalAvgPool().linear(1000) };
  }).graph;
const small = graph({ x: [1, 28, 28] }, ({ x }) => ({
  y: x.conv2d(8, 5).relu().pipe(BasicBlock(8)).maxPool2d(2).flatten().linear(32).relu().linear(10),
})).graph;
const joint = graph({ x: [1, 14, 14] }, ({ x }) => {
  const a = x.conv2d(8, 5).relu();
  const both = a.concat(a.conv2d(6, 3, { padding: 1 }).relu());
  return { y: both.conv2d(14, 3, { padding: 1 }).add(both).flatten().linear(10) };
}).graph;
/** Too many ways for trying them out. */
const several = graph({ x: [1, 14, 14] }, ({ x }) => {
  const parts = [4, 6, 8, 10, 12].map(channels => x.conv2d(channels, 5).relu());
  return {
    y: parts[0]
      .concat(...parts.slice(1))
      .flatten()
      .linear(10),
  };
}).graph;

async function time(what, made, edit, repeats = 3) {
  const times = [];
  const solver = [];
  let done;
  for (let i = 0; i < repeats; i++) {
    // A graph that nothing is known of yet.
    const subject = made();
    const start = performance.now();
    done = await edit(subject).apply();
    times.push(performance.now() - start);
    solver.push(1000 * done.report.steps.reduce((sum, step) => sum + (step.solver?.seconds ?? 0), 0));
  }
  for (const one of [times, solver]) one.sort((a, b) => a - b);
  const { params } = figures(done.graph);
  console.log(
    `${what.padEnd(54)} median ${times[repeats >> 1].toFixed(1)} ms, of which solver ${solver[repeats >> 1].toFixed(1)}, best ${times[0].toFixed(1)} ms; ${params.toLocaleString("en")} parameters left`,
  );
}

const copy = value => freeze(JSON.parse(JSON.stringify(value)));
const start = performance.now();
await operate(copy(several)).resize({ concat_1: -3 }).apply();
console.log(
  `${"the first edit that needs the solver, its start included".padEnd(54)} ${(performance.now() - start).toFixed(1)} ms`,
);
const [long, wide, fifty] = [chain(10_000, 64), straight(782, 64), resnet50()];
await time(
  "10,000 layers in one residual chain, one size changed",
  () => copy(long),
  one => operate(one).resize({ stem: -8 }),
);
await time(
  "50,000 channel classes, half the parameters",
  () => copy(wide),
  one => operate(one).prune({ params: 0.5 }),
);
const weights = initialWeights(fifty, 1);
await time(
  "ResNet-50 to half its parameters, weights included",
  () => ({ graph: copy(fifty), weights }),
  one => operate(one).prune({ params: 0.5 }),
);
const dense = densenet121();
const denseWeights = initialWeights(dense, 1);
await time(
  "DenseNet-121 to half its parameters, weights included",
  () => ({ graph: copy(dense), weights: denseWeights }),
  one => operate(one).prune({ params: 0.5 }),
);
await time(
  "an edit of a small network",
  () => copy(small),
  one => operate(one).resize({ conv2d_1: -1 }),
  50,
);
await time(
  "an edit of a small network, in steps, relaxed",
  () => copy(small),
  one => operate(one, { steps: { conv2d_1: 2 } }).resize({ conv2d_1: { by: -2, relaxed: true } }),
  50,
);
await time(
  "an edit of two layers that are joined",
  () => copy(joint),
  one => operate(one).resize({ concat_1: -3 }),
  50,
);
await time(
  "an edit of a small network, by the solver",
  () => copy(several),
  one => operate(one).resize({ concat_1: -3 }),
  50,
);
