/**
 * How accuracy falls with size: networks trained on MNIST, then pruned and fine-tuned in steps to 20 % of their parameters,
 * by several utilities and at random. Usage: npm run build && node scripts/proof-pruning.mjs --data DIR --out DIR
 *   --data DIR       the four IDX files, or a name that loadData knows
 *   --out DIR        where models and figures are kept; what is there already is not computed again
 *   --network LIST   of lenet, residual; both unless told
 *   --utility LIST   of l1, l2, activation, taylor, random; l1,activation,taylor,random unless told
 *   --seed LIST      1 unless told
 *   --train N        training pictures, the first ones; 12000 unless told
 *   --tune N         of these, those of the epoch of fine-tuning after every step; 6000 unless told
 * Prints the tables of all that is in --out, and writes accuracy.svg there.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadData } from "../dist/data/index.js";
import { channelWorth, checkpointParts, editedCheckpoint, Model } from "../dist/fit/index.js";
import { adam, BasicBlock, BatchNorm, Conv2d, Linear, MaxPool2d, Network, network } from "../dist/index.js";
import "../dist/ops/index.js";
import { figures } from "../dist/op/index.js";
import { plotSvg, textTable } from "../dist/report/index.js";
import { l1, l2, operate, randomUtility } from "../dist/surgery/index.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    network: { type: "string", default: "lenet,residual" },
    utility: { type: "string", default: "l1,activation,taylor,random" },
    seed: { type: "string", default: "1" },
    train: { type: "string", default: "12000" },
    tune: { type: "string", default: "6000" },
  },
});
if (!options.data || !options.out) throw new Error("proof-pruning: give --data DIR with MNIST's files, and --out DIR");
const { data: source, out } = options;
mkdirSync(out, { recursive: true });

const networks = {
  lenet: () =>
    network({
      name: "lenet",
      input: [1, 28, 28],
      layers: { cv1: Conv2d(20, 5), mp: MaxPool2d(2), cv2: Conv2d(50, 5), hidden: Linear(500), classifier: Linear(10) },
      forward: (x, { cv1, mp, cv2, hidden, classifier }) =>
        x.pipe(cv1).relu().pipe(mp).pipe(cv2).relu().pipe(mp).flatten().pipe(hidden).relu().pipe(classifier),
    }),
  residual: () =>
    network({
      name: "residual",
      input: [1, 28, 28],
      layers: {
        stem: Conv2d(16, 3, { padding: 1, bias: false }),
        norm: BatchNorm(),
        one: BasicBlock(16),
        two: BasicBlock(32, { stride: 2 }),
        three: BasicBlock(64, { stride: 2 }),
        classifier: Linear(10),
      },
      forward: (x, l) =>
        x
          .pipe(l.stem)
          .pipe(l.norm)
          .relu()
          .maxPool2d(2)
          .pipe(l.one)
          .pipe(l.two)
          .pipe(l.three)
          .globalAvgPool()
          .pipe(l.classifier),
    }),
};
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
  loaded ??= loadData(source).then(all => ({ ...all, train: part(all.train, 0, Number(options.train)) }));
  return loaded;
}

/** Trained, with the state of its optimizer; kept in --out. */
async function base(name, seed) {
  const file = join(out, `${name}-${seed}`);
  const { train, test } = await data();
  if (!existsSync(`${file}.json`)) {
    let checkpoint;
    const model = await networks[name]().fit(train, {
      ...{ epochs, batchSize, optimizer, seed, checkpoints: true },
      onEvent: event => {
        if (event.kind === "epoch") checkpoint = event.checkpoint;
      },
    });
    await model.save(`${file}.safetensors`);
    const tensors = Object.entries(checkpoint.tensors).map(([key, { buffer, byteOffset, byteLength }]) => [
      key,
      Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
    ]);
    const { accuracy } = await model.evaluate(test);
    writeFileSync(`${file}.json`, JSON.stringify({ accuracy, ...checkpoint, tensors: Object.fromEntries(tensors) }));
  }
  const { tensors, ...rest } = JSON.parse(readFileSync(`${file}.json`, "utf8"));
  const floats = Object.entries(tensors).map(([key, text]) => {
    const bytes = Buffer.from(text, "base64");
    return [key, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))];
  });
  return { model: await Model.load(`${file}.safetensors`), ...rest, tensors: Object.fromEntries(floats) };
}

const modelOf = (like, { graph, weights }) => new Model(Network.of(graph), weights, like.recipe, []);

