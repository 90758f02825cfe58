/** One layer taken out, another or several in its place. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, findOp, place, readAttrs, toAttrs } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { SurgeryError } from "./error.js";
import { begun, nodeOf, readAs, readsShape, refuseShared, specsOf, withGraph } from "./regraph.js";
import { parted, rewired, united } from "./rewire.js";
import { realign, type State, type Strategy, withValues } from "./state.js";

/** A layer that takes part in the place of another. */
export interface Replacement {
  /** The last of several is called as the replaced one, unless told; those before it `NAME.1`, `NAME.2`. */
  readonly name?: string;
  readonly op: string;
  readonly attrs?: object;
}

/**
 * What read the layer reads the last of those that stand in its place, and has its size. A layer of the same op keeps
 * its weights where they fit; all others begin anew.
 */
export async function replaceLayer(
  state: State,
  name: string,
  replacements: readonly Replacement[],
  strategy: Strategy,
): Promise<State> {
  const edit = `replace ${name} by ${replacements.map(({ op }) => op).join(", ")}`;
  if (replacements.length === 0) {
    throw new SurgeryError(`replace ${name}: there is nothing to put in its place, got none; remove it instead`);
  }
  const node = nodeOf(state.graph, name);
  refuseShared(state.graph, name, edit);
  const chain = chainOf(node, replacements, edit);
  const last = chain.at(-1)!.name;
  const made = shapeBehind(state.graph, chain, edit);
  const { graph, reader } = parted(state.graph, name);
  const lineage = readAs(state, name, reader);
  const sized = await realign(
    { ...state, graph, lineage },
    edit,
    { ...strategy, fallback: "refuse" },
    { freeInputs: [reader], demands: lists => readsShape(lists, reader, made, last) },
  );
  const next = rewired(
    sized.graph,
    edit,
    nodes =>
      united(
        nodes.flatMap(other => (other.name === name ? chain : [other])),
        reader,
        last,
      ),
    { reader, becomes: last },
  );
  const stays = chain.length === 1 && last === name && chain[0]!.op === node.op;
  const cleared = without(sized, name, stays ? next : undefined);
  return begun(
    withGraph(cleared, edit, strategy, next, { reader, name: last }),
    new Set(chain.map(one => one.name)),
    strategy,
  );
}

function chainOf(node: Node, replacements: readonly Replacement[], edit: string): Node[] {
  let inputs = node.inputs;
  return replacements.map(({ name, op, attrs = {} }, i) => {
    const own = name ?? (i === replacements.length - 1 ? node.name : `${node.name}.${i + 1}`);
    const made = { name: own, op, inputs, attrs: toAttrs(readable(edit, () => readAttrs(findOp(op), attrs))) };
    inputs = [own];
    return made;
  });
}

function shapeBehind(graph: Graph, chain: readonly Node[], edit: string): Shape {
  const shapes = new Map(analyse(graph).shapes);
  for (const node of chain) shapes.set(node.name, readable(edit, () => place(node, shapes)).site.output);
  return shapes.get(chain.at(-1)!.name)!;
}

/** What an op or its attributes refuse is refused of the edit. */
export function readable<T>(edit: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Error ? new SurgeryError(`${edit}: ${error.message}`) : error;
  }
}

/** The state without the values of a layer; in `next` those of the same shape stay. */
function without(state: State, name: string, next: Graph | undefined): State {
  const [old, now] = [specsOf(state.graph), next ? specsOf(next) : new Map()];
  const gone = new Set(
    [...old]
      .filter(([key]) => key.lastIndexOf(".") === name.length && key.startsWith(`${name}.`))
      .filter(([key, { shape }]) => shape.join() !== now.get(key)?.shape.join())
      .map(([key]) => key),
  );
  return withValues(state, values => Object.fromEntries(Object.entries(values).filter(([key]) => !gone.has(key))));
}
