// Every reader of files that somebody else may have written: seeds, how they are changed, how they are read, and whether a
// refusal is our own and names the place.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Network } from "../../dist/build/network.js";
import { FileError } from "../../dist/cli/failure.js";
import { readNetworks } from "../../dist/cli/read-networks.js";
import { DataError, readIdx } from "../../dist/data/index.js";
import { readModel, writeModel } from "../../dist/fit/disk.js";
import { ModelError } from "../../dist/fit/index.js";
import { readLayerStrings } from "../../dist/formats/layer-string/index.js";
import { OnnxError, readOnnx, withMetadata } from "../../dist/formats/onnx/index.js";
import { PyTorchError, readPyTorch, readPyTorchFile } from "../../dist/formats/pytorch/index.js";
import { decodeSafetensors, encodeSafetensors, SafetensorsError } from "../../dist/formats/safetensors.js";
import { drawLayerStrings, netpickingNetworks } from "../../dist/generate/index.js";
import { StudyError } from "../../dist/study/error.js";
import { readScores, writeScores } from "../../dist/study/scores.js";
import { articleRecipe, inferenceModel, initialWeights } from "../../dist/train/index.js";
import { layerPieces, mutatedBytes, mutatedJson, mutatedText, pythonPieces } from "./mutate.mjs";
import { projects } from "./projects.mjs";

const fixture = name => readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url), "utf8");
/** Readers that want a path read this one. */
const file = ending => join(tmpdir(), `netpick-fuzz-${process.pid}${ending}`);

/** Networks whose files are small, of many kinds of layers. */
function networks() {
  const sources = readdirSync(new URL("sources/", import.meta.url)).map(name =>
    readFileSync(new URL(`sources/${name}`, import.meta.url), "utf8"),
  );
  const drawn = [...netpickingNetworks({ n: 24, seed: 3, limits: { params: 10_000 } })].map(({ graph }) => graph);
  return [...sources.flatMap(text => readPyTorch(text)), ...drawn];
}

const text = (pieces, seeds) => ({
  seeds,
  mutate: (random, seed) => mutatedText(random, seed, pieces),
});
const json = seeds => ({ ending: ".json", seeds, mutate: mutatedJson, ...throughFile(".json", FileError) });
const bytes = (ending, seeds) => ({ ending, seeds, mutate: mutatedBytes });

/** Reads as `netpick check` does. */
const throughFile = (ending, kind) => ({
  read: input => {
    writeFileSync(file(ending), input);
    return readNetworks(file(ending));
  },
  refuses: error => error instanceof kind && error.message.startsWith(`${file(ending)}: `),
});

const saved = graph => ({
  network: new Network(graph, graph.inputs[0].shape, [10], ["out"]),
  weights: initialWeights(graph, 1),
  recipe: { ...articleRecipe, normalise: { mean: 0.1, deviation: 0.3 } },
  history: [],
  inputTypes: ["float32"],
});
const model = ending => ({
  ...bytes(ending, () =>
    networks().map(graph => {
      writeModel(file(ending), saved(graph));
      return readFileSync(file(ending));
    }),
  ),
  read: input => {
    writeFileSync(file(ending), input);
    return readModel(file(ending));
  },
  refuses: error => error instanceof ModelError && error.message.startsWith(`load: ${file(ending)}: `),
});

/** A file of MNIST's form. */
function idx(dims) {
  const head = Buffer.alloc(4 + 4 * dims.length);
  head.writeUInt16BE(8, 1);
  head[2] = 8;
  head[3] = dims.length;
  for (const [i, dim] of dims.entries()) head.writeUInt32BE(dim, 4 + 4 * i);
  const elements = Buffer.alloc(dims.reduce((a, b) => a * b, 1)).map((_, i) => (i * 37) % 251);
  return Buffer.concat([head, elements]);
}

/** What stands in front of 5 GB of tensors, in which every place is beyond 32 bits but the first. */
function largeFront() {
  const shapes = { "a.weight": [25_000, 25_000], "a.bias": [25_000], "b.weight": [2, 312_500_000], "b.bias": [2] };
  let end = 0;
  const header = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const json = Buffer.from(JSON.stringify({ __metadata__: { writer: "netpick" }, ...Object.fromEntries(header) }));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return { front: Buffer.concat([size, json]), tensors: end };
}
const large = largeFront();
/** A file of that front and of tensors, of which none is made; who asks for what is not in it finds a fault. */
const largeFile = front => {
  const length = front.length + large.tensors;
  return {
    length,
    part: (at, count) => {
      if (!(at >= 0 && count >= 0 && at + count <= length))
        throw new RangeError(`no part ${at}, ${count} of ${length}`);
      if (at > 8) return new Uint8Array();
      const bytes = new Uint8Array(count);
      bytes.set(front.subarray(at, at + count));
      return bytes;
    },
  };
};

