// Runs worked cases of surgery: node scripts/cases.mjs FILE. A line for every failure, and how many passed, last.
// Every case becomes a real network (linear, concat, add, identity) with weights, and is edited as a user would.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { freeze } from "../dist/graph/index.js";
import { analyse } from "../dist/op/index.js";
import "../dist/ops/index.js";
import { operate, plainSizes, SurgeryError, sizeCycles } from "../dist/surgery/index.js";

async function run(scenario) {
  const vertices = [...new Map(scenario.graph.map(vertex => [vertex.id, vertex])).values()];
  if (scenario.formulation === "scalar") return runSizes(scenario, vertices);
  if (scenario.formulation === "neuronIndices") return runChannels(scenario, vertices);
  return runStructure(scenario, vertices);
}

/** The network of a case; weight w[o][i] is i + 1, so that columns tell where they come from. */
function networkOf(vertices) {
  const inputs = vertices.filter(({ kind }) => kind === "input").map(({ id, size }) => ({ name: id, shape: [size] }));
  const nodes = vertices.filter(({ kind }) => kind !== "input").map(nodeOf);
  const read = new Set(nodes.flatMap(node => node.inputs));
  const outputs = nodes.map(({ name }) => name).filter(name => !read.has(name));
  const graph = freeze({ name: "case", inputs, nodes: inOrder(nodes, inputs), outputs });
  return { graph, weights: weightsOf(graph, (_, column) => column + 1) };
}

function nodeOf({ id, kind, inputs, size }) {
  const made = (op, attrs = {}) => ({ name: id, op, inputs, attrs });
  if (kind === "absorb" || kind === "immutable") return made("linear", { outFeatures: size, bias: false });
  if (kind === "concat") return made("concat", { axis: 0 });
  return inputs.length === 1 ? made("identity") : made("add", { inPlace: false });
}

function inOrder(nodes, inputs) {
  const known = new Set(inputs.map(({ name }) => name));
  const made = [];
  while (made.length < nodes.length) {
    const next = nodes.find(node => !known.has(node.name) && node.inputs.every(name => known.has(name)));
    if (!next) throw new Error("the case's graph has a circle");
    made.push(next);
    known.add(next.name);
  }
  return made;
}

function weightsOf(graph, value) {
  const made = {};
  for (const { node, weights } of analyse(graph).placed) {
    for (const { role, shape } of weights) {
      const [rows, columns] = shape;
      made[`${node.name}.${role}`] = Float32Array.from({ length: rows * columns }, (_, i) =>
        value(Math.floor(i / columns), i % columns, rows, columns),
      );
    }
  }
  return made;
}

const demandsOf = vertices => ({
  steps: Object.fromEntries(vertices.filter(({ step }) => step > 1).map(({ id, step }) => [id, step])),
  neverShrink: vertices.filter(vertex => vertex.neverShrink || vertex.neverDecrease).map(({ id }) => id),
  frozen: vertices.filter(({ kind }) => kind === "immutable").map(({ id }) => id),
});

const changesOf = ({ exact = {}, relaxed = {} }) => ({
  ...exact,
  ...Object.fromEntries(Object.entries(relaxed).map(([id, by]) => [id, { by, relaxed: true }])),
});

const relaxes = ({ fallback }) => (fallback === undefined || fallback.includes("relax") ? "relax" : "refuse");

const attempt = promise => promise.catch(error => (error instanceof SurgeryError ? undefined : Promise.reject(error)));

async function runSizes({ op, expect, uniqueOptimum, referenceObjective }, vertices) {
  const { graph } = networkOf(vertices);
  const strategy = { ...demandsOf(vertices), fallback: relaxes(op) };
  const done = await attempt(plainSizes(graph, changesOf(op), strategy));
  const sizes = done?.sizes ?? Object.fromEntries(vertices.map(({ id, size }) => [id, size]));
  const differences = compare("success", expect.success ?? true, done !== undefined);
  if (done && expect.usedFallback !== undefined) {
    differences.push(...compare("usedFallback", expect.usedFallback, done.relaxed.length > 0));
  }
  const wanted = { ...expect.allSizesReference, ...expect.upstreamSizes };
  const unlike = Object.entries(wanted).flatMap(([id, size]) => compare(`size of ${id}`, size, sizes[id]));
  if (unlike.length > 0 && uniqueOptimum === false && done) {
    return [...differences, ...near("objective", referenceObjective, sizeObjective(vertices, op, sizes, done.relaxed))];
  }
  return [...differences, ...unlike];
}

