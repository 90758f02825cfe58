/**
 * Models in files: network, recipe and history as JSON beside the weights, all in one safetensors file, or in the
 * metadata of an ONNX model that any ONNX Runtime can run. What is loaded predicts the same, bit for bit.
 */
import * as z from "zod";
import { Network } from "../build/network.js";
import {
  decodeModel,
  type External,
  type OnnxReading,
  readOnnx,
  storedTensors,
  withMetadata,
} from "../formats/onnx/index.js";
import { decodeSafetensors, type NamedTensor, safetensorsParts } from "../formats/safetensors.js";
import { freeze, type Graph, graphFromJson } from "../graph/index.js";
import { analyse, type ElementType, elementType, figures, findOp, resolve } from "../op/index.js";
import "../ops/index.js";
import { type Shape, sameShape, show } from "../shape/index.js";
import {
  articleRecipe,
  asTheyStand,
  checkLosses,
  inferenceModel,
  type NumberType,
  parameters,
  type Recipe,
  type Weights,
} from "../train/index.js";
import { type Content, checkSize, ModelError, onnxBytes } from "./file-size.js";
import { recipeOf } from "./recipe-of.js";
import { lossesOf, sourcesOf } from "./samples.js";
import type { FitEpoch } from "./task.js";

export { ModelError } from "./file-size.js";

/** What a file holds. */
export interface SavedModel {
  readonly network: Network;
  readonly weights: Weights;
  readonly recipe: Recipe;
  readonly history: readonly FitEpoch<unknown>[];
  /** Of the samples that it was trained on, one for each input: an ONNX model takes no others. */
  readonly inputTypes: readonly NumberType[];
}

type Tensors = Readonly<Record<string, NamedTensor>>;
type Metadata = Readonly<Record<string, string>>;

/** How a file of another program is read. */
export interface LoadOptions {
  /** Shapes of samples by input, where an ONNX file leaves sizes open. */
  readonly inputs?: Readonly<Record<string, Shape>>;
}
interface Reading extends LoadOptions {
  /** Fetches numbers that lie in files beside the model. */
  readonly external?: External | undefined;
}

interface Format {
  /** Parts of the file, one behind another. */
  readonly encode: (model: SavedModel) => readonly Uint8Array[];
  readonly decode: (content: Content, reading: Reading) => SavedModel;
}

const formats: Readonly<Record<string, Format>> = {
  ".safetensors": {
    encode: model => safetensorsParts({ metadata: metadataOf(model), tensors: tensorsOf(model) }),
    decode: content => {
      const { metadata, tensors } = decodeSafetensors(content);
      return modelOf(metadata, name => (Object.hasOwn(tensors, name) ? tensors[name] : undefined));
    },
  },
  ".onnx": {
    encode: model => {
      const { network, weights, recipe, inputTypes } = model;
      const sources = sourcesOf(inputTypes, recipe);
      const losses = lossesOf(network.graph, recipe);
      checkSize("save", 4 * figures(network.graph).params, "save it as .safetensors");
      const bytes = withMetadata(inferenceModel(network.graph, { weights, sources, losses }), metadataOf(model));
      checkSize("save", bytes.length, "save it as .safetensors");
      return [bytes];
    },
    decode: (content, reading) => {
      const bytes = onnxBytes(content);
      const { metadataProps = [], graph } = decodeModel(bytes);
      const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
      if (metadata.netpick === undefined) return foreignModel(readOnnx(bytes, reading));
      const stored = storedTensors(graph, reading.external);
      return modelOf(metadata, name => {
        const known = stored(name);
        return known?.type === elementType.float32
          ? { shape: known.dims, data: known.data as Float32Array }
          : undefined;
      });
    },
  },
};

/** Of the text in the metadata. */
const version = "1";
function formatOf(doing: "save" | "load", file: string): Format {
  const format = formats[/\.[^./\\]*$/.exec(file)?.[0] ?? ""];
  if (format) return format;
  throw new ModelError(
    `${doing}: a model's file must end in ${Object.keys(formats).join(" or ")}, got ${file}; choose one`,
  );
}

