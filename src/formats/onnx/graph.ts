/** ONNX models as graphs: every node as the op that its record says it is, constants worked out, weights taken over. */
import type { Graph } from "../../graph/index.js";
import "../../ops/index.js";
import type { Shape } from "../../shape/index.js";
import { attributesOf } from "./attributes.js";
import { folds } from "./fold.js";
import { alone, type Cell, isAlone, isBatch } from "./layout.js";
import { ownNetwork } from "./own.js";
import { decodeModel, OnnxError } from "./read.js";
import { byRules, refusals } from "./rules.js";
import type { Model, OnnxGraph, OnnxNode, ValueInfo } from "./schema.js";
import { constantOf, type External, isFloat } from "./tensors.js";
import { type Making, making, type OnnxValue, type Weights } from "./values.js";
import { inputCells, views } from "./views.js";

export interface ReadOnnxOptions {
  /** Fetches numbers that lie in files beside the model. */
  readonly external?: External;
  /** Shapes of samples by input, where the file leaves sizes open. */
  readonly inputs?: Readonly<Record<string, Shape>>;
  /** The tensors have no axis for the batch: the file's whole input is one sample. */
  readonly unbatched?: boolean;
}
export interface OnnxReport {
  readonly producer: string;
  /** Version of the standard operators that the file is written for. */
  readonly opset: number;
  /** Nodes in the file, and nodes of the graph. */
  readonly nodes: number;
  readonly made: number;
  /** What a reader may want to know. */
  readonly notes: readonly string[];
}
export interface OnnxReading {
  readonly graph: Graph;
  /** Values of the graph's parameters. */
  readonly weights: Weights;
  readonly report: OnnxReport;
}

/** Versions of the standard operators that are read. */
const [oldest, newest] = [7, 21];
/** Nodes of a file; real networks stay far below. */
const mostNodes = 20_000;
/** What stands for the batch while shapes are worked out, where its size is open: a prime that no size of a network is. */
const openBatch = 65_521;

/**
 * The network in an ONNX file and its weights. Refuses in an OnnxError that names the node and its operator what no op
 * is. The batch may stand in any axis; its size may be open or fixed.
 */
export function readOnnx(bytes: Uint8Array, options: ReadOnnxOptions = {}): OnnxReading {
  try {
    return readModel(bytes, options);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new OnnxError(`onnx: the parts of the graph must fit together, got ${error.message}; the file is damaged`);
  }
}

/** What ops refuse; or a part is of another kind than it should be, which no check foresaw. */
const isRefusal = (error: unknown): error is Error =>
  refusals.some(kind => error instanceof kind) || error instanceof TypeError || error instanceof RangeError;

function readModel(bytes: Uint8Array, options: ReadOnnxOptions): OnnxReading {
  const model = decodeModel(bytes);
  const opset = checked(model);
  const { graph } = model;
  const own = ownNetwork(model);
  if (own) {
    const made = own.graph.nodes.length;
    return { ...own, report: { producer: "netpick", opset, nodes: graph.node.length, made, notes: [] } };
  }
  const stored = new Map(graph.initializer.map(tensor => [tensor.name, tensor]));
  const ports = graph.input.filter(({ name }) => !stored.has(name));
  const make = making(graph.name || "network", options.unbatched ? 1 : batchOf(ports));
  const values = new Map<string, OnnxValue>();
  const value = (name: string): OnnxValue | undefined => {
    const before = values.get(name);
    const tensor = stored.get(name);
    if (before || !tensor) return before;
    const made: OnnxValue = { kind: "stored", known: constantOf(tensor, options.external) };
    values.set(name, made);
    return made;
  };
  for (const port of ports) values.set(port.name, input(make, port, options));
  const readers = countReaders(graph);
  const producers = new Map(graph.node.flatMap(node => node.output.map(output => [output, node] as const)));
  for (const node of graph.node) {
    const outputs = node.output.findLastIndex(output => readers.has(output)) + 1;
    const found = readNode({ make, node, opset, value, producer: name => producers.get(name), outputs, stored });
    node.output.forEach((output, i) => {
      if (output !== "" && values.has(output)) throw twice(output);
      values.set(output, found[i] ?? refused(node, `output ${i} is none that an op has`));
    });
  }
  const notes: string[] = [];
  const outputs = graph.output.map(({ name }) => {
    const found = value(name);
    if (found?.kind === "computed") {
      if (!options.unbatched && !isAlone(found.cells[0])) {
        notes.push(`output ${name}: its batch is not alone in the first axis of the file; here it is`);
      }
      return found.node;
    }
    if (found?.kind === "refused") throw new OnnxError(found.why);
    throw new OnnxError(
      `onnx: output ${name} must be computed from an input, got ${found ? "a constant" : "nothing"}; name another`,
    );
  });
  if (outputs.length === 0) throw new OnnxError("onnx: there is no output, got 0; name at least one");
  const made = make.finish(outputs);
  return {
    ...made,
    report: {
      producer: model.producerName ?? "",
      opset,
      nodes: graph.node.length,
      made: made.graph.nodes.length,
      notes,
    },
  };
}

function checked(model: Model): number {
  if (!model.graph)
    throw new OnnxError("onnx: the model must hold a graph, got none; the file is damaged or no ONNX file");
  const opset =
    model.opsetImport.find(({ domain }) => domain === "" || domain === undefined || domain === "ai.onnx")?.version ?? 1;
  if (opset < oldest || opset > newest) {
    throw new OnnxError(
      `onnx: the version of the operators must be from ${oldest} to ${newest}, got ${opset}; convert the model`,
    );
  }
  const { node } = model.graph;
  if (node.length > mostNodes) {
    throw new OnnxError(`onnx: there must be at most ${mostNodes} nodes, got ${node.length}; give a smaller network`);
  }
  return opset;
}

