/** One step of training: the gradients of a batch, or the mean of several batches', and the update. The body of the Loop. */
import { type ElementType, type GraphBuilder, onnxBuilder, type Port } from "../formats/onnx/index.js";
import type { Graph } from "../graph/index.js";
import type { Value } from "../op/index.js";
import { deriveSeed } from "../random.js";
import { augmented, augmentOf } from "./augment.js";
import { clipped } from "./clip.js";
import { type CarriedTensor, type Learning, slotName } from "./learning.js";
import type { Target } from "./losses.js";
import { parameters } from "./parameters.js";
import { backwardPass, forwardPass } from "./pass.js";
import { inputPort, prepare, prepareTarget, targetPort } from "./source.js";
import { totalLoss } from "./total-loss.js";
import type { TrainingOptions } from "./training-model.js";

/** What a step needs to know of the whole. */
interface Setting {
  readonly graph: Graph;
  readonly learned: Learning["learned"];
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
  /** Of what learns. */
  readonly gradients: ReadonlyMap<string, Value>;
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

export function trainingStep(
  graph: Graph,
  carried: readonly CarriedTensor[],
  { optimizers, learned, kept }: Learning,
  options: TrainingOptions,
) {
  const emit = onnxBuilder("step/");
  const setting: Setting = { graph, learned, kept, options };
  const chosen = emit.op("Gather", ["rows", "iteration"]);
  const batch = (options.accumulate ?? 1) > 1 ? undefined : batchAt(emit, chosen, setting);
  const row = emit.op("Gather", ["coefficients", "iteration"]);
  let place = 0;
  const coefficients = optimizers.map(one =>
    one.coefficients(1).map(() => emit.op("Gather", [row, emit.ints(place++)])),
  );
  const part = batch ? onBatch(emit, batch, now, setting) : onBatches(emit, chosen, setting);
  const gradients = clipped(emit, part.gradients, options.clip);

  const next = new Map<string, Value>(part.carried);
  for (const { parameter, by } of learned) {
    const slots = optimizers[by]!.slots.map(slot => slotName(parameter, slot));
    const updated = optimizers[by]!.update(emit, {
      weight: now(parameter.name),
      gradient: gradients.get(parameter.name)!,
      slots: slots.map(now),
      coefficients: coefficients[by]!,
    });
    next.set(parameter.name, updated.weight);
    for (const [i, slot] of slots.entries()) next.set(slot, updated.slots[i]!);
  }
  const goOn = emit.op("Identity", ["condition"]);
  return emit.graph(
    "step",
    [scalar("iteration", "int64"), scalar("condition", "bool"), ...carried.map(one => tensor(now(one.name), one))],
    [
      scalar(goOn, "bool"),
      ...carried.map(one => tensor(next.get(one.name) ?? emit.op("Identity", [now(one.name)]), one)),
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
function onBatch(
  emit: GraphBuilder,
  { samples, targets }: Batch,
  weight: (name: string) => Value,
  { graph, learned, kept, options }: Setting,
): Part {
  const pass = forwardPass(emit, graph, samples, { weight, training: true, seed: options.seed, kept });
  const outputs = graph.outputs.map(name => pass.values.get(name)!);
  const { loss, gradients: arriving } = totalLoss(emit, graph, options.losses, outputs, targets);
  const names = new Set(learned.map(({ parameter }) => parameter.name));
  const gradients = backwardPass(emit, graph, pass, {
    gradients: arriving,
    weight,
    learns: name => names.has(name),
  });
  return { loss, gradients, carried: pass.carried };
}

/** The mean over batches of equal size, `rows` [batches, batch]: a Loop that carries the sums and running statistics. */
function onBatches(outer: GraphBuilder, rows: Value, setting: Setting): Part {
  const { graph, learned } = setting;
  const sums = learned.map(({ parameter }) => parameter);
  const statistics = parameters(graph).filter(({ trainable }) => !trainable);
  const [sumOf, statisticOf] = [(name: string): Value => `sum/${name}`, (name: string): Value => `latest/${name}`];
  const renewed = new Set(statistics.map(({ name }) => name));

  const emit = onnxBuilder("batch/");
  const batch = batchAt(emit, emit.op("Gather", [rows, "part"]), setting);
  const part = onBatch(emit, batch, name => (renewed.has(name) ? statisticOf(name) : now(name)), setting);
  const goOn = emit.op("Identity", ["more"]);
  const body = emit.graph(
    "batch",
    [
      scalar("part", "int64"),
      scalar("more", "bool"),
      ...sums.map(one => tensor(sumOf(one.name), one)),
      ...statistics.map(one => tensor(statisticOf(one.name), one)),
    ],
    [
      scalar(goOn, "bool"),
      ...sums.map(one => tensor(emit.op("Add", [sumOf(one.name), part.gradients.get(one.name)!]), one)),
      ...statistics.map(one => tensor(part.carried.get(one.name) ?? emit.op("Identity", [statisticOf(one.name)]), one)),
      scalar(part.loss, "float32"),
    ],
  );

  const trip = outer.op("Squeeze", [outer.op("Slice", [outer.op("Shape", [rows]), outer.ints([0]), outer.ints([1])])]);
  const zeros = sums.map(({ shape }) => outer.op("ConstantOfShape", [outer.ints(shape)]));
  const results = outer.loop(trip, [...zeros, ...statistics.map(({ name }) => now(name))], body);
  const count = outer.op("Cast", [trip], { to: 1 });
  return {
    loss: outer.op("ReduceMean", [results.at(-1)!], { keepdims: 0 }),
    gradients: new Map(sums.map(({ name }, i) => [name, outer.op("Div", [results[i]!, count])])),
    carried: new Map(statistics.map(({ name }, i) => [name, results[sums.length + i]!])),
  };
}
