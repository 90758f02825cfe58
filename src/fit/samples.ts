/** Samples as training and scoring take them: plain arrays in the order of the graph's inputs and outputs. */
import type { DataSet, Split, Values } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { float32, int32, type Tensor, uint8 } from "../runtime/session.js";
import { product, type Shape, show } from "../shape/index.js";
import {
  inputPort,
  type Loss,
  type LossChoice,
  lossOf,
  type NumberType,
  outputShape,
  type Recipe,
  type Source,
  type TargetSource,
  TrainError,
  targetPort,
  targetShape,
} from "../train/index.js";
import { checkPlaces } from "./places.js";

export interface Samples {
  readonly count: number;
  /** One for each input. */
  readonly inputs: readonly Values[];
  /** One for each output; nothing where its loss looks at no target. */
  readonly targets: readonly (Values | undefined)[];
}
/** What a training is given. */
export interface TrainData {
  readonly train: Samples;
  readonly test?: Samples;
  /** What the outputs are called in figures; the names in the graph unless told. */
  readonly outputNames?: readonly string[];
}
type Judged = Pick<Recipe, "loss" | "normalise">;

export const splitSamples = ({ count, inputs, labels }: Split): Samples => ({
  count,
  inputs: [inputs],
  targets: [labels],
});

/** A data set of classes for a network of one input and one output; empty splits are left out. */
export const dataSetSamples = ({ train, test }: DataSet): TrainData => ({
  train: splitSamples(train),
  ...(test.count > 0 && { test: splitSamples(test) }),
});

/** One loss for each output. */
export const lossesOf = (graph: Graph, { loss }: Pick<Recipe, "loss">): readonly LossChoice[] =>
  isList(loss) ? loss : graph.outputs.map(() => loss);
const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

export const numberType = (values: Values): NumberType =>
  values instanceof Float32Array ? "float32" : values instanceof Int32Array ? "int32" : "uint8";

/** Types of the samples, one for each input. */
export const typesOf = ({ inputs }: Samples): NumberType[] => inputs.map(numberType);

/** How samples of these types enter a model. */
export const sourcesOf = (types: readonly NumberType[], { normalise }: Pick<Recipe, "normalise">): Source[] =>
  types.map((type, i) => ({ type, normalise: isList(normalise) ? normalise[i]! : normalise }));

/** How the targets enter a model. */
export const targetsOf = (graph: Graph, { targets }: Samples, recipe: Judged): (TargetSource | undefined)[] =>
  lossesOf(graph, recipe).map((choice, i) => {
    const [loss, values] = [lossOf(choice), targets[i]];
    if (values === undefined || loss.alone) return undefined;
    return { type: numberType(values), kind: targetKind(loss, values, outputShape(graph, i)) };
  });

/** Whole numbers are classes where the loss compares classes and there are several scores; else targets are values. */
function targetKind({ against }: Loss, values: Values, shape: Shape) {
  if (values instanceof Float32Array || !against.includes("classes")) return "values";
  return against.includes("values") && product(shape) === 1 ? "values" : "classes";
}

/** Samples `start` to `end` as a model's inputs: named `input/...` and `target/...`, or inputs by their own names. */
export function feedsOf(
  graph: Graph,
  samples: Samples,
  targets: readonly (TargetSource | undefined)[],
  { start = 0, end = samples.count, ownNames = false } = {},
): Record<string, Tensor> {
  const part = (values: Values, shape: Shape): Tensor => {
    const elements = product(shape);
    return tensorOf(values.subarray(start * elements, end * elements), [end - start, ...shape]);
  };
  const inputs = graph.inputs.map(
    ({ name, shape }, i) => [ownNames ? name : inputPort(graph, i), part(samples.inputs[i]!, shape)] as const,
  );
  const compared = targets.flatMap((target, i) =>
    target ? [[targetPort(i), part(samples.targets[i]!, targetShape(graph, i, target.kind))] as const] : [],
  );
  return Object.fromEntries([...inputs, ...compared]);
}

function tensorOf(values: Values, dims: readonly number[]): Tensor {
  if (values instanceof Float32Array) return float32(values, dims);
  return values instanceof Int32Array ? int32(values, dims) : uint8(values, dims);
}

/** Refuses samples that are not what the network takes. */
export function checkInputs(graph: Graph, { inputs, count }: Samples): void {
  for (const [i, { name, shape }] of graph.inputs.entries()) {
    checkLength(`inputs of ${name}`, inputs[i]!, count, shape);
    checkFinite(`inputs of ${name}`, inputs[i]!, product(shape));
    checkPlaces(graph, name, inputs[i]!, product(shape));
  }
}

/** Refuses samples that are not what the network takes, and targets that its losses cannot compare with. */
export function checkSamples(graph: Graph, samples: Samples, recipe: Judged): void {
  checkInputs(graph, samples);
  const choices = lossesOf(graph, recipe);
  const sources = targetsOf(graph, samples, recipe);
  for (const [i, name] of graph.outputs.entries()) {
    const loss = lossOf(choices[i]!);
    if (loss.alone) continue;
    const [values, source] = [samples.targets[i], sources[i]];
    if (!values || !source) {
      throw new TrainError(`train: ${loss.name} compares ${name} with targets, got none; give targets for ${name}`);
    }
    if (!loss.against.includes(source.kind)) {
      throw new TrainError(
        `train: ${loss.name} compares ${name} with class numbers, got numbers with fractions; give a Uint8Array or Int32Array, or choose another loss`,
      );
    }
    const what = `targets of ${name}`;
    const shape = targetShape(graph, i, source.kind);
    const ofClasses = source.kind === "values" && values.length === samples.count;
    checkLength(what, values, samples.count, shape, ofClasses ? classNumbers : undefined);
    if (source.kind === "classes") checkLabels(values, outputShape(graph, i));
    else checkFinite(what, values, product(shape));
  }
}

const classNumbers = "class numbers are a Uint8Array or Int32Array and want a loss of classes, e.g. crossEntropy";

function checkLength(
  what: string,
  values: Values,
  count: number,
  shape: Shape,
  mend = "give whole samples, as many for every input and target",
): void {
  if (values.length === count * product(shape)) return;
  const wanted = `${count} samples of ${show(shape)}, ${count * product(shape)} numbers`;
  throw new TrainError(`train: ${what} must be ${wanted}, got ${values.length}; ${mend}`);
}

/** One NaN among the data makes every weight NaN in one step. */
function checkFinite(what: string, values: Values, elements: number): void {
  if (!(values instanceof Float32Array)) return;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new TrainError(
      `train: ${what} must be finite numbers, got ${values[i]} at ${i % elements} of sample ${Math.floor(i / elements)}; correct the data`,
    );
  }
}

function checkLabels(labels: Values, [classes, ...places]: Shape): void {
  const strange = labels.findIndex(label => label < 0 || label >= classes!);
  if (strange < 0) return;
  throw new TrainError(
    `train: labels must be ${labels[strange]! < 0 ? "0 or more and " : ""}below ${classes}, the number of scores, got ${labels[strange]} for sample ${Math.floor(strange / product(places))}; give the network a score for every class`,
  );
}
