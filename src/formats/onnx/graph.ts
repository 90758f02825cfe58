/** ONNX models as graphs: every node as the op that its record says it is, constants worked out, weights taken over. */
import type { Graph } from "../../graph/index.js";
import { analyse, type ElementType } from "../../op/index.js";
import "../../ops/index.js";
import { attributesOf } from "./attributes.js";
import { folds } from "./fold.js";
import { hasRule } from "./infer.js";
import { type KeptSite, keptNode } from "./kept.js";
import { isAlone } from "./layout.js";
import { sinceSeven } from "./older.js";
import { ownNetwork } from "./own.js";
import { batchOf, inputValue, type PortOptions, portsOf, toldBy } from "./ports.js";
import { decodeModel, OnnxError } from "./read.js";
import { byRules, type NodeSite, refusals } from "./rules.js";
import type { Model, OnnxGraph, OnnxNode } from "./schema.js";
import { type External, storedTensors } from "./tensors.js";
import { type OnnxValue, startMaking, type Weights } from "./values.js";
import { views } from "./views.js";

export interface ReadOnnxOptions extends PortOptions {
  /** Fetches numbers that lie in files beside the model. */
  readonly external?: External | undefined;
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
  /** Nodes that no op is, kept as they stand in the file: they run, but have no gradient. */
  readonly kept: readonly { readonly node: string; readonly title: string }[];
}
export interface OnnxReading {
  readonly graph: Graph;
  /** Values of the graph's parameters. */
  readonly weights: Weights;
  /** What the file calls the outputs, and of which types the inputs are there. */
  readonly outputNames: readonly string[];
  readonly inputTypes: readonly ElementType[];
  readonly report: OnnxReport;
}

/** Versions of the standard operators that are read. */
const [oldest, newest] = [1, 21];
/** Nodes of a file; real networks stay far below. */
const mostNodes = 20_000;

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
  const graph = sinceSeven(model.graph, opset);
  const tensor = storedTensors(graph, options.external);
  const own = ownNetwork(model, tensor);
  if (own) {
    const made = own.graph.nodes.length;
    return {
      ...own,
      ...portsOf(graph),
      report: { producer: "netpick", opset, nodes: graph.node.length, made, notes: [], kept: [] },
    };
  }
  const stored = new Set(graph.initializer.map(({ name }) => name));
  const ports = graph.input.filter(({ name }) => !stored.has(name));
  const making = startMaking(graph.name || "network", options.unbatched ? 1 : batchOf(ports));
  const values = new Map<string, OnnxValue>();
  const value = (name: string): OnnxValue | undefined => {
    if (!values.has(name)) {
      const known = tensor(name);
      if (known) values.set(name, { kind: "stored", known });
    }
    return values.get(name);
  };
  for (const port of ports) values.set(port.name, inputValue(making, port, options));
  const readers = countReaders(graph);
  const producers = new Map(graph.node.flatMap(node => node.output.map(output => [output, node] as const)));
  const around = {
    ...{ making, opset, value, stored, unbatched: options.unbatched ?? false },
    told: toldBy(graph, ports, options.unbatched ? undefined : making.batch),
    producer: (name: string) => producers.get(name),
    version: (domain: string) => (domain === "" ? opset : versionOf(model, domain)),
  };
  for (const node of graph.node) {
    const outputs = node.output.findLastIndex(output => readers.has(output)) + 1;
    const found = readNode({ ...around, node, outputs });
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
  const made = making.finish(outputs);
  const kept = analyse(made.graph).placed.filter(({ op }) => op.fromFilesAlone);
  return {
    ...made,
    ...portsOf(graph),
    report: {
      producer: model.producerName ?? "",
      opset,
      nodes: graph.node.length,
      made: made.graph.nodes.length,
      notes,
      kept: kept.map(({ node, op }) => ({ node: node.name, title: op.title!(node.attrs) })),
    },
  };
}

