/** Networks out of files: TypeScript that exports them, PyTorch source, JSON, or saved models. */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { resolve as absolute, basename, extname } from "node:path";
import { LayerListError, readLayerLists } from "../formats/layer-list.js";
import { readLayerStrings } from "../formats/layer-string/index.js";
import { freeze, type Graph, graphFromJson } from "../graph/index.js";
import { analyse, isRefusal, resolve } from "../op/index.js";
import "../ops/index.js";
import type { Shape } from "../shape/index.js";
import { FileError } from "./failure.js";
import { pathBeside } from "./python-beside.js";

export interface ReadOptions {
  /** Shapes of the inputs of PyTorch source, which does not always tell them. */
  readonly inputs?: readonly Shape[] | undefined;
  /** Scores of the classifier that layer strings end in. */
  readonly classes?: number | undefined;
  /** Takes the errors of those networks of a file that cannot be read, where others can; else the first one is thrown. */
  readonly refused?: (error: FileError) => void;
  /** One of several files: a package's `__init__.py` may then be without networks. */
  readonly several?: boolean;
}

const readers: Readonly<Record<string, (file: string, options: ReadOptions) => Promise<Graph[]>>> = {
  ".ts": readTypeScript,
  ".mts": readTypeScript,
  ".js": readTypeScript,
  ".mjs": readTypeScript,
  ".py": readPython,
  ".json": readJson,
  ".txt": readStrings,
  ".safetensors": readSaved,
  ".onnx": readOnnxFile,
};

/** Every network in the file, at least one. */
export async function readNetworks(file: string, options: ReadOptions = {}): Promise<Graph[]> {
  const reader = readers[extname(file)];
  if (!reader) {
    throw new FileError(
      `${file}: files of this kind are not read, got ${extname(file) || "no ending"}; give ${Object.keys(readers).join(", ")}`,
    );
  }
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw unreadable(file, error);
  }
  const graphs = await reader(file, options);
  if (graphs.length === 0 && !(options.several && isPackageFile(file)))
    throw new FileError(
      `${file}: it exports no network, got none; export one, e.g. export const net = network({ ... })`,
    );
  return graphs;
}

/** It says what a package hands on. */
const isPackageFile = (file: string): boolean => basename(file) === "__init__.py";