/** Refuses a name that no format has. */
export function checkModelName(file: string, doing: "save" | "load" = "save"): void {
  formatOf(doing, file);
}

/** What a file of that name holds, in parts that stand one behind another; its ending decides the format. */
export const encodedModel = (file: string, model: SavedModel): readonly Uint8Array[] =>
  formatOf("save", file).encode(model);

/** Reads what `encodedModel` made, and ONNX models of other programs; refuses all else in a sentence that names the file. */
export function decodedModel(file: string, content: Content, reading: Reading = {}): SavedModel {
  const format = formatOf("load", file);
  try {
    return format.decode(content, reading);
  } catch (error) {
    const { name, message } = error as Error;
    // A fault that a check did not foresee: some part is of another kind than it should be.
    const said = ["TypeError", "RangeError"].includes(name) ? damaged("its parts must fit together", message) : error;
    throw new ModelError(`load: ${file}: ${(said as Error).message}`, { cause: error });
  }
}

const tensorsOf = ({ network: { graph }, weights }: SavedModel): Tensors =>
  Object.fromEntries(parameters(graph).map(({ name, shape }) => [name, { shape, data: weights[name]! }]));

/** Everything but the weights, as text: what makes a file of weights a model. */
export const metadataOf = ({ network, recipe, history, inputTypes }: SavedModel): Metadata => ({
  netpick: version,
  graph: JSON.stringify(network.graph),
  form: JSON.stringify({
    oneInput: Array.isArray(network.inputs),
    oneOutput: Array.isArray(network.outputs),
    outputNames: network.outputNames,
    inputTypes,
  }),
  recipe: JSON.stringify(recipe),
  history: JSON.stringify(history.map(({ checkpoint: _, ...figures }) => figures)),
});

const form = z.strictObject({
  oneInput: z.boolean(),
  oneOutput: z.boolean(),
  outputNames: z.array(z.string()).min(1),
  inputTypes: z.array(z.enum(["uint8", "float32", "int32"])).min(1),
});
const normalise = z.strictObject({ mean: z.number(), deviation: z.number().positive() });
const count = z.int().positive();
/** What predicting rests on, and what every recipe has; the rest is as it was saved. */
const recipeForm = z.looseObject({
  epochs: count,
  batchSize: count,
  optimizer: z.looseObject({ name: z.string() }),
  loss: z.union([z.string(), z.looseObject({ name: z.string() }), z.array(z.unknown())]),
  normalise: z.union([normalise, z.array(normalise)]),
  seed: z.int(),
});
const historyForm = z.array(z.looseObject({ epoch: count, loss: z.number(), trainSeconds: z.number() }));

type Find = (name: string) => NamedTensor | undefined;

function modelOf(metadata: Metadata, tensor: Find): SavedModel {
  if (metadata.netpick === undefined) {
    throw new ModelError("it must hold a network of netpick, got weights alone; save a model with model.save");
  }
  if (metadata.netpick !== version) {
    throw new ModelError(`it has format ${metadata.netpick}, this netpick reads ${version}; use a newer netpick`);
  }
  const graph = resolve(graphFromJson(partOf(metadata, "graph", z.unknown())));
  const { oneInput, oneOutput, outputNames, inputTypes } = partOf(metadata, "form", form);
  const wrong = outputNames.length !== graph.outputs.length || (oneOutput && outputNames.length > 1);
  if (wrong || inputTypes.length !== graph.inputs.length || (oneInput && graph.inputs.length > 1)) {
    throw damaged("the graph's inputs and outputs must be as its form says", metadata.form);
  }
  const network = networkOf(graph, { oneInput, oneOutput, outputNames });
  const recipe = partOf(metadata, "recipe", recipeForm) as unknown as Recipe;
  if (Array.isArray(recipe.normalise) && recipe.normalise.length !== graph.inputs.length) {
    throw damaged(`normalise must be for ${graph.inputs.length} inputs`, recipe.normalise.length);
  }
  checkLosses(graph, lossesOf(graph, recipe));
  const history = partOf(metadata, "history", historyForm) as unknown as readonly FitEpoch<unknown>[];
  return { network, weights: weightsOf(network, tensor), recipe, history, inputTypes };
}

