/** A trained network as a file: ONNX with everything inside, or its weights alone. */
import { accessSync, constants } from "node:fs";
import { dirname, extname } from "node:path";
import type { Model } from "../fit/index.js";
import { encodeSafetensors } from "../formats/safetensors.js";
import { writeWhole } from "../study/index.js";
import { inferenceModel, type LossChoice, type Normalise, parameters } from "../train/index.js";
import { cannotWrite, UsageError } from "./failure.js";

const encoders: Readonly<Record<string, (model: Model) => Uint8Array>> = {
  ".onnx": ({ network: { graph }, weights, recipe }) =>
    inferenceModel(graph, {
      weights,
      sources: [{ type: "uint8", normalise: recipe.normalise as Normalise }],
      losses: [recipe.loss as LossChoice],
    }),
  ".safetensors": ({ network: { graph }, weights }) =>
    encodeSafetensors({
      metadata: { network: graph.name },
      tensors: Object.fromEntries(parameters(graph).map(({ name, shape }) => [name, { shape, data: weights[name]! }])),
    }),
};

/** What writes models to this file; one that cannot be written is refused before anything is trained. */
export function modelWriter(file: string): (model: Model) => void {
  const encode = encoders[extname(file)];
  if (!encode) {
    throw new UsageError(`train: --out must end in ${Object.keys(encoders).join(" or ")}, got ${file}; choose one`);
  }
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw cannotWrite("train", file, error);
  }
  return model => {
    try {
      writeWhole(file, encode(model));
    } catch (error) {
      throw cannotWrite("train", file, error);
    }
  };
}
