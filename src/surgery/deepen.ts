/** One more layer and the same function (Net2DeeperNet of Chen et al. 2016): it begins as the identity. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, findOp, type Placed } from "../op/index.js";
import { show } from "../shape/index.js";
import { SurgeryError } from "./error.js";
import { begun, nodeOf, withGraph } from "./regraph.js";
import { readable } from "./replace.js";
import { rewired, unused } from "./rewire.js";
import type { State, Strategy } from "./state.js";

export interface Deepening {
  /** Name of the new layer; NAME.deeper unless told. */
  readonly name?: string;
  /** Op of the new layer, with attributes; unless told, that of the nearest layer before it that can be the identity. */
  readonly op?: string;
  readonly attrs?: object;
  /** Whether the new layer has the activation behind which it stands; it has unless told. */
  readonly activation?: boolean;
}

/**
 * A layer behind another that gives back what it is given, and behind an activation that activation once more: what it
 * gave it must give again, as relu does. All that read the layer read the new one.
 */
export function deepen(
  state: State,
  after: string,
  { name, op, attrs = {}, activation = true, ...strategy }: Deepening & Strategy,
): State {
  const edit = `deepen behind ${after}`;
  const { graph } = state;
  const node = nodeOf(graph, after);
  const { shapes, placed } = analyse(graph);
  const own = placed.find(one => one.node === node)!;
  const activates = activation && isActivation(own);
  if (activates && !own.op.idempotent) {
    throw new SurgeryError(
      `${edit}: ${own.op.name} of ${own.op.name} is something else, so that the function cannot be kept, got ${after}; deepen before it, or without its activation`,
    );
  }
  const shape = shapes.get(after)!;
  const [kind, wanted] = op === undefined ? nearestMaker(graph, node, edit) : [op, {}];
  const made = readable(edit, () => findOp(kind).identity?.(shape, { ...wanted, ...attrs }));
  if (!made) {
    throw new SurgeryError(`${edit}: ${kind} cannot give back what it is given, got ${show(shape)}; choose another op`);
  }
  const layer = name ?? unused(graph, `${after}.deeper`);
  const added: Node[] = [{ name: layer, op: kind, inputs: [after], attrs: made.attrs as Node["attrs"] }];
  if (activates) added.push({ ...node, name: unused(graph, `${layer}.activation`), inputs: [layer] });
  const last = added.at(-1)!.name;
  const outputs = graph.outputs.map(one => (one === after ? last : one));
  const deeper = rewired({ ...graph, outputs }, edit, nodes => [
    ...nodes.map(one => ({ ...one, inputs: one.inputs.map(input => (input === after ? last : input)) })),
    ...added,
  ]);
  const values = Object.entries(made.weights).map(([role, value]) => [`${layer}.${role}`, value] as const);
  const done = begun(withGraph(state, edit, strategy, deeper), new Set([layer]), strategy, Object.fromEntries(values));
  const lineage = new Map(done.lineage);
  const before = lineage.get(after);
  if (before) for (const one of added) lineage.set(one.name, before);
  return { ...done, lineage, steps: [...done.steps, { edit, sizes: {}, relaxed: [], status: "none" }] };
}

/** One input, of which every element becomes another, and nothing is learned. */
const isActivation = ({ node, op, site, weights }: Placed): boolean =>
  node.inputs.length === 1 &&
  weights.length === 0 &&
  site.inputs[0]!.join() === site.output.join() &&
  op.identity === undefined;

/** The op of the nearest layer before, along first inputs, that can be the identity; its kernel too. */
function nearestMaker(graph: Graph, from: Node, edit: string): [op: string, wanted: object] {
  for (let node: Node | undefined = from; node; ) {
    const { kernelSize } = node.attrs;
    if (findOp(node.op).identity) return [node.op, kernelSize === undefined ? {} : { kernelSize }];
    const [input] = node.inputs as [string];
    node = graph.nodes.find(other => other.name === input);
  }
  throw new SurgeryError(`${edit}: no layer before it tells of which op the new one is, got none; give the op`);
}
