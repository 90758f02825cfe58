/**
 * How accuracy falls with size: networks trained on MNIST, then pruned and fine-tuned in steps to 20 % of their parameters,
 * by several utilities and at random. Usage: npm run build && node scripts/proof-pruning.mjs --data DIR --out DIR
 *   --data DIR       the four IDX files, or a name that loadData knows
 *   --out DIR        where pieces and figures are kept; what is there already is not computed again
 *   --network LIST   of lenet, residual; both unless told
 *   --utility LIST   of l1, l2, batchNorm, activation, taylor, random; all unless told, batchNorm where there is one
 *   --seed LIST      1,2 unless told
 *   --train N        training pictures, the first ones; 12000 unless told
 *   --tune N         of these, those of the epoch of fine-tuning after every step; 6000 unless told
 *   --seconds N      begin no piece (an epoch, or a step) after so many; the next run goes on, and ends with 3 until all is done
 * Prints the tables of all that is in --out, and writes accuracy.svg there.
 */
import { parseArgs } from "node:util";
import { loadData } from "../dist/data/index.js";
import { channelWorth, checkpointParts, editedCheckpoint, Model } from "../dist/fit/index.js";
import { adam, Network } from "../dist/index.js";
import { figures } from "../dist/op/index.js";
import { batchNormScale, l1, l2, operate, randomUtility } from "../dist/surgery/index.js";
import { networks } from "./proof-pruning/networks.mjs";
import { Later, piecesIn } from "./proof-pruning/pieces.mjs";
import { mean, report } from "./proof-pruning/report.mjs";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    network: { type: "string", default: "lenet,residual" },
    utility: { type: "string", default: "l1,l2,batchNorm,activation,taylor,random" },
    seed: { type: "string", default: "1,2" },
    train: { type: "string", default: "12000" },
    tune: { type: "string", default: "6000" },
    seconds: { type: "string", default: "Infinity" },
  },
});
if (!options.data || !options.out) throw new Error("proof-pruning: give --data DIR with MNIST's files, and --out DIR");
const piece = piecesIn(options.out, Number(options.seconds));

const shares = [0.8, 0.6, 0.4, 0.3, 0.2];
const batchSize = 50;
const epochs = 3;
const optimizer = adam({ learningRate: 1e-3 });

const part = ({ inputs, labels }, from, to) => ({
  count: to - from,
  inputs: inputs.slice(784 * from, 784 * to),
  labels: labels.slice(from, to),
});
let loaded;
async function data() {
  loaded ??= loadData(options.data).then(all => ({ ...all, train: part(all.train, 0, Number(options.train)) }));
  return loaded;
}

/** One epoch more, and the state of the optimizer behind it. */
async function epoch(network, samples, settings) {
  let checkpoint;
  const epochs = (settings.from?.epoch ?? 0) + 1;
  const model = await network.fit(samples, {
    ...{ batchSize, optimizer, checkpoints: true, epochs, ...settings },
    onEvent: event => {
      if (event.kind === "epoch") checkpoint = event.checkpoint;
    },
  });
  return { model, checkpoint };
}

/** Trained, with the state of its optimizer. */
async function base(name, seed) {
  const network = networks[name]();
  let last;
  for (let nr = 1; nr <= epochs; nr++) {
    const from = last?.checkpoint;
    last = await piece(`${name}-${seed}-epoch-${nr}`, async () => {
      const { train, test } = await data();
      const { model, checkpoint } = await epoch(network, train, { seed, ...(from && { from }) });
      return { checkpoint, recipe: model.recipe, accuracy: (await model.evaluate(test)).accuracy };
    });
  }
  return { ...last, model: modelOf(last.recipe, network.graph, checkpointParts(last.checkpoint).weights) };
}

const modelOf = (recipe, graph, weights) => new Model(Network.of(graph), weights, recipe, []);

async function utilityOf(how, model, seed) {
  if (how === "activation" || how === "taylor") return channelWorth(model, (await data()).train, { by: how });
  return { l1, l2, batchNorm: batchNormScale, random: randomUtility(seed) }[how];
}

/** To shares of the first network's parameters, each an epoch of fine-tuning on with the optimizer's averages. */
async function steps(name, how, seed) {
  const { model, checkpoint, recipe, accuracy } = await base(name, seed);
  const { graph } = model.network;
  const { params, macs } = figures(graph);
  const points = [{ share: 1, params, macs, cut: accuracy, tuned: accuracy }];
  let last = { graph, checkpoint };
  for (const share of shares) {
    const { point, ...next } = await piece(`${name}-${seed}-${how}-step-${share}`, () =>
      step({ ...last, recipe, how, seed, share, params }),
    );
    points.push(point);
    last = next;
  }
  const parts = checkpointParts(last.checkpoint);
  return { points, regrown: await regrown(modelOf(recipe, last.graph, parts.weights), recipe, params) };
}

