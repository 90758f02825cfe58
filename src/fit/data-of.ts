/** The data that users hand over, as samples in the graph's order; what cannot be meant is refused in a sentence. */
import type { Network } from "../build/network.js";
import type { DataSet, Examples, Split, Values } from "../data/data-set.js";
import { nearest } from "../nearest.js";
import { product } from "../shape/index.js";
import { outputShape, TrainError } from "../train/index.js";
import { checkFit } from "./check-fit.js";
import { checkData } from "./check-input.js";
import { dataSetSamples, type Samples, splitSamples, type TrainData } from "./samples.js";

export type FitData = DataSet | Split | Examples;

/** Training data, and test data where a data set has them. */
export function dataOf(network: Network, data: FitData): TrainData {
  const { graph, outputNames } = network;
  if (isExamples(data)) return { train: samplesOf(network, data), outputNames };
  const set = dataSetOf(network, data);
  return { ...dataSetSamples(checkFit(graph, set)), outputNames };
}

/** Samples and what their outputs should be. */
export function samplesOf(network: Network, data: Split | Examples): Samples {
  if (!isExamples(data)) {
    checkData(data, product(network.graph.inputs[0]!.shape));
    return splitSamples(data);
  }
  return {
    ...inputsOf(network, data.inputs, "fit"),
    // Losses that look at no target want none: whether one is missing is asked where losses are known.
    targets: listed("fit: targets", data.targets, network.outputNames, { optional: true }),
  };
}

/** Inputs alone. */
export function inputsOf(network: Network, inputs: Examples["inputs"], where: string): Samples {
  const { graph } = network;
  const names = graph.inputs.map(({ name }) => name);
  const values = listed(`${where}: inputs`, inputs, names) as Values[];
  const elements = product(graph.inputs[0]!.shape);
  const count = values[0]!.length / elements;
  if (count === 0) throw new TrainError(`${where}: there are no samples, got 0 numbers; give at least one sample`);
  if (!(Number.isSafeInteger(count) && count > 0)) {
    throw new TrainError(
      `${where}: a sample has ${elements} elements, got ${values[0]!.length} in all; give whole samples`,
    );
  }
  return { count, inputs: values, targets: graph.outputs.map(() => undefined) };
}

function listed(
  what: string,
  given: Examples["inputs"],
  names: readonly string[],
  { optional = false } = {},
): (Values | undefined)[] {
  if (typeof given !== "object" || given === null) {
    throw new TrainError(`${what} must be numbers, or numbers by name, got ${given}; give arrays`);
  }
  if (isValues(given)) {
    if (names.length === 1) return [given];
    throw new TrainError(`${what} must be given by name, got one array; give ${names.join(", ")}`);
  }
  if (Array.isArray(given) || ArrayBuffer.isView(given)) {
    throw new TrainError(
      `${what} must be a Float32Array, Uint8Array or Int32Array, got ${given.constructor.name}; give Float32Array.from(...), every sample's numbers one after another`,
    );
  }
  const unknown = Object.keys(given).find(name => !names.includes(name));
  if (unknown !== undefined)
    throw new TrainError(`${what} have no ${unknown}, got ${unknown}; ${nearest(unknown, names)}`);
  return names.map(name => {
    const values: unknown = given[name];
    if (optional && values === undefined) return undefined;
    if (isValues(values)) return values;
    throw new TrainError(
      `${what} of ${name} must be a Uint8Array, Float32Array or Int32Array, got ${values === undefined ? "none" : "something else"}; give one`,
    );
  });
}

const isValues = (values: unknown): values is Values =>
  values instanceof Uint8Array || values instanceof Float32Array || values instanceof Int32Array;

const isExamples = (data: FitData): data is Examples => typeof data === "object" && data !== null && "targets" in data;

function dataSetOf({ graph }: Network, data: DataSet | Split): DataSet {
  checkData(data, product(graph.inputs[0]!.shape));
  if ("train" in data) return data;
  const classes = outputShape(graph, 0).at(-1)!;
  const none: Split = { count: 0, inputs: new Uint8Array(), labels: new Uint8Array() };
  return { name: "samples", hash: "", inputShape: graph.inputs[0]!.shape, classes, train: data, test: none };
}
