/** One step of training: the gradients of a batch, or the mean of several batches', and the update. The body of the Loop. */
import { type GraphBuilder, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import type { ElementType, Value } from "../op/index.js";
import { deriveSeed } from "../random.js";
import { augmented, augmentOf } from "./augment.js";
import { clipped } from "./clip.js";
import type { CarriedTensor, Learning } from "./learning.js";
import type { Target } from "./losses.js";
import { type Pack, packed, unpacked } from "./packs.js";
import { parameters } from "./parameters.js";
import { backwardPass, forwardPass } from "./pass.js";
import { inputPort, prepare, prepareTarget, targetPort } from "./source.js";
import { totalLoss } from "./total-loss.js";
import type { TrainingOptions } from "./training-model.js";

/** What a step needs to know of the whole. */
interface Setting {
  readonly graph: Graph;
  readonly packs: readonly Pack[];
  /** ONNX value of a parameter. */
  readonly weight: (name: string) => Value;
  readonly kept: Learning["kept"];
  readonly options: TrainingOptions;
}
interface Batch {
  /** By input. */
  readonly samples: ReadonlyMap<string, Value>;
  /** In the order of the outputs. */
  readonly targets: readonly (Target | undefined)[];
}
/** What a batch, or several, gave. */
interface Part {
  readonly loss: Value;
  /** One for every pack. */
  readonly gradients: readonly Value[];
  /** New values of parameters that are carried and not learned. */
  readonly carried: ReadonlyMap<string, Value>;
}

const scalar = (name: string, type: ElementType): Port => ({ name, type, dims: [] });
const tensor = (name: string, { shape }: Pick<CarriedTensor, "shape">): Port => ({
  name,
  type: "float32",
  dims: shape,
});
const now = (name: string): Value => `now/${name}`;

/** All that is decided before a step is written. */
export interface Planned {
  readonly graph: Graph;
  readonly plan: Learning;
  readonly packs: readonly Pack[];
  readonly options: TrainingOptions;
}

/** The gradients of the samples whose rows are chosen, clipped. */
export function gradients(
  emit: GraphBuilder,
  { graph, plan, packs, options }: Planned,
  rows: Value,
  weight: (parameter: string) => Value,
): Part {
  const setting: Setting = { graph, packs, weight, kept: plan.kept, options };
  const part = (options.accumulate ?? 1) > 1 ? onBatches(emit, rows, setting) : onBatch(emit, rows, setting);
  return { ...part, gradients: clipped(emit, part.gradients, options.clip) };
}

/** The body of the Loop; it carries the packs' tensors, then the parameters that do not learn. */
export function trainingStep(planned: Planned) {
  const emit = onnxBuilder("step/");
  const {
    plan: { still },
    packs,
  } = planned;
  const weights = new Map(still.map(({ name }) => [name, now(name)]));
  for (const pack of packs) {
    const values = unpacked(emit, now(pack.tensors[0]!.name), pack);
    for (const [i, { name }] of pack.parameters.entries()) weights.set(name, values[i]!);
  }
  const part = gradients(emit, planned, emit.op("Gather", ["rows", "iteration"]), name => weights.get(name)!);
  const row = emit.op("Gather", ["coefficients", "iteration"]);
  const updated = packs.flatMap(({ optimizer, coefficients, tensors: [weights, ...slots] }, i) => {
    const next = optimizer.update(emit, {
      weight: now(weights!.name),
      gradient: part.gradients[i]!,
      slots: slots.map(({ name }) => now(name)),
      coefficients: coefficients.map(place => emit.op("Gather", [row, emit.ints(place)])),
    });
    return [next.weight, ...next.slots];
  });
  const goOn = emit.op("Identity", ["condition"]);
  const carried = packs.flatMap(({ tensors, shape }) => tensors.map(({ name }) => ({ name, shape })));
  return emit.graph(
    "step",
    [
      scalar("iteration", "int64"),
      scalar("condition", "bool"),
      ...[...carried, ...still].map(one => tensor(now(one.name), one)),
    ],
    [
      scalar(goOn, "bool"),
      ...carried.map((one, i) => tensor(updated[i]!, one)),
      ...still.map(one => tensor(part.carried.get(one.name) ?? emit.op("Identity", [now(one.name)]), one)),
      scalar(part.loss, "float32"),
    ],
  );
}

function batchAt(emit: GraphBuilder, rows: Value, { graph, options }: Setting): Batch {
  const taken = (port: string): Value => emit.op("Gather", [port, rows]);
  const changes = augmentOf(graph.inputs, options.sources, options.augment);
  const samplesOf = (i: number): Value => {
    const { normalise } = options.sources[i]!;
    const samples = prepare(emit, taken(inputPort(graph, i)), options.sources[i]!);
    const seed = deriveSeed("input", options.seed, i);
    return augmented(emit, samples, changes[i]!, { shape: graph.inputs[i]!.shape, normalise, seed });
  };
  return {
    samples: new Map(graph.inputs.map(({ name }, i) => [name, samplesOf(i)])),
    targets: options.targets.map((target, i) => target && prepareTarget(emit, taken(targetPort(i)), target)),
  };
}

/** Forward pass, loss and backward pass. */
function onBatch(emit: GraphBuilder, rows: Value, setting: Setting): Part {
  const { graph, packs, weight, kept, options } = setting;
  const { samples, targets } = batchAt(emit, rows, setting);
  const pass = forwardPass(emit, graph, samples, {
    ...{ weight, kept },
    ...{ training: true, batch: options.batch, seed: options.seed },
  });
  const outputs = graph.outputs.map(name => pass.forms.get(name));
  const { loss, gradients: arriving } = totalLoss(emit, graph, options.losses, outputs, targets);
  const names = new Set(packs.flatMap(pack => pack.parameters.map(({ name }) => name)));
  const gradients = backwardPass(emit, graph, pass, { gradients: arriving, weight, learns: name => names.has(name) });
  return {
    loss,
    gradients: packs.map(pack =>
      packed(
        emit,
        pack.parameters.map(({ name }) => gradients.get(name)!),
      ),
    ),
    carried: pass.carried,
  };
}

/** The mean over batches of equal size, `rows` [batches, batch]: a Loop that carries the sums and running statistics. */
function onBatches(outer: GraphBuilder, rows: Value, setting: Setting): Part {
  const { graph, packs } = setting;
  const statistics = parameters(graph).filter(({ trainable }) => !trainable);
  const [sumOf, statisticOf] = [(i: number): Value => `sum/${i}`, (name: string): Value => `latest/${name}`];
  const renewed = new Set(statistics.map(({ name }) => name));
  const sums = packs.map(({ shape }, i) => ({ name: sumOf(i), shape }));

  const emit = onnxBuilder("batch/");
  const weight = (name: string): Value => (renewed.has(name) ? statisticOf(name) : setting.weight(name));
  const part = onBatch(emit, emit.op("Gather", [rows, "part"]), { ...setting, weight });
  const goOn = emit.op("Identity", ["more"]);
  const body = emit.graph(
    "batch",
    [
      scalar("part", "int64"),
      scalar("more", "bool"),
      ...sums.map(one => tensor(one.name, one)),
      ...statistics.map(one => tensor(statisticOf(one.name), one)),
    ],
    [
      scalar(goOn, "bool"),
      ...sums.map((one, i) => tensor(emit.op("Add", [one.name, part.gradients[i]!]), one)),
      ...statistics.map(one => tensor(part.carried.get(one.name) ?? emit.op("Identity", [statisticOf(one.name)]), one)),
      scalar(part.loss, "float32"),
    ],
  );

  const trip = outer.op("Squeeze", [outer.op("Slice", [outer.op("Shape", [rows]), outer.ints([0]), outer.ints([1])])]);
  const zeros = sums.map(({ shape }) => outer.op("ConstantOfShape", [outer.ints(shape)]));
  const results = outer.loop(trip, [...zeros, ...statistics.map(({ name }) => setting.weight(name))], body);
  const count = outer.op("Cast", [trip], { to: 1 });
  return {
    loss: outer.op("ReduceMean", [results.at(-1)!], { keepdims: 0 }),
    gradients: sums.map((_, i) => outer.op("Div", [results[i]!, count])),
    carried: new Map(statistics.map(({ name }, i) => [name, results[sums.length + i]!])),
  };
}