function checked(model: Model): number {
  const opset =
    model.opsetImport.find(({ domain }) => domain === "" || domain === undefined || domain === "ai.onnx")?.version ?? 1;
  if (opset < oldest || opset > newest) {
    throw new OnnxError(
      `onnx: the version of the operators must be from ${oldest} to ${newest}, got ${opset}; convert the model`,
    );
  }
  if (model.metadataProps?.some(({ key }) => key === "training")) {
    throw new OnnxError(
      "onnx: the model must be one in use, got one that trains; run it, or give the network it was made of",
    );
  }
  const { node } = model.graph;
  if (node.length > mostNodes) {
    throw new OnnxError(`onnx: there must be at most ${mostNodes} nodes, got ${node.length}; give a smaller network`);
  }
  return opset;
}

const versionOf = (model: Model, domain: string): number | undefined =>
  model.opsetImport.find(one => (one.domain ?? "") === domain)?.version;

const twice = (name: string): OnnxError =>
  new OnnxError(`onnx: a name stands for two values, got ${name} twice; the file is damaged`);

/** Names of values that a node or the model's output reads. */
function countReaders(graph: OnnxGraph): Set<string> {
  return new Set([...graph.node.flatMap(({ input }) => input), ...graph.output.map(({ name }) => name)]);
}

/** A node that is to be read: what rules and what is kept want of it, but for the name, which follows. */
interface ReadSite extends Omit<NodeSite & KeptSite, "wish"> {
  /** Names of what stands in the file. */
  readonly stored: ReadonlySet<string>;
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
  const { making, node, opset, value } = site;
  const inputs = node.input.map(name => (name === "" ? undefined : value(name)));
  const missing = node.input.find((name, i) => name !== "" && inputs[i] === undefined);
  if (missing !== undefined) {
    return node.output.map(() => refused(node, `input ${missing}, which nothing before it makes`));
  }
  const attributes = attributesOf(node);
  const known = inputs.map(one => (one?.kind === "stored" ? one.known : undefined));
  if (inputs.every(one => one === undefined || one.kind === "stored")) {
    const made = isStandard(node) ? folds[node.opType]?.(known, attributes, opset) : undefined;
    return made
      ? made.map(one => ({ kind: "stored", known: one }))
      : node.output.map(() => refused(node, "constants alone, which are not worked out"));
  }
  const [x] = inputs;
  const wish = nameOf(site);
  const found = isStandard(node) ? byRules({ ...site, wish }) : `operators of ${node.domain}`;
  if (typeof found !== "string") return found;
  const view = isStandard(node) ? views[node.opType] : undefined;
  if (view && x?.kind === "computed" && inputs.slice(1).every(one => one?.kind !== "computed")) {
    const lists = known.map(one => one && Array.from(one.data));
    const seen = view({ making, x, lists, attributes });
    if (seen) return [seen];
    if (!hasRule(node.opType)) return [refused(node, "sizes that tear the batch apart")];
  }
  // What went wrong first says most.
  const before = inputs.find(one => one?.kind === "refused");
  return before ? node.output.map(() => before) : keptAs({ ...site, wish }, found);
}

const isStandard = ({ domain }: OnnxNode): boolean => !domain || domain === "ai.onnx";

/** The node as it stands, where it can be kept so; else why it can neither be read nor kept. */
function keptAs(site: KeptSite, why: string): readonly (OnnxValue | undefined)[] {
  try {
    return keptNode(site);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return site.node.output.map(() => refused(site.node, `${why}, and it cannot be kept as it is: ${error.message}`));
  }
}

/** The module of the weights, as `layer1.0.conv1`; else the node's own name, or that of its result. */
function nameOf({ node, stored, producer }: ReadSite): string {
  const near = [node, ...node.input.flatMap(name => producer(name) ?? [])];
  const weights = near.flatMap(({ input }) => input).filter(name => stored.has(name));
  const module = weights
    .map(name => /^(.+)\.[^.]+$/.exec(name)?.[1])
    .find(one => one !== undefined && !one.includes("::"));
  const own = node.input.some(name => stored.has(name));
  return own && module ? module : node.name || node.output[0]!;
}
