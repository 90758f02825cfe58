/** A trained network as a file: ONNX with everything inside, or its weights alone. */
import { extname } from "node:path";
import type { Model } from "../fit/index.js";
import { encodeSafetensors } from "../formats/safetensors.js";
import { writeWhole } from "../study/files.js";
import { inferenceModel, parameters } from "../train/index.js";
import { UsageError } from "./failure.js";

export async function saveModel(file: string, { network: { graph }, weights, recipe }: Model): Promise<void> {
  const writers: Readonly<Record<string, () => Uint8Array>> = {
    ".onnx": () => inferenceModel(graph, weights, { type: "uint8", normalise: recipe.normalise }, recipe.loss),
    ".safetensors": () =>
      encodeSafetensors({
        metadata: { network: graph.name },
        tensors: Object.fromEntries(
          parameters(graph).map(({ name, shape }) => [name, { shape, data: weights[name]! }]),
        ),
      }),
  };
  const writer = writers[extname(file)];
  if (!writer)
    throw new UsageError(`train: --out must end in ${Object.keys(writers).join(" or ")}, got ${file}; choose one`);
  writeWhole(file, writer());
}
