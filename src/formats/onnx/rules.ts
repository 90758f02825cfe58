/** Which op a node is: the rules of all ops' records, tried in order of how much of the graph they explain. */
import { GraphError } from "../../graph/index.js";
import {
  ArgumentError,
  allOps,
  elementType,
  type FromOnnx,
  type Key,
  type OnnxMeaning,
  type OnnxSite,
  OpError,
} from "../../op/index.js";
import { parameter } from "../../ops/index.js";
import { type Shape, ShapeMismatch } from "../../shape/index.js";
import { attributesOf } from "./attributes.js";
import { isAlone, isBatch, resized, sampleAxes, sampleShape, withBatch } from "./layout.js";
import { type Match, match, patternOf } from "./patterns.js";
import type { OnnxNode } from "./schema.js";
import { isFloat } from "./tensors.js";
import { type Computed, type Making, type OnnxValue, wrongWeights } from "./values.js";

interface Rule {
  readonly op: string;
  readonly from: FromOnnx;
}

let known: { readonly count: number; readonly byOperator: ReadonlyMap<string, readonly Rule[]> } | undefined;

/** By the operator of the node, or of the last one of a pattern; the longest patterns first. */
function rulesFor(operator: string): readonly Rule[] {
  if (known?.count !== allOps.size) {
    const byOperator = new Map<string, Rule[]>();
    for (const { name: op, fromOnnx = [] } of allOps.values()) {
      for (const from of fromOnnx) {
        const ends = from.pattern ? patternOf(from.pattern) : undefined;
        for (const last of ends ? [ends.lines.get(ends.last)!.operator] : (from.operators ?? [])) {
          byOperator.set(last, [...(byOperator.get(last) ?? []), { op, from }]);
        }
      }
    }
    for (const rules of byOperator.values()) {
      rules.sort((a, b) => (b.from.pattern?.length ?? 0) - (a.from.pattern?.length ?? 0));
    }
    known = { count: allOps.size, byOperator };
  }
  return known.byOperator.get(operator) ?? [];
}

/** Operators whose results on whole numbers are rounded. */
const dividing = new Set(["Div", "ReduceMean", "Reciprocal", "Sqrt", "Pow"]);

/** How ops refuse what they cannot be. */
export const refusals = [ShapeMismatch, OpError, ArgumentError, GraphError];

export interface NodeSite {
  readonly making: Making;
  readonly node: OnnxNode;
  readonly opset: number;
  readonly value: (name: string) => OnnxValue | undefined;
  readonly producer: (name: string) => OnnxNode | undefined;
  /** How many outputs anybody reads. */
  readonly outputs: number;
  /** What the node's result is to be called. */
  readonly wish: string;
}

/** The values of the node's outputs, by the first rule that explains it; else why none does. */
export function byRules(site: NodeSite): readonly (OnnxValue | undefined)[] | string {
  let why = `no op is ${site.node.opType} as it stands here`;
  for (const { op, from } of rulesFor(site.node.opType)) {
    const found = from.pattern && match(patternOf(from.pattern), site.node, site.producer);
    if (from.pattern && !found) continue;
    try {
      const values = explained(site, op, from, found);
      if (typeof values !== "string") return values;
      if (values !== "") why = values;
    } catch (error) {
      if (!refusals.some(kind => error instanceof kind)) throw error;
      why = (error as Error).message;
    }
  }
  return why;
}

function explained(
  site: NodeSite,
  op: string,
  from: FromOnnx,
  found: Match | undefined,
): readonly (OnnxValue | undefined)[] | string {
  const nameOf = (key: Key): string | undefined => {
    if (typeof key === "number") return site.node.input[key] || undefined;
    const [word, at] = key.split(".");
    return at === undefined ? found?.values.get(word!) : found?.nodes.get(word!)?.input[Number(at)];
  };
  const valueAt = (key: Key): OnnxValue | undefined => {
    const name = nameOf(key);
    return name === undefined ? undefined : site.value(name);
  };
  const keys: readonly Key[] = from.pattern ? patternOf(from.pattern).outside : site.node.input.map((_, i) => i);
  const values = keys.map(valueAt);
  if (values.some(value => value?.kind === "refused")) return "";
  const computed = (key: Key): Computed | undefined => {
    const value = valueAt(key);
    return value?.kind === "computed" ? value : undefined;
  };
  const tensors = keys.filter(key => computed(key) !== undefined);
  const first = tensors[0] === undefined ? undefined : computed(tensors[0]);
  if (!first) return "";
  if (tensors.some(key => !isFloat(computed(key)!.type)) && dividing.has(site.node.opType))
    return "whole numbers, which it would round";
  const misplaced = placed(
    tensors.map(key => computed(key)!),
    from.batch ?? "first",
  );
  if (misplaced) return misplaced;
  const meaning = from.read(onnxSite(site, found, valueAt, computed));
  if (meaning === undefined) return "";
  if (meaning === "input") return [first];
  const all = Array.isArray(meaning) ? (meaning as readonly (OnnxMeaning | undefined)[]) : [meaning as OnnxMeaning];
  return all.slice(0, site.outputs).map((one, i) => {
    if (!one) return undefined;
    const inputs = (one.inputs ?? tensors).map(key => computed(key) ?? learned(site, one, key as number, first));
    return made(site.making, op, one, inputs, all.length > 1 && i > 0 ? `${site.wish}_${i}` : site.wish);
  });
}