async function step({ graph, checkpoint, recipe, how, seed, share, params }) {
  const { train, test } = await data();
  const subject = { graph, ...checkpointParts(checkpoint) };
  const utility = await utilityOf(how, modelOf(recipe, graph, subject.weights), seed);
  const cut = await operate(subject, { utility })
    .prune({ params: Math.floor(share * params) })
    .apply();
  const before = await modelOf(recipe, cut.graph, cut.weights).evaluate(test);
  const tuning = part(train, 0, Number(options.tune));
  const from = editedCheckpoint(cut, checkpoint);
  const tuned = await epoch(Network.of(cut.graph), tuning, { seed, from });
  const after = await tuned.model.evaluate(test);
  const now = figures(cut.graph);
  const point = { share, params: now.params, macs: now.macs, cut: before.accuracy, tuned: after.accuracy };
  return { graph: cut.graph, checkpoint: tuned.checkpoint, point };
}

/** Accuracy when the first network is cut to each share at once, and not tuned: what a utility alone is good for. */
async function straight(name, seed, how) {
  const { model, recipe } = await base(name, seed);
  const { graph } = model.network;
  const some = part((await data()).test, 0, 4000);
  const found = [{ share: 1, cut: (await model.evaluate(some)).accuracy }];
  // Of random cuts the mean of several.
  const seeds = how === "random" ? [1, 2, 3, 4, 5] : [seed];
  for (const share of shares) {
    const { cut } = await piece(`${name}-${seed}-${how}-straight-${share}`, async () => {
      const accuracies = [];
      for (const one of seeds) {
        const cut = await operate(model, { utility: await utilityOf(how, model, one) })
          .prune({ params: Math.floor(share * figures(graph).params) })
          .apply();
        accuracies.push((await modelOf(recipe, cut.graph, cut.weights).evaluate(some)).accuracy);
      }
      return { cut: mean(accuracies) };
    });
    found.push({ share, cut });
  }
  return found;
}

/** As large as it was at first, by edits that keep the function. */
async function regrown(model, recipe, params) {
  const { test } = await data();
  const grown = await operate(model).grow({ params }).apply();
  const large = modelOf(recipe, grown.graph, grown.weights);
  const outputs = async one => Object.values(await one.run(test.inputs))[0];
  const [small, now] = [await outputs(model), await outputs(large)];
  const difference = small.reduce((most, value, i) => Math.max(most, Math.abs(value - now[i])), 0);
  const accuracy = [(await model.evaluate(test)).accuracy, (await large.evaluate(test)).accuracy];
  return { params: figures(grown.graph).params, difference, accuracy };
}

/** Loss after steps of fine-tuning at half the parameters, from the averages that were learned and from none. */
async function inheritance(name, seed) {
  const { model: first, checkpoint, recipe } = await base(name, seed);
  const { train, test } = await data();
  const cut = await operate({ graph: first.network.graph, ...checkpointParts(checkpoint) })
    .prune({ params: 0.5 })
    .apply();
  const pruned = Network.of(cut.graph);
  const some = part(test, 0, 2000);
  const lossOf = async model => (await model.evaluate(some)).loss;
  const done = epochs * Math.ceil(train.count / batchSize);
  const loss = await lossOf(modelOf(recipe, cut.graph, cut.weights));
  const found = [{ steps: 0, with: loss, without: loss }];
  const draws = 10;
  for (const count of [1, 10]) {
    const row = { steps: count, with: 0, without: 0 };
    for (let draw = 0; draw < draws; draw++) {
      const batches = part(train, draw * count * batchSize, (draw + 1) * count * batchSize);
      // One epoch of so many steps, counted on from those of the training: Adam's correction goes by them.
      const before = Math.round(done / count);
      const history = Array.from({ length: before }, () => ({ loss: 0 }));
      const from = { ...editedCheckpoint(cut, checkpoint), epoch: before, history };
      const tuning = { batchSize, optimizer, seed };
      row.with += (await lossOf(await pruned.fit(batches, { ...tuning, epochs: before + 1, from }))) / draws;
      row.without += (await lossOf(await pruned.fit(batches, { ...tuning, epochs: 1, weights: cut.weights }))) / draws;
    }
    found.push(row);
  }
  return found;
}

const list = text => text.split(",").filter(Boolean);
const points = (file, work) =>
  piece(`${file}.points`, async () => ({
    train: Number(options.train),
    tune: Number(options.tune),
    ...(await work()),
  }));

async function all(seed, name) {
  await points(`${name}-${seed}-inherited`, async () => ({ name, seed, inherited: await inheritance(name, seed) }));
  // Without a batch norm its scale says nothing.
  for (const how of list(options.utility).filter(one => one !== "batchNorm" || name === "residual")) {
    const about = { name, how, seed };
    const cuts = async () => ({ ...about, straight: await straight(name, seed, how) });
    await points(`${name}-${seed}-${how}-straight`, cuts);
    await points(`${name}-${seed}-${how}`, async () => ({ ...about, ...(await steps(name, how, seed)) }));
  }
}

try {
  for (const seed of list(options.seed)) for (const name of list(options.network)) await all(Number(seed), name);
} catch (error) {
  if (!(error instanceof Later)) throw error;
  process.exitCode = 3;
}
await report(options.out);
