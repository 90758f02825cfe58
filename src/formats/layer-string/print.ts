/** Graphs as layer strings. */
import type { Attrs, Graph, Node } from "../../graph/index.js";
import { analyse, findOp, type Op, type Placed } from "../../op/index.js";
import type { Shape } from "../../shape/index.js";
import { LayerStringError } from "./error.js";
import { type Parameter, printLayer, type Value } from "./text.js";
import { alwaysWritten, back, behind, channelFactor, snake, wordOfOp } from "./words.js";

/**
 * The layer string of a network whose layers follow one another, with skips back to earlier ones, and which ends in flatten
 * and linear. Read with the same input and classes, it is the same graph. Anything else is a LayerStringError that names the node.
 */
export function printLayerString(graph: Graph): string {
  const { placed } = analyse(graph);
  const line = withoutClassifier(graph, placed);
  /** What stands behind each layer, the input first. */
  const values = [graph.inputs[0]!.name];
  let text = "";
  for (let i = 0; i < line.length; i++) {
    const one = line[i]!;
    const latest = values.at(-1)!;
    if (one.node.inputs[0] !== latest) {
      throw refused(
        one.node,
        `its first input must be the layer before it, got ${one.node.inputs[0]} behind ${latest}`,
      );
    }
    if (one.node.shares !== undefined)
      throw refused(one.node, `it must have weights of its own, got those of ${one.node.shares}`);
    const next = line[i + 1]?.node;
    const unwritten = next && isAlone(graph, one.node, next) ? next.op : undefined;
    const word = wordOfOp(one.op, one.site.inputs[0]!, unwritten) ?? wordOfOp(one.op, one.site.inputs[0]!, undefined)!;
    text += printLayer(word, [...skips(one.node, values), ...parameters(one.op, one.node.attrs, one.site.inputs[0]!)]);
    // One that is not written stands behind it.
    if (behind[word] !== undefined) i++;
    values.push(line[i]!.node.name);
  }
  return text;
}

/** Whether `next`, with no attributes but usual ones, reads `node`, and nobody else does. */
function isAlone(graph: Graph, node: Node, next: Node): boolean {
  const readers = graph.nodes.filter(other => other.inputs.includes(node.name));
  return (
    readers.length === 1 && readers[0] === next && next.inputs.length === 1 && reads(findOp(next.op), {}, next.attrs)
  );
}

function withoutClassifier(graph: Graph, placed: readonly Placed[]): readonly Placed[] {
  const [flat, last] = placed.slice(-2);
  const ends =
    graph.inputs.length === 1 &&
    graph.outputs.length === 1 &&
    flat?.op === findOp("flatten") &&
    last?.op === findOp("linear") &&
    last.node.attrs.bias === true &&
    last.node.inputs[0] === flat.node.name &&
    graph.outputs[0] === last.node.name;
  if (ends && placed.length > 2 && flat.node.inputs[0] === placed.at(-3)!.node.name) return placed.slice(0, -2);
  throw new LayerStringError(
    `a network must go from one input to flatten and linear at its end, got ${graph.outputs.join(", ")}; end it so`,
    { layer: 0, word: "", at: 0 },
  );
}

function skips(node: Node, values: readonly string[]): Parameter[] {
  const steps = node.inputs.slice(1).map(input => {
    const at = values.indexOf(input);
    if (at < 0) throw refused(node, `its inputs must be layers of the string, got ${input}`);
    return values.length - 1 - at;
  });
  return steps.length === 0 ? [] : [{ name: back, value: steps.length === 1 ? steps[0]! : steps }];
}

/** What differs from the usual, and what the published notation always writes. */
function parameters(op: Op, attrs: Attrs, [channels = 0]: Shape): Parameter[] {
  const out = attrs[channelFactor.attribute];
  const factor = typeof out === "number" ? factorOf(channels, out) : undefined;
  const kept = Object.entries(attrs).filter(([name]) => !(factor !== undefined && name === channelFactor.attribute));
  const written = kept.filter(([name]) => alwaysWritten.includes(name) || !isUsual(op, attrs, name));
  return [
    ...(factor === undefined ? [] : [{ name: channelFactor.parameter, value: factor }]),
    ...written.map(([name, value]) => ({ name: snake(name), value: shortest(op, attrs, name, value as Value) })),
  ];
}

const isUsual = (op: Op, attrs: Attrs, name: string): boolean => {
  const { [name]: _, ...rest } = attrs;
  return reads(op, rest, attrs);
};
/** One number for a list of equal ones, where the op reads it as that list. */
const shortest = (op: Op, attrs: Attrs, name: string, value: Value): Value =>
  Array.isArray(value) && value.length > 0 && reads(op, { ...attrs, [name]: value[0] }, attrs)
    ? (value[0] as Value)
    : value;

function reads(op: Op, given: object, wanted: Attrs): boolean {
  const read = op.attrs.safeParse(given);
  return read.success && JSON.stringify(read.data) === JSON.stringify(wanted);
}

/** The factor with the fewest digits of which `channels`, rounded down, is `out`. */
function factorOf(channels: number, out: number): number | undefined {
  for (let digits = 0; digits <= 15; digits++) {
    const factor = Number((Math.ceil((out / channels) * 10 ** digits) / 10 ** digits).toFixed(digits));
    if (Math.floor(channels * factor) === out) return factor;
  }
  return undefined;
}

const refused = (node: Node, what: string): LayerStringError =>
  new LayerStringError(`${node.op}: layer strings cannot say ${node.name}: ${what}; use another format`, {
    layer: 0,
    word: "",
    at: 0,
  });