async function utilityOf(how, model, seed) {
  if (how === "activation" || how === "taylor") return channelWorth(model, (await data()).train, { by: how });
  return { l1, l2, random: randomUtility(seed) }[how];
}

/** To the share of the first network's parameters, and on with the optimizer's averages. */
async function steps(name, how, seed) {
  const first = await base(name, seed);
  const { train, test } = await data();
  const tuning = part(train, 0, Number(options.tune));
  const { params, macs } = figures(first.model.network.graph);
  const points = [{ share: 1, params, macs, cut: first.accuracy, tuned: first.accuracy }];
  let [model, checkpoint] = [first.model, first];
  for (const share of shares) {
    const utility = await utilityOf(how, model, seed);
    const subject = { graph: model.network.graph, ...checkpointParts(checkpoint) };
    const cut = await operate(subject, { utility })
      .prune({ params: Math.floor(share * params) })
      .apply();
    const before = await modelOf(model, cut).evaluate(test);
    const from = editedCheckpoint(cut, checkpoint);
    model = await Network.of(cut.graph).fit(tuning, {
      ...{ epochs: from.epoch + 1, batchSize, optimizer, seed, from, checkpoints: true },
      onEvent: event => {
        if (event.kind === "epoch") checkpoint = event.checkpoint;
      },
    });
    const after = await model.evaluate(test);
    const now = figures(cut.graph);
    points.push({ share, params: now.params, macs: now.macs, cut: before.accuracy, tuned: after.accuracy });
  }
  return { points, regrown: await regrown(model, params) };
}

/** Accuracy when the first network is cut to each share at once, and not tuned: what a utility alone is good for. */
async function straight(name, seed, how) {
  const { model } = await base(name, seed);
  const { graph } = model.network;
  const some = part((await data()).test, 0, 4000);
  const found = [{ share: 1, cut: (await model.evaluate(some)).accuracy }];
  // Of random cuts the mean of several.
  const seeds = how === "random" ? [1, 2, 3, 4, 5] : [seed];
  for (const share of shares) {
    const accuracies = [];
    for (const one of seeds) {
      const cut = await operate(model, { utility: await utilityOf(how, model, one) })
        .prune({ params: Math.floor(share * figures(graph).params) })
        .apply();
      accuracies.push((await modelOf(model, cut).evaluate(some)).accuracy);
    }
    found.push({ share, cut: mean(accuracies) });
  }
  return found;
}

/** As large as it was at first, by edits that keep the function. */
async function regrown(model, params) {
  const { test } = await data();
  const grown = await operate(model).grow({ params }).apply();
  const large = modelOf(model, grown);
  const outputs = async one => Object.values(await one.run(test.inputs))[0];
  const [small, now] = [await outputs(model), await outputs(large)];
  const difference = small.reduce((most, value, i) => Math.max(most, Math.abs(value - now[i])), 0);
  const accuracy = [(await model.evaluate(test)).accuracy, (await large.evaluate(test)).accuracy];
  return { params: figures(grown.graph).params, difference, accuracy };
}

/** Loss after steps of fine-tuning at half the parameters, from the averages that were learned and from none. */
async function inheritance(name, seed) {
  const first = await base(name, seed);
  const { train, test } = await data();
  const cut = await operate({ graph: first.model.network.graph, ...checkpointParts(first) })
    .prune({ params: 0.5 })
    .apply();
  const pruned = Network.of(cut.graph);
  const some = part(test, 0, 2000);
  const lossOf = async model => (await model.evaluate(some)).loss;
  const done = epochs * Math.ceil(train.count / batchSize);
  const found = [{ steps: 0, with: await lossOf(modelOf(first.model, cut)) }];
  found[0].without = found[0].with;
  const draws = 10;
  for (const count of [1, 10]) {
    const row = { steps: count, with: 0, without: 0 };
    for (let draw = 0; draw < draws; draw++) {
      const batches = part(train, draw * count * batchSize, (draw + 1) * count * batchSize);
      // One epoch of so many steps, counted on from those of the training: Adam's correction goes by them.
      const before = Math.round(done / count);
      const history = Array.from({ length: before }, () => ({ loss: 0 }));
      const from = { ...editedCheckpoint(cut, first), epoch: before, history };
      const tuning = { batchSize, optimizer, seed };
      row.with += (await lossOf(await pruned.fit(batches, { ...tuning, epochs: before + 1, from }))) / draws;
      row.without += (await lossOf(await pruned.fit(batches, { ...tuning, epochs: 1, weights: cut.weights }))) / draws;
    }
    found.push(row);
  }
  return found;
}

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;