/** The stated objective: distance of relaxed targets first, then change; as one number, as the file gives it. */
function sizeObjective(vertices, op, sizes, relaxed) {
  const loose = new Map([...Object.entries(op.relaxed ?? {}), ...relaxed.map(id => [id, op.exact[id]])]);
  const size = new Map(vertices.map(vertex => [vertex.id, vertex.size]));
  const norm = values => 0.1 * values.reduce((sum, value) => sum + value, 0) + 0.8 * Math.max(0, ...values);
  const far = [...loose].map(([id, by]) => Math.abs(sizes[id] - size.get(id) - by));
  const change = vertices.filter(({ id }) => !loose.has(id)).map(({ id, size }) => Math.abs(sizes[id] - size) / size);
  return 1e6 * norm(far) + norm(change);
}

async function runChannels({ op, expect }, vertices) {
  const { graph, weights } = networkOf(vertices);
  const utility = ({ name }) => op.utility[name];
  const strategy = {
    ...demandsOf(vertices),
    utility,
    outputs: "free",
    fallback: relaxes(op),
    without: withoutOf(op.constraint),
    ...(op.insertUpperBound === null || op.insertUpperBound === undefined ? {} : { join: op.insertUpperBound }),
  };
  const done = await attempt(operate({ graph, weights }, strategy).resize(changesOf(op)).apply());
  if (!done) return compare("success", expect.success ?? true, false);
  if (expect.success === false) return compare("success", false, true);
  const got = { sizes: sizesOf(done.graph), indices: indicesOf(done) };
  const { sizes, indices } = expect.reference;
  const unlike = [
    ...Object.entries(sizes).flatMap(([id, size]) => compare(`size of ${id}`, size, got.sizes[id])),
    ...Object.entries(indices).flatMap(([id, list]) => compare(`channels of ${id}`, list, got.indices[id])),
  ];
  if (unlike.length === 0) return [];
  // Where the objective ties, any optimum is right: then it must be in line, and as good as the one given.
  const crooked = outOfLine(vertices, got);
  if (crooked.length > 0) return [...unlike, ...crooked];
  const [mine, theirs] = [got, expect.reference].map(one => channelObjective(vertices, op, one));
  return isDeepStrictEqual(mine, theirs)
    ? []
    : [...unlike, ...compare("objective (targets, utility, change)", theirs, mine)];
}

/** "neurons 1 and 3 of v1 must not be selected" */
function withoutOf(text) {
  const found = /neurons? ([\d, and]+) of (\S+) must not be selected/.exec(text ?? "");
  if (text && !found) throw new Error(`the constraint is not understood, got ${text}`);
  return found ? { [found[2]]: found[1].match(/\d+/g).map(place => Number(place) - 1) } : {};
}

const sizesOf = graph => Object.fromEntries([...analyse(graph).shapes].map(([name, [size]]) => [name, size]));

const indicesOf = ({ report }) =>
  Object.fromEntries(
    [...report.lineage].map(([name, [list]]) => [name, [...list].map(place => (place < 0 ? -1 : place + 1))]),
  );

/** Whether channels of the old network are where the new one's inputs put them: worked out from the case alone. */
function outOfLine(vertices, { sizes, indices }) {
  const old = Object.fromEntries(vertices.map(({ id, size }) => [id, size]));
  const same = (a, b) => a.length === b.length && a.every((place, i) => place === b[i]);
  return vertices.flatMap(({ id, kind, inputs }) => {
    if (kind === "concat") {
      let before = 0;
      const joined = inputs.flatMap(input => {
        before += old[input];
        return indices[input].map(place => (place < 0 ? -1 : place + before - old[input]));
      });
      return same(joined, indices[id]) ? [] : compare(`channels of ${id} in line`, joined, indices[id]);
    }
    if (kind === "input") return compare(`size of ${id}`, old[id], sizes[id]);
    if (kind !== "invariant" && kind !== "add") return [];
    return inputs
      .filter(input => !same(indices[input], indices[id]))
      .flatMap(input => compare(`channels of ${id} in line`, indices[input], indices[id]));
  });
}

