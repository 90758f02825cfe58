/** The weights that go with a network in a file: inside a saved model, or in the safetensors file beside it. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileParts, readModel } from "../fit/disk.js";
import { ModelError } from "../fit/model-file.js";
import { stateDictNames } from "../formats/pytorch/index.js";
import { decodeSafetensors, type NamedTensor, SafetensorsError } from "../formats/safetensors.js";
import type { Graph } from "../graph/index.js";
import { sameShape, show } from "../shape/index.js";
import { parameters, type Weights } from "../train/index.js";
import { FileError } from "./failure.js";
import { readOtherOnnx } from "./onnx-file.js";

/** `net.py` has its weights in `net.safetensors`. */
export const besideFile = (file: string): string => `${file.slice(0, -extname(file).length)}.safetensors`;

/** Whether there is such a file, of weights with their network and recipe. */
export function holdsModel(file: string): boolean {
  try {
    return decodeSafetensors(fileParts(file)).metadata.netpick !== undefined;
  } catch {
    return false;
  }
}

/** Undefined where there are none. */
export function weightsOf(file: string, graph: Graph): Weights | undefined {
  const inside = [".safetensors", ".onnx"].includes(extname(file));
  const beside = besideFile(file);
  if (!inside && !existsSync(beside)) return undefined;
  try {
    const other =
      extname(file) === ".onnx"
        ? readOtherOnnx(
            file,
            graph.inputs.map(({ shape }) => shape),
          )
        : undefined;
    if (inside) return other?.weights ?? readModel(file).weights;
    const { tensors } = decodeSafetensors(fileParts(beside));
    return Object.fromEntries(
      parameters(graph).map(({ name, shape }) => [name, find(beside, graph, tensors, name, shape)]),
    );
  } catch (error) {
    if (error instanceof ModelError || error instanceof SafetensorsError)
      throw new FileError(`${beside}: ${error.message}`);
    throw error;
  }
}

const withoutOnes = (shape: readonly number[]): readonly number[] => {
  const first = shape.findIndex(size => size !== 1);
  return first < 0 ? [] : shape.slice(first);
};

/** A tensor by netpick's name, or as a state dict calls it: that of the network's own file, or of one that was written. */
function find(
  file: string,
  graph: Graph,
  tensors: Readonly<Record<string, NamedTensor>>,
  name: string,
  shape: readonly number[],
): Float32Array {
  const inState = stateDictNames(graph, new Map()).get(name)!;
  const tensor = [name, inState, stateDictNames(graph).get(name)!]
    .map(key => tensors[key])
    .find(one => one !== undefined);
  if (!tensor) {
    const known = Object.keys(tensors).slice(0, 8).join(", ");
    throw new FileError(`${file}: a weight of the network is missing, got no ${inState}; there are ${known}`);
  }
  // A parameter of PyTorch's may have a 1 in front, where the batch stands.
  if (sameShape(withoutOnes(tensor.shape), withoutOnes(shape))) return tensor.data;
  throw new FileError(
    `${file}: ${inState} must be ${show(shape)}, got ${show(tensor.shape)}; give the weights of this network`,
  );
}