async function kept(file, work) {
  const path = join(out, file);
  if (existsSync(path)) return;
  const found = await work();
  writeFileSync(path, `${JSON.stringify({ train: Number(options.train), tune: Number(options.tune), ...found })}\n`);
  console.error(`${file} is done`);
}

for (const seed of options.seed.split(",").map(Number)) {
  for (const name of options.network.split(",")) {
    await base(name, seed);
    await kept(`${name}-${seed}-inherited.points.json`, async () => ({
      ...{ name, seed, inherited: await inheritance(name, seed) },
    }));
    for (const how of options.utility.split(",").filter(Boolean)) {
      await kept(`${name}-${seed}-${how}-straight.points.json`, async () => ({
        ...{ name, how, seed, straight: await straight(name, seed, how) },
      }));
      await kept(`${name}-${seed}-${how}.points.json`, async () => ({
        name,
        how,
        seed,
        ...(await steps(name, how, seed)),
      }));
    }
  }
}
await report();

async function report() {
  const files = readdirSync(out).filter(file => file.endsWith(".points.json"));
  const all = files.map(file => JSON.parse(readFileSync(join(out, file), "utf8")));
  const runs = all.filter(({ points }) => points);
  const rows = [];
  for (const name of new Set(runs.map(run => run.name))) {
    for (const how of new Set(runs.map(run => run.how))) {
      const own = runs.filter(run => run.name === name && run.how === how);
      if (own.length === 0) continue;
      for (const [i, { share }] of own[0].points.entries()) {
        const at = key => own.map(({ points }) => points[i][key]);
        const cuts = all.filter(one => one.straight && one.name === name && one.how === how);
        const straight = cuts.length > 0 ? mean(cuts.map(one => one.straight[i].cut)) : null;
        rows.push({
          ...{ network: name, utility: how, share, params: mean(at("params")), macs: mean(at("macs")) },
          ...{ straight, cut: mean(at("cut")), tuned: mean(at("tuned")), runs: own.length },
        });
      }
    }
  }
  const columns = [
    ["network", "text"],
    ["utility", "text"],
    ["of parameters", "share"],
    ["parameters", "integer"],
    ["multiply-accumulates", "integer"],
    ["accuracy, cut at once", "share"],
    ["cut step by step", "share"],
    ["then fine-tuned", "share"],
    ["runs", "integer"],
  ].map(([title, kind]) => ({ title, kind }));
  const cells = rows.map(({ network, utility, share, params, macs, straight, cut, tuned, runs }) => [
    ...[network, utility, share, Math.round(params), Math.round(macs), straight, cut, tuned, runs],
  ]);
  console.log(textTable({ title: "", columns, rows: cells }, 120));
  for (const { name, seed, inherited } of all.filter(one => one.inherited)) {
    for (const { steps, with: kept, without } of inherited) {
      console.log(
        `${name} ${seed}: loss after ${steps} steps ${kept.toFixed(4)} with the averages, ${without.toFixed(4)} without`,
      );
    }
  }
  for (const { name, how, seed, regrown } of runs) {
    const { params, difference, accuracy } = regrown;
    const shown = accuracy.map(one => `${(100 * one).toFixed(2)} %`).join(" and ");
    console.log(
      `${name} ${how} ${seed}: grown to ${params} parameters, ${shown}, outputs differ by ${difference.toPrecision(2)}`,
    );
  }
  writeFileSync(join(out, "accuracy.svg"), await plotSvg(plotOf(rows)));
}

function plotOf(rows) {
  const x = {
    ...{ field: "share", type: "quantitative", title: "parameters left" },
    scale: { domain: [0.15, 1] },
    axis: { format: ".0%" },
  };
  const y = {
    type: "quantitative",
    title: "test accuracy",
    scale: { zero: false, padding: 6 },
    axis: { format: ".1~%" },
  };
  const color = { field: "utility", type: "nominal", title: "worth by" };
  const panel = (name, field, how) => ({
    ...{ title: `${name}, ${how}`, width: 320, height: 200 },
    data: { values: rows.filter(({ network }) => network === name) },
    ...{ mark: { type: "line", point: true }, encoding: { x, color, y: { ...y, field } } },
  });
  const row = (field, how) => ({
    hconcat: [...new Set(rows.map(one => one.network))].map(name => panel(name, field, how)),
  });
  return {
    title: "Accuracy against size",
    spec: { vconcat: [row("straight", "cut at once"), row("tuned", "in steps, fine-tuned")] },
  };
}
