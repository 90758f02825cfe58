/** Published networks, as PyTorch source says them, and a transformer: pruned, and proved to be what they should be. */
import { readFileSync } from "node:fs";
import { graph } from "../../../src/build/index.js";
import { readPyTorch } from "../../../src/formats/pytorch/index.js";
import { freeze, type Graph, verify } from "../../../src/graph/index.js";
import { analyse, figures } from "../../../src/op/index.js";
import { TransformerEncoder } from "../../../src/ops/index.js";
import { deriveSeed, random } from "../../../src/random.js";
import { nativeSession } from "../../../src/runtime/native.js";
import { float32 } from "../../../src/runtime/session.js";
import { type Edited, operate } from "../../../src/surgery/index.js";
import { inferenceModel, initialWeights, parameters, type Weights } from "../../../src/train/index.js";
import { randomInputs } from "../random-network.js";
import { compare, side } from "./aligned.js";

export interface RealModel {
  readonly name: string;
  /** Parameters as its authors, or torchvision, count them. */
  readonly params: number;
  /** As it is used; or as small as it can be, with the very same weights. */
  readonly graph: (size: "whole" | "small") => Graph;
}

/** A file of test/fixtures/pytorch, the network in it, and the least pictures that it takes. */
const ofFile = (name: string, file: string, network: string, params: number, least: number): RealModel => {
  const source = readFileSync(new URL(`../../fixtures/pytorch/${file}.py`, import.meta.url), "utf8");
  return {
    ...{ name, params },
    graph: size => {
      const pixels = size === "whole" ? 224 : least;
      return readPyTorch(source, { inputs: [[3, pixels, pixels]] }).find(one => one.name === network)!;
    },
  };
};

/** The smallest vision transformer of Touvron et al. 2021, with the mean of all patches in place of a word for the class. */
const transformer: RealModel = {
  name: "transformer",
  // DeiT-Ti's 5,717,416, without its 197 learned places and its word for the class.
  params: 5_717_416 - 198 * 192,
  graph: size => {
    const pixels = size === "whole" ? 224 : 32;
    return graph({ x: [3, pixels, pixels] }, ({ x }) => {
      const patches = x
        .conv2d(192, 16, { stride: 16 })
        .reshape([192, (pixels / 16) ** 2])
        .transpose(0, 1);
      const settings = { feedForward: 768, activation: "gelu", normFirst: true, dropout: 0 } as const;
      return {
        y: patches
          .pipe(TransformerEncoder(12, 3, settings))
          .layerNorm({ lastAxes: 1 })
          .mean(0)
          .linear(1000),
      };
    }).graph;
  },
};

export const realModels: readonly RealModel[] = [
  ofFile("ResNet-18", "resnet", "resnet18", 11_689_512, 33),
  ofFile("MobileNetV2", "mobilenet", "MobileNetV2", 3_504_872, 33),
  ofFile("DenseNet-121", "densenet", "DenseNet", 7_978_856, 33),
  ofFile("SqueezeNet 1.0", "squeezenet", "SqueezeNet", 1_248_424, 47),
  ofFile("GoogLeNet", "googlenet", "GoogLeNet", 6_624_904, 33),
  ofFile("ShuffleNetV2", "shufflenet", "shufflenet_v2_x1_0", 2_278_604, 33),
  transformer,
];

export interface Pruned {
  /** Parameters, and multiply-accumulates of a sample. */
  readonly before: Cost;
  readonly after: Cost;
  /** Of the edit alone. */
  readonly seconds: number;
  /** Layers whose shape changed, and all. */
  readonly changed: number;
  readonly layers: number;
  /** Results of nodes that are as with masks, alone and in their places; of them those where rounding is amplified. */
  readonly compared: number;
  readonly amplified: number;
  /** Whether every output is among them: not behind a norm over channels that were cut. */
  readonly outputs: boolean;
  readonly report: string;
}
interface Cost {
  readonly params: number;
  readonly macs: number;
}

/** Values of which no two are alike, statistics of what is positive positive. */
export function drawnWeights(graph: Graph): Weights {
  const source = random(deriveSeed("weights of", graph.name));
  const first = initialWeights(graph, 1);
  return Object.fromEntries(
    parameters(graph).map(({ name, init }) => {
      const values = first[name]!;
      return [name, init.kind === "constant" ? values.map(value => value + 0.5 * source.float()) : values];
    }),
  );
}

/**
 * Prunes to a share of the parameters. Throws where that is exceeded, the network does not run as inferred, or a channel
 * that stays is not connected as it was.
 */
export async function prunedModel(model: RealModel, share: number): Promise<Pruned> {
  const whole = model.graph("whole");
  const weights = drawnWeights(whole);
  const start = performance.now();
  const done = await operate({ graph: whole, weights }).prune({ params: share }).apply();
  const seconds = (performance.now() - start) / 1000;
  verify(done.graph);
  const [before, after] = [figures(whole), figures(done.graph)];
  if (before.params !== model.params) throw new Error(`${before.params} parameters instead of ${model.params}`);
  // Inferred anew: `analyse` remembers what surgery knew.
  if (figures(afresh(done.graph)).params > share * before.params) throw new Error("more parameters than the budget");
  await runs(done);
  const { alone, inPlace, amplified, outputs } = await aligned(model.graph("small"), weights, share, done.weights!);
  return {
    ...{ before, after, seconds, compared: alone + inPlace, amplified, outputs, report: done.report.text },
    ...{ changed: Object.keys(done.report.shapes).length, layers: whole.nodes.length },
  };
}

const afresh = (graph: Graph): Graph => freeze(structuredClone(graph));

/** One sample of the size that it is made for. */
async function runs({ graph, weights }: Edited): Promise<void> {
  const session = await nativeSession(inferenceModel(graph, { weights: weights! }));
  const inputs = randomInputs(graph, 1, 3);
  const feeds = graph.inputs.map(({ name, shape }) => [name, float32(inputs[name]!, [1, ...shape])] as const);
  const outputs = Object.values(await session.run(Object.fromEntries(feeds)));
  await session.release();
  const { shapes } = analyse(graph);
  for (const [i, { dims, data }] of outputs.entries()) {
    const wanted = [1, ...shapes.get(graph.outputs[i]!)!];
    if (String(dims) !== String(wanted)) throw new Error(`output ${i} is [${dims}] where it runs, and not [${wanted}]`);
    if (!(data as Float32Array).every(Number.isFinite)) throw new Error(`output ${i} holds what is no number`);
  }
}

/** On small pictures the same channels are cut; each node is held against the network before, with zeros for masks. */
async function aligned(small: Graph, weights: Weights, share: number, wanted: Weights) {
  const done = await operate({ graph: small, weights }).prune({ params: share }).apply();
  for (const [name, values] of Object.entries(wanted)) {
    const found = done.weights![name];
    if (found?.length !== values.length || !values.every((value, i) => value === found[i]))
      throw new Error(`${name} is cut otherwise in the network of small pictures`);
  }
  const [before, after] = [side(small, weights), side(afresh(done.graph), done.weights!)];
  try {
    return await compare(before, after, done.report.lineage, 1);
  } finally {
    await Promise.all([before.release(), after.release()]);
  }
}