/** A graph as a network whose inputs and outputs are told by name, or which has but one. */
export function networkOf(
  graph: Graph,
  { oneInput, oneOutput, outputNames }: Pick<z.infer<typeof form>, "oneInput" | "oneOutput" | "outputNames">,
): Network {
  const { shapes } = analyse(graph);
  const inputs = Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape]));
  const outputs = Object.fromEntries(outputNames.map((name, i) => [name, shapes.get(graph.outputs[i]!)!]));
  return new Network(
    graph,
    oneInput ? Object.values(inputs)[0]! : inputs,
    oneOutput ? Object.values(outputs)[0]! : outputs,
    outputNames,
  );
}

/**
 * What another program wrote, as a model: samples enter as they stand, a last softmax is its logarithm (which losses and
 * predictions want), and the recipe is the usual one.
 */
function foreignModel({ graph: read, weights, outputNames, inputTypes }: OnnxReading): SavedModel {
  const graph = withLogarithms(read);
  const names = new Set(outputNames).size === graph.outputs.length ? outputNames : graph.outputs;
  const form = { oneInput: graph.inputs.length === 1, oneOutput: graph.outputs.length === 1, outputNames: names };
  const network = networkOf(graph, { ...form, outputNames: [...names] });
  const types = inputTypes.map(type =>
    type === "float32" || type === "uint8" ? type : isWhole(type) ? "int32" : "float32",
  );
  // Bytes count as 0 to 1 unless told: in the file they are 0 to 255.
  const normalise = types.map(type => (type === "uint8" ? { mean: 0, deviation: 1 / 255 } : asTheyStand));
  const { loss } = recipeOf(network, {});
  const recipe = { ...articleRecipe, loss, normalise: normalise.length === 1 ? normalise[0]! : normalise };
  return { network, weights, recipe, history: [], inputTypes: types };
}

const isWhole = (type: ElementType): boolean => /int|bool/.test(type);

/** Outputs that are probabilities, as their logarithms. */
function withLogarithms(graph: Graph): Graph {
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const nodes = graph.nodes.map(node => {
    const { logarithm } = findOp(node.op);
    return logarithm && graph.outputs.includes(node.name) && !read.has(node.name) ? { ...node, op: logarithm } : node;
  });
  return freeze({ ...graph, nodes });
}

const damaged = (what: string, got: unknown): ModelError =>
  new ModelError(`${what}, got ${got}; the file is damaged or of another program`);

function partOf<T>(metadata: Metadata, part: string, schema: z.ZodType<T>): T {
  const text = metadata[part];
  if (text === undefined) throw damaged(`its metadata must hold ${part}`, "none");
  let value: unknown;
  try {
    // JSON has no NaN: an AUC of one class alone stands as null in the file.
    value = JSON.parse(text, (_, part) => (part === null ? Number.NaN : part));
  } catch {
    throw damaged(`${part} must be JSON`, "something else");
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw damaged(`${part} must be what netpick writes`, read.error.issues[0]!.path.join(".") || "something else");
}

/** The tensors that the network's parameters are, each in its shape. */
function weightsOf({ graph }: Network, tensor: Find): Weights {
  return Object.fromEntries(
    parameters(graph).map(({ name, shape }) => {
      const found = tensor(name);
      if (!found || !sameShape(found.shape, shape) || found.data.length !== shape.reduce((a, b) => a * b, 1)) {
        throw damaged(`${name} of ${graph.name} must be ${show(shape)}`, found ? show(found.shape) : "none");
      }
      return [name, found.data];
    }),
  );
}