function channelObjective(vertices, op, { sizes, indices }) {
  const targets = Object.entries({ ...op.exact, ...op.relaxed });
  const size = new Map(vertices.map(vertex => [vertex.id, vertex.size]));
  const far = targets.map(([id, by]) => Math.abs(sizes[id] - size.get(id) - by)).sort();
  const utility = vertices.reduce((sum, { id, kind }) => {
    const of = op.utility[id];
    const kept = (indices[id] ?? []).filter(place => place > 0);
    if (kind === "input" || of === undefined) return sum;
    return sum + kept.reduce((total, place) => total + (typeof of === "number" ? of : of[place - 1]), 0);
  }, 0);
  const change = vertices.map(({ id, size }) => Math.abs(sizes[id] - size) / size);
  const total = 0.1 * change.reduce((sum, value) => sum + value, 0) + 0.8 * Math.max(...change);
  return [far, utility.toFixed(6), total.toFixed(6)];
}

async function runStructure({ op, expect }, vertices) {
  const bare = networkOf(vertices);
  const known = { ...sizesOf(bare.graph) };
  const all = vertices.map(vertex => ({ ...vertex, size: vertex.size ?? known[vertex.id] }));
  if (op.type === "isInSizeCycle") return compare("in a size cycle", [...expect.true].sort(), cyclesOf(bare));
  if (op.type === "resize") return runWeights(op, expect, bare, all);
  if (op.type !== "sequence") {
    const done = await edit({ ...bare, stages: [] }, op, all);
    return expectations(done ?? { ...bare, stages: [] }, expect, done !== undefined);
  }
  if (typeof op.ops[0] === "string") return runTold(op.ops, expect, bare, all);
  return runSequence(op, expect, bare, all);
}

/** Layers in a size cycle, by name. */
const cyclesOf = ({ graph }) => sizeCycles(graph).sort();

async function runSequence(op, expect, bare, vertices) {
  let state = { ...bare, stages: [] };
  const differences = [];
  let step = 0;
  for (const one of op.ops) {
    if (one.type === "isInSizeCycle") {
      const found = cyclesOf(state);
      for (const id of expect.trueAfterContains ?? [])
        differences.push(...compare(`${id} in a size cycle`, true, found.includes(id)));
      if (expect.true) differences.push(...compare("in a size cycle", [...expect.true].sort(), found));
      continue;
    }
    if (step === 0 && expect.trueBefore)
      differences.push(...compare("in a size cycle before", expect.trueBefore, cyclesOf(state)));
    const done = await edit(state, one, vertices);
    const last = step === op.ops.length - 1;
    const success = expect.after?.[step]?.success ?? expect.removeSuccess ?? (last ? expect.success : true) ?? true;
    differences.push(...compare(`success of edit ${step + 1}`, success, done !== undefined));
    state = done ?? state;
    if (expect.after?.[step]) differences.push(...expectations(state, expect.after[step], true));
    step++;
  }
  const { success: _, after: __, ...rest } = expect;
  return [...differences, ...expectations(state, rest, true)];
}

/** One edit of structure; undefined where it is refused. */
async function edit(state, op, vertices) {
  const strategy = {
    ...demandsOf(vertices.filter(({ id }) => id in sizesOf(state.graph))),
    outputs: "free",
    newOutputs: "zeros",
    ...utilityTold(op.strategy),
  };
  const { subject, stages } = (await prepared(state, op, strategy)) ?? {};
  if (!subject) return undefined;
  const operation = operate(subject, strategy);
  const edits = {
    remove_vertex: () => operation.remove(op.v),
    remove_edge: () => operation.disconnect(op.from, op.to, op.nr === undefined ? {} : { nr: op.nr }),
    create_edge: () =>
      operation.connect(op.from, mergedName(subject.graph, op.to), op.pos === undefined ? {} : { at: op.pos - 1 }),
    insert: () => operation.insert(op.after, newLayer(op)),
    resize: () => operation.resize(changesOf(op)),
  };
  if (!edits[op.type]) throw new Error(`the edit is not understood, got ${op.type}`);
  const done = await attempt(edits[op.type]().apply());
  return done && { graph: done.graph, weights: done.weights, stages: [...stages, done] };
}

