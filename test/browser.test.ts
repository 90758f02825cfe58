/** What says that it runs in a browser: bundled for one, and run where nothing of Node is. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../src");
const entry = "\0entry";
/** All that the package offers to browsers. */
const rooms = ["web", "graph", "op", "ops", "build", "generate", "surgery", "train", "fit/web"];
const formats = ["languages", "layer-string/index", "onnx/index", "pytorch/index"].map(name => `formats/${name}`);
const program = `${[...rooms.map(room => (room === "web" || room.includes("/") ? room : `${room}/index`)), ...formats]
  .map((file, i) => `export * as part${i} from ${JSON.stringify(join(source, `${file}.ts`))};`)
  .join("\n")}
import { Conv2d, figures, Linear, netpickingPlan, network } from ${JSON.stringify(join(source, "web.ts"))};
import { adam, initialWeights, trainingModel, writeOnnx } from ${JSON.stringify(join(source, "train/index.ts"))};
import { readPyTorch, writePyTorch } from ${JSON.stringify(join(source, "formats/pytorch/index.ts"))};
import { readOnnx } from ${JSON.stringify(join(source, "formats/onnx/index.ts"))};
const { graph } = network({
  input: [1, 6, 6],
  layers: { conv: Conv2d(2, 3), out: Linear(4) },
  forward: (x, { conv, out }) => x.pipe(conv).relu().flatten().pipe(out),
});
export const macs = figures(graph).macs;
export const planned = netpickingPlan({ n: 9, seed: 1 }).length;
export const python = readPyTorch(writePyTorch(graph), { inputs: [[1, 6, 6]] })[0].nodes.map(({ op }) => op);
export const onnx = readOnnx(writeOnnx(graph, initialWeights(graph, 1))).graph.nodes.map(({ op }) => op);
const source = { type: "uint8", normalise: { mean: 0, deviation: 1 } };
const target = { type: "uint8", kind: "classes" };
export const bytes = trainingModel(graph, { sources: [source], targets: [target], losses: ["crossEntropy"], optimizer: adam(), seed: 1 }).bytes.length;
`;

test("no part of the package for browsers reaches for Node", async () => {
  const reached: string[] = [];
  const bundle = await rolldown({
    input: entry,
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "entry",
        resolveId(name, importer = "") {
          if (isBuiltin(name)) {
            reached.push(`${basename(importer)} ${name}`);
            return { id: name, external: true };
          }
          return name === entry ? name : undefined;
        },
        load: id => (id === entry ? program : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "iife", name: "parts", codeSplitting: false });
  // These ask first whether they run under Node.
  expect(reached.filter(line => !/^(highs|ort\.wasm\.bundle\.min)\.mjs /.test(line))).toEqual([]);
  const { TextEncoder, TextDecoder, URL, performance } = globalThis;
  const page = createContext({ TextEncoder, TextDecoder, URL, performance });
  runInContext(`${output[0].code}; globalThis.parts = parts;`, page);
  expect(page.parts).toMatchObject({
    // 16 places of 2 channels with 9 taps, then 32 numbers to 4.
    macs: 16 * 2 * 9 + 32 * 4,
    planned: 9,
    python: ["conv2d", "relu", "flatten", "linear"],
    onnx: ["conv2d", "relu", "flatten", "linear"],
  });
  expect(page.parts.bytes).toBeGreaterThan(1000);
});

test("the example's import map leads to every package that it loads", async () => {
  const project = join(import.meta.dirname, "..");
  const folder = join(project, "examples/browser");
  const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(readFileSync(join(folder, "index.html"), "utf8"))!;
  const { imports } = JSON.parse(map!) as { imports: Record<string, string> };
  const used = new Set<string>();
  const bundle = await rolldown({
    input: join(folder, "main.js"),
    logLevel: "silent",
    plugins: [
      {
        name: "import map",
        resolveId(name, importer) {
          if (!importer || name.startsWith(".")) return undefined;
          if (isBuiltin(name)) return { id: name, external: true };
          const key = Object.keys(imports).find(key => key === name || (key.endsWith("/") && name.startsWith(key)));
          if (key === undefined) throw new Error(`${name} is not in the import map, for ${importer}`);
          used.add(key);
          return join(project, imports[key]!, name.slice(key.length));
        },
      },
    ],
  });
  await bundle.generate({ format: "esm" });
  expect([...used].sort()).toEqual(Object.keys(imports).sort());
});