const twice = (name: string): OnnxError =>
  new OnnxError(`onnx: a name stands for two values, got ${name} twice; the file is damaged`);

const dimsOf = ({ type }: ValueInfo): (number | undefined)[] | undefined =>
  type?.tensorType?.shape?.dim.map(dim => ("dimValue" in dim && dim.dimValue > 0 ? dim.dimValue : undefined));

/** Samples of the inputs: as many as their first axes are long, where that is told. */
function batchOf(ports: readonly ValueInfo[]): number {
  const sizes = ports.map(port => dimsOf(port)?.[0]);
  const isOpen = ports.some(port => dimsOf(port)?.includes(undefined));
  return isOpen ? openBatch : (sizes.find(size => size !== undefined) ?? openBatch);
}

/** ONNX's numbers for float32 and for whole numbers. */
const taken = new Set([1, 2, 3, 4, 5, 6, 7, 12, 13]);

function input(make: Making, port: ValueInfo, options: ReadOnnxOptions): OnnxValue {
  const { name, type } = port;
  const dims = dimsOf(port);
  const told = options.inputs?.[name];
  const cells = told ? [alone, ...told] : dims && (options.unbatched ? (dims as Cell[]) : inputCells(dims, make.batch));
  if (!cells) {
    throw new OnnxError(`onnx: input ${name} must be a tensor with a shape, got none; tell its shape`);
  }
  if (!taken.has(type.tensorType.elemType)) {
    throw new OnnxError(
      `onnx: input ${name} must be of float32 or of whole numbers, got type ${type.tensorType.elemType}; convert the model to float32`,
    );
  }
  const open = dims?.filter(dim => dim === undefined).length ?? 0;
  if (!told && (open > 1 || (options.unbatched && open > 0))) {
    const text = dims!.map(dim => dim ?? "?").join(", ");
    throw new OnnxError(
      `onnx: only the batch may be open, got [${text}] for input ${name}; tell the shape of a sample`,
    );
  }
  if (!cells.some(isBatch) && !options.unbatched) {
    throw new OnnxError(`onnx: input ${name} must have an axis for the batch, got []; give a tensor`);
  }
  return make.input(name, cells, !isFloat(type.tensorType.elemType));
}

/** Names of values that a node or the model's output reads. */
function countReaders(graph: OnnxGraph): Set<string> {
  return new Set([...graph.node.flatMap(({ input }) => input), ...graph.output.map(({ name }) => name)]);
}

interface ReadSite {
  readonly make: Making;
  readonly node: OnnxNode;
  readonly opset: number;
  readonly value: (name: string) => OnnxValue | undefined;
  readonly producer: (name: string) => OnnxNode | undefined;
  readonly outputs: number;
  readonly stored: ReadonlyMap<string, unknown>;
}

const refused = ({ name, output, opType }: OnnxNode, why: string): OnnxValue => ({
  kind: "refused",
  why: `onnx: node ${name || output[0]} (${opType}) cannot be read, got ${why}; replace it, or leave it out`,
});

function readNode(site: ReadSite): readonly (OnnxValue | undefined)[] {
  try {
    return readSound(site);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return site.node.output.map(() => refused(site.node, error.message));
  }
}

function readSound(site: ReadSite): readonly (OnnxValue | undefined)[] {
  const { make, node, opset, value } = site;
  const inputs = node.input.map(name => (name === "" ? undefined : value(name)));
  const missing = node.input.find((name, i) => name !== "" && inputs[i] === undefined);
  if (missing !== undefined) {
    return node.output.map(() => refused(node, `input ${missing}, which nothing before it makes`));
  }
  if (node.domain && node.domain !== "ai.onnx")
    return node.output.map(() => refused(node, `operators of ${node.domain}`));
  const attributes = attributesOf(node);
  const known = inputs.map(one => (one?.kind === "stored" ? one.known : undefined));
  if (inputs.every(one => one === undefined || one.kind === "stored")) {
    const made = folds[node.opType]?.(known, attributes, opset);
    return made
      ? made.map(one => ({ kind: "stored", known: one }))
      : node.output.map(() => refused(node, "constants alone, which are not worked out"));
  }
  const [x] = inputs;
  const wish = nameOf(site);
  const found = byRules({ making: make, node, opset, value, producer: site.producer, outputs: site.outputs, wish });
  if (typeof found !== "string") return found;
  const view = views[node.opType];
  if (view && x?.kind === "computed" && inputs.slice(1).every(one => one?.kind !== "computed")) {
    const lists = known.map(one => one && Array.from(one.data));
    return [view({ making: make, x, lists, attributes }) ?? refused(node, "sizes that tear the batch apart")];
  }
  // What went wrong first says most.
  const before = inputs.find(one => one?.kind === "refused");
  return node.output.map(() => before ?? refused(node, found));
}

/** The module of the weights, as `layer1.0.conv1`; else the node's own name, or that of its result. */
function nameOf({ node, stored, producer }: ReadSite): string {
  const near = [node, ...node.input.flatMap(name => producer(name) ?? [])];
  const weights = near.flatMap(({ input }) => input).filter(name => stored.has(name));
  const module = weights
    .map(name => /^(.+)\.[^.]+$/.exec(name)?.[1])
    .find(one => one !== undefined && !one.includes("::"));
  const own = node.input.some(name => stored.has(name));
  return (own && module ? module : node.name || node.output[0]!).replace(/^\/+/, "");
}