/** "absorb size 5", "invariant", "concat" */
function newLayer({ new: text, outputs }) {
  const [kind] = text.split(" ");
  const size = Number(/\d+/.exec(text)?.[0]);
  const { op, attrs } = nodeOf({ id: "new", kind, inputs: ["x"], size });
  return { name: "new", op, attrs, ...(outputs ? { readers: outputs } : {}) };
}

const utilityTold = (strategy = "") => {
  if (strategy.includes("utility=1:n"))
    return { utility: ({ channels }) => Array.from({ length: channels }, (_, i) => i + 1) };
  if (strategy.includes("utility=n:1"))
    return { utility: ({ channels }) => Array.from({ length: channels }, (_, i) => channels - i) };
  return {};
};

/** The bigger side shrinks, or the smaller one grows, to the size of the other, before the edit. */
async function prepared(state, op, strategy) {
  const subject = { graph: state.graph, weights: state.weights };
  const how = /decreaseBigger|increaseSmaller/i.exec(op.strategy ?? "")?.[0].toLowerCase();
  if (!how) return { subject, stages: state.stages };
  const sizes = sizesOf(state.graph);
  const inputs = name => state.graph.nodes.find(node => node.name === name).inputs;
  const read = name => inputs(name).reduce((sum, input) => sum + sizes[input], 0);
  const sides =
    op.type === "remove_vertex"
      ? [
          [inputs(op.v)[0], sizes[inputs(op.v)[0]]],
          [op.v, sizes[op.v]],
        ]
      : [
          [op.from, sizes[op.from]],
          [op.to, op.type === "remove_edge" ? read(op.to) : sizes[op.to]],
        ];
  const [small, big] = sides.sort((a, b) => a[1] - b[1]);
  if (small[1] === big[1]) return { subject, stages: state.stages };
  const changes = how === "decreasebigger" ? { [big[0]]: { to: small[1] } } : { [small[0]]: { to: big[1] } };
  const done = await attempt(
    operate(subject, { ...strategy, fallback: "refuse" })
      .resize(changes)
      .apply(),
  );
  return done && { subject: { graph: done.graph, weights: done.weights }, stages: [...state.stages, done] };
}

/** A layer of one input that got a second reads their sum. */
const mergedName = (graph, id) => (graph.nodes.some(({ name }) => name === `${id}.sum`) ? `${id}.sum` : id);

function expectations(state, expect, success) {
  const { graph } = state;
  const sizes = sizesOf(graph);
  const inputs = id => graph.nodes.find(({ name }) => name === mergedName(graph, id))?.inputs ?? [];
  const differences = expect.success === undefined ? [] : compare("success", expect.success, success);
  for (const [id, wanted] of Object.entries(expect.inputs ?? {}))
    differences.push(...compare(`inputs of ${id}`, wanted, inputs(id)));
  for (const [id, wanted] of Object.entries(expect.nout ?? {}))
    differences.push(...compare(`size of ${id}`, wanted, sizes[id]));
  for (const [id, wanted] of Object.entries(expect.nin ?? {})) {
    differences.push(
      ...compare(
        `input sizes of ${id}`,
        wanted,
        inputs(id).map(input => sizes[input]),
      ),
    );
  }
  for (const [id, wanted] of Object.entries(expect.indices ?? {})) {
    const found = state.stages.map(stage =>
      id.endsWith(".in") ? columns(stage, id.slice(0, -3)) : indicesOf(stage)[id],
    );
    if (!found.some(list => isDeepStrictEqual(list, wanted)))
      differences.push(...compare(`channels of ${id}`, wanted, found.at(-1)));
  }
  return differences;
}

/** Which columns of the first weight are left, in order. */
function columns({ graph, weights }, id) {
  const { weights: specs } = analyse(graph).placed.find(({ node }) => node.name === id);
  const [rows, count] = specs[0].shape;
  const values = weights[`${id}.weight`];
  return Array.from({ length: count }, (_, column) => {
    const value = Math.max(...Array.from({ length: rows }, (_, row) => values[row * count + column]));
    return value === 0 ? -1 : value;
  });
}