/** Why the batch may not be where it is. */
function placed(tensors: readonly Computed[], batch: FromOnnx["batch"]): string | undefined {
  const where = tensors.map(({ cells }) => cells.findIndex(isBatch));
  const without = where.every(at => at < 0);
  if (batch === "anywhere" || batch === "leading") {
    if (without) return undefined;
    const fromEnd = tensors.map(({ cells }, i) =>
      where[i]! < 0 ? "none" : `${where[i]! - cells.length} ${JSON.stringify(cells[where[i]!])}`,
    );
    if (fromEnd.some(one => one !== fromEnd[0])) return "its inputs have the batch in different axes";
    const cell = tensors[0]!.cells[where[0]!]!;
    const leads = where[0] === 0 && isBatch(cell) && cell.outer === 1;
    return batch === "leading" && !leads ? "the batch is not in its first axis" : undefined;
  }
  const wanted = batch === "first" || batch === undefined ? 0 : batch;
  const fits = tensors.every(({ cells }, i) => where[i] === wanted && isAlone(cells[wanted]));
  return fits ? undefined : `the batch is not alone in axis ${wanted}`;
}

function onnxSite(
  site: NodeSite,
  found: Match | undefined,
  valueAt: (key: Key) => OnnxValue | undefined,
  computed: (key: Key) => Computed | undefined,
): OnnxSite {
  const attributes = (of: string | undefined) => attributesOf(of === undefined ? site.node : found!.nodes.get(of)!);
  const front: Key = found ? "x" : 0;
  return {
    operator: site.node.opType,
    opset: site.opset,
    inputs: site.node.input.length,
    outputs: site.outputs,
    constant: key => {
      const value = valueAt(key);
      return value?.kind === "stored" ? value.known : undefined;
    },
    tensor: key => {
      const value = computed(key);
      return value && sampleShape(value.cells);
    },
    axis: (axis, key = front) => {
      const { cells } = computed(key)!;
      const at = axis < 0 ? axis + cells.length : axis;
      if (cells[at] === undefined || isBatch(cells[at])) {
        throw new ArgumentError(`axis: it must be one of a sample, got ${axis}; the batch cannot be worked on`);
      }
      return sampleAxes(cells, at)[0]!;
    },
    rank: key => computed(key)?.cells.length ?? 0,
    int: (name, fallback, of) => attributes(of).int(name, fallback),
    ints: (name, of) => attributes(of).ints(name),
    float: (name, fallback, of) => attributes(of).float(name, fallback),
    text: (name, fallback, of) => attributes(of).text(name, fallback),
    texts: name => attributes(undefined).texts(name),
  };
}

/** A constant as a tensor of which every sample has the same, for as many samples as another tensor has. */
function learned({ making, node, value }: NodeSite, meaning: OnnxMeaning, place: number, like: Computed): Computed {
  const name = node.input[place]!;
  const { known } = value(name) as OnnxValue & { kind: "stored" };
  const shape = meaning.learned![place]!;
  if (!isFloat(known.type) || !isFloat(like.type)) throw new ArgumentError("whole numbers, which nothing learns");
  const weight = { dims: shape, data: known.data };
  const made = making.node(parameter.name, [like.node], { shape }, name, { weight });
  return { kind: "computed", node: made, cells: withBatch(shape, 0), type: like.type };
}

/** The nodes that a meaning is, one after another. */
function made(making: Making, op: string, meaning: OnnxMeaning, inputs: readonly Computed[], wish: string): Computed {
  const name = meaning.op ?? op;
  const [first] = inputs as [Computed];
  const shapes = inputs.map(({ node }) => making.shape(node));
  const wrong = meaning.weights && wrongWeights(name, shapes, readable(name, meaning.attrs), meaning.weights);
  if (wrong) throw new ArgumentError(wrong);
  const node = making.node(
    name,
    inputs.map(input => input.node),
    meaning.attrs,
    wish,
    meaning.weights,
  );
  const own = making.shape(node);
  const ofFloats = inputs.find(input => isFloat(input.type))?.type;
  const type = allOps.get(name)!.indices ? elementType.float32 : (ofFloats ?? first.type);
  if (meaning.batch !== undefined) {
    const shape: Shape = meaning.shape ?? own;
    return { kind: "computed", node: making.reshape(node, shape), cells: withBatch(shape, meaning.batch), type };
  }
  const gone = (meaning.gone ?? []).map(axis => (axis < 0 ? axis + first.cells.length : axis));
  const wanted = meaning.gone && keptShape(first, own, gone);
  const shape = meaning.shape ?? wanted ?? own;
  const cells =
    inputs.length > 1 && meaning.gone === undefined
      ? resized(longest(inputs), shape)
      : resized(first.cells, shape, gone);
  const result: Computed = { kind: "computed", node: making.reshape(node, shape), cells, type };
  return meaning.next ? made(making, op, meaning.next, [result], wish) : result;
}

const longest = (inputs: readonly Computed[]) =>
  inputs.reduce((a, b) => (b.cells.length > a.cells.length ? b : a)).cells;

/** The shape without the axes that are gone, where the op has kept them. */
function keptShape({ cells }: Computed, own: Shape, gone: readonly number[]): Shape | undefined {
  if (own.length !== sampleShape(cells).length) return undefined;
  const axes = gone.flatMap(axis => sampleAxes(cells, axis));
  return own.filter((_, axis) => !axes.includes(axis));
}

const readable = (op: string, attrs: object): object => {
  const parsed = allOps.get(op)!.attrs.safeParse(attrs);
  return parsed.success ? parsed.data : attrs;
};