/** Of a thousand small files, waiting for each would cost more than reading it. */
function textOf(file: string, most = Number.POSITIVE_INFINITY): string {
  try {
    const { size } = statSync(file);
    if (size <= most) return readFileSync(file, "utf8");
    throw new FileError(`${file}: a file may have ${most} bytes, got ${size}; split it`);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined
    ? error
    : new FileError(`${file}: it cannot be read, got ${code}; check its name and permissions`);
}

async function readJson(file: string): Promise<Graph[]> {
  const text = textOf(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileError(`${file}: it is no JSON, got ${(error as Error).message}; correct it`);
  }
  return named(file, () => {
    const fields = value as { networks?: unknown; graph?: unknown } | null;
    if (fields?.networks !== undefined) return readLayerLists(value).map(({ graph }) => graph);
    const graph = resolve(graphFromJson(fields?.graph ?? value));
    analyse(graph);
    return [graph];
  });
}

/** Loaded once: to ask for it anew takes a third of a millisecond, a thousand times. */
let pytorch: typeof import("../formats/pytorch/index.js") | undefined;

/** PyTorch source, which is read and never run. */
async function readPython(file: string, { inputs = [], refused, several }: ReadOptions): Promise<Graph[]> {
  pytorch ??= await import("../formats/pytorch/index.js");
  const { longestSource, noNetwork, PyTorchError, readPyTorchFile } = pytorch;
  const located = (error: InstanceType<typeof PyTorchError>): FileError => {
    const { message, line, column, sourceLine, sentence } = error;
    const place = { line, column, source: sourceLine, error: sentence };
    return new FileError(message, error.file === file ? place : { in: error.file, ...place });
  };
  try {
    // A character has at most four bytes.
    const text = textOf(file, 4 * longestSource);
    const beside = (module: string, importer: string) => {
      const path = pathBeside(module, importer);
      return path === undefined ? undefined : { file: path, text: textOf(path, 4 * longestSource) };
    };
    const { networks, errors } = readPyTorchFile(text, { file, inputs, beside });
    if (several && isPackageFile(file) && errors[0]?.sentence === noNetwork) return [];
    const failures = errors.map(located);
    if (failures.length > 0 && (!refused || networks.length === 0)) throw failures[0];
    for (const failure of failures) refused?.(failure);
    return [...networks];
  } catch (error) {
    throw error instanceof PyTorchError ? located(error) : error;
  }
}

/** Layer strings, one a line; networks are called after the file and their line. */
async function readStrings(file: string, { inputs = [], classes, refused }: ReadOptions): Promise<Graph[]> {
  const name = basename(file, extname(file));
  const { networks, errors } = readLayerStrings(textOf(file), { name, input: inputs[0], classes });
  const failures = errors.map(
    ({ line, column, source, error: { message } }) =>
      new FileError(`${file}:${line}:${column}: ${message}`, { line, column, source, error: message }),
  );
  if (failures.length > 0 && (!refused || networks.length === 0)) throw failures[0];
  for (const failure of failures) refused?.(failure);
  return networks.map(({ graph }) => graph);
}

/** The network of a model that was saved, or that another program wrote. */
async function readOnnxFile(file: string, { inputs = [] }: ReadOptions): Promise<Graph[]> {
  const { readOtherOnnx } = await import("./onnx-file.js");
  const other = readOtherOnnx(file, inputs);
  if (!other) return readSaved(file);
  for (const note of other.report.notes) console.error(`${file}: ${note}`);
  for (const { node, title } of other.report.kept) {
    console.error(
      `${file}: ${node} is kept as it stands in the file, got ${title}; it runs, but nothing learns through it`,
    );
  }
  return [other.graph];
}

/** The network of a model that was saved. */
async function readSaved(file: string): Promise<Graph[]> {
  const { Model, ModelError } = await import("../fit/index.js");
  try {
    const { network } = await Model.load(file);
    return [network.graph];
  } catch (error) {
    throw error instanceof ModelError ? new FileError(error.message) : error;
  }
}

/** Runs the file, which is the user's own program; its `netpick` is this one. */
async function readTypeScript(file: string): Promise<Graph[]> {
  const { createJiti } = await import("jiti");
  const front = new URL("../index.js", import.meta.url);
  const own = (await import(front.href)) as object;
  const jiti = createJiti(import.meta.url, { virtualModules: { netpick: own } } as object);
  const exported = await jiti.import<Record<string, unknown>>(absolute(file)).catch(error => {
    throw locate(file, error);
  });
  return Object.entries(exported).flatMap(([key, value]) => {
    const graph = (value as { graph?: Graph } | null)?.graph;
    if (!graph || !Array.isArray(graph.nodes)) return [];
    // A network that nobody named is called as its file exports it.
    return [graph.name === "network" && key !== "default" ? freeze({ ...graph, name: key }) : graph];
  });
}

/** The error with the line of the user's file that it came from. */
function locate(file: string, error: unknown): Error {
  if (!(error instanceof Error)) return new FileError(`${file}: it threw, got ${String(error)}; correct it`);
  const line = error.stack?.split("\n").find(text => text.includes(`${basename(file)}:`));
  const place = /:(\d+):\d+\)?$/.exec(line ?? "")?.[1];
  return new FileError(`${file}${place ? `:${place}` : ""}: ${error.message.split("\n")[0]}`);
}

function named<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isRefusal(error) || error instanceof LayerListError ? new FileError(`${file}: ${error.message}`) : error;
  }
}