async function runWeights(op, expect, { graph }, vertices) {
  const weights = weightsOf(graph, (row, column, rows) => column * rows + row + 1);
  const utility = ({ name }) =>
    op.utility?.[name] ??
    (Object.hasOwn(graph.nodes.find(node => node.name === name).attrs, "outFeatures") ? 1 : undefined);
  const strategy = { ...demandsOf(vertices), utility, outputs: "free", newOutputs: "zeros", fallback: "refuse" };
  const done = await operate({ graph, weights }, strategy).resize(changesOf(op)).apply();
  const shapes = analyse(done.graph).shapes;
  return Object.entries(expect)
    .filter(([key]) => /^W\d+$/.test(key))
    .flatMap(([key, wanted]) => {
      const id = `v${key.slice(1)}`;
      const values = [...done.weights[`${id}.weight`]];
      const rows = shapes.get(id)[0];
      const width = values.length / rows;
      return compare(
        key,
        wanted,
        Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width)),
      );
    });
}

/** Edits told in words: "all weights 1; a,b multiply by 2,3; x=ones(6)", "relaxed out +2", "from that state: out -3 with utility 1:n". */
async function runTold(told, expect, { graph }, vertices) {
  const [start, ...edits] = told;
  const value = Number(/all weights (\S+?);/.exec(start)[1]);
  const factors = new Map();
  const multiply = /([\w,]+) multiply by ([\d.,]+)/.exec(start);
  for (const [i, id] of (multiply?.[1].split(",") ?? []).entries()) factors.set(id, Number(multiply[2].split(",")[i]));
  const first = { graph, weights: weightsOf(graph, () => value) };
  const outputs = [evaluate(first, factors)];
  let that = first;
  for (const text of edits) {
    const found = /^(?:from that state: )?(relaxed )?(\S+) ([+-]\d+)(?: with utility (\S+))?$/.exec(text);
    if (!found) throw new Error(`the edit is not understood, got ${text}`);
    const [, relaxed, id, by, utility] = found;
    const strategy = {
      ...demandsOf(vertices),
      outputs: "free",
      newOutputs: "zeros",
      ...utilityTold(utility && `utility=${utility}`),
    };
    const done = await operate(that, strategy)
      .resize({ [id]: { by: Number(by), relaxed: relaxed !== undefined } })
      .apply();
    outputs.push(evaluate(done, factors));
    if (!text.startsWith("from that state")) that = { graph: done.graph, weights: done.weights };
  }
  return compare("outputs", expect.outputs, outputs);
}

/** The network's first output for an input of ones. */
function evaluate({ graph, weights }, factors) {
  const values = new Map(graph.inputs.map(({ name, shape }) => [name, Array(shape[0]).fill(1)]));
  for (const { name, op, inputs } of graph.nodes) {
    const given = inputs.map(input => values.get(input));
    const made = {
      linear: () => {
        const weight = weights[`${name}.weight`];
        const count = given[0].length;
        return Array.from({ length: weight.length / count }, (_, row) =>
          given[0].reduce((sum, x, i) => sum + x * weight[row * count + i], 0),
        );
      },
      concat: () => given.flat(),
      add: () => given[0].map((_, i) => given.reduce((sum, one) => sum + one[i], 0)),
      identity: () => given[0],
    }[op]();
    values.set(
      name,
      made.map(value => value * (factors.get(name) ?? 1)),
    );
  }
  return values.get(graph.outputs[0]);
}

function near(what, expected, got) {
  return Math.abs(expected - got) <= 1e-6 * Math.max(1, Math.abs(expected)) ? [] : [{ what, expected, got }];
}
function compare(what, expected, got) {
  return isDeepStrictEqual(expected, got) ? [] : [{ what, expected, got }];
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error("cases: there is no file, got nothing; give the path of a file of cases");
  process.exit(2);
}
const { scenarios } = JSON.parse(readFileSync(file, "utf8"));
let failed = 0;
for (const scenario of scenarios) {
  const differences = await run(scenario).catch(error => [
    { what: "run", expected: "no error", got: error.stack ?? error },
  ]);
  if (differences.length === 0) continue;
  failed++;
  for (const { what, expected, got } of differences) {
    console.log(
      `${scenario.id} ${scenario.name}: ${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`,
    );
  }
}
console.log(`${scenarios.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