const scored = { items: 20, classes: 3 };
function scores() {
  const labels = Uint8Array.from({ length: scored.items }, (_, i) => i % scored.classes);
  const epochs = [1, 2].map(epoch => Float32Array.from({ length: 60 }, (_, i) => -Math.abs(Math.sin(i * epoch))));
  writeScores(file(".parquet"), { classes: scored.classes, labels, epochs });
  return readFileSync(file(".parquet"));
}

/** A file of which some networks are read and others refused is refused. */
const refusedFirst = ({ errors }) => {
  if (errors.length > 0) throw errors[0];
};

export const parsers = {
  "PyTorch source": {
    ending: ".py",
    ...text(pythonPieces, () =>
      [...readdirSync(new URL("../../test/fixtures/pytorch/", import.meta.url)).map(name => `pytorch/${name}`)]
        .map(fixture)
        .concat(
          readdirSync(new URL("sources/", import.meta.url)).map(name => fixture(`../../scripts/fuzz/sources/${name}`)),
        ),
    ),
    read: input => refusedFirst(readPyTorchFile(input, { inputs: [[3, 32, 32]] })),
    refuses: (error, input) =>
      error instanceof PyTorchError &&
      error.line <= input.split("\n").length &&
      error.column >= 1 &&
      error.message.startsWith(`model.py:${error.line}:${error.column}: `) &&
      sentence.test(error.sentence),
  },
  "PyTorch projects": projects,
  "layer strings": {
    ending: ".txt",
    ...text(layerPieces, () => {
      const drawn = drawLayerStrings({ n: 50, seed: 7 }).networks.map(({ text }) => text);
      return [
        ...drawn,
        "relu-\nconv2d=out_channels:3,kernel_size:3,padding:1-conv=channel_factor:1,kernel_size:1-add=back:1-\n",
      ];
    }),
    read: input =>
      refusedFirst({
        errors: readLayerStrings(input).errors.map(fault => Object.assign(fault.error, { fault })),
      }),
    refuses: ({ name, message, place, fault }, input) =>
      name === "LayerStringError" &&
      fault.line <= input.split("\n").length &&
      fault.column >= 1 &&
      (place.layer === 0 || message.startsWith(`layer ${place.layer}, `)) &&
      sentence.test(message),
  },
  "layer lists": json(() => {
    const { networks: all } = JSON.parse(fixture("netpicking_networks.json"));
    return all.map(one => JSON.stringify({ networks: [one] }));
  }),
  "graph JSON": json(() => networks().map(graph => JSON.stringify(graph))),
  ONNX: {
    ...bytes(".onnx", () =>
      networks().flatMap(graph => {
        const model = inferenceModel(graph, { weights: initialWeights(graph, 1) });
        // With another graph in its metadata, it is read by its operators.
        return [model, withMetadata(model, { graph: "{}" })];
      }),
    ),
    read: input => readOnnx(input),
    refuses: error => error instanceof OnnxError && sentence.test(error.message),
  },
  safetensors: {
    ...bytes(".safetensors", () => [
      encodeSafetensors({
        tensors: Object.fromEntries(
          [[], [3], [2, 5], [4, 3, 2]].map((shape, i) => [
            `layer${i}.weight`,
            { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) },
          ]),
        ),
        metadata: { writer: "netpick" },
      }),
    ]),
    read: input => decodeSafetensors(input),
    refuses: error => error instanceof SafetensorsError && sentence.test(error.message),
  },
  "safetensors in parts": {
    ...bytes(".front", () => [large.front]),
    read: input => decodeSafetensors(largeFile(input)),
    refuses: error => error instanceof SafetensorsError && sentence.test(error.message),
  },
  "saved models, safetensors": model(".safetensors"),
  "saved models, ONNX": model(".onnx"),
  IDX: {
    ...bytes(".idx", () => [idx([50]), idx([5, 4, 3]), idx([3, 2, 4, 4])]),
    read: input => readIdx(input, "a.idx"),
    refuses: error => error instanceof DataError && /^data: a\.idx .*byte \d+/.test(error.message),
  },
  "IDX in gzip": {
    ...bytes(".idx.gz", () => [idx([500]), idx([5, 40, 3])].map(one => gzipSync(one))),
    read: input => readIdx(input, "a.idx.gz"),
    refuses: error => error instanceof DataError && /^data: a\.idx\.gz .*byte \d+/.test(error.message),
  },
  Parquet: {
    ...bytes(".parquet", () => [scores()]),
    read: input => {
      writeFileSync(file(".parquet"), input);
      return readScores(file(".parquet"), scored);
    },
    refuses: error => error instanceof StudyError && error.message.includes(file(".parquet")),
  },
};

/** Subject, what is wrong, what was found or how to mend it. */
const sentence = /^[\s\S]+: [\s\S]+[,;] [\s\S]+/;
