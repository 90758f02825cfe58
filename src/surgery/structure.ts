/** Edits of a network's structure: layers and edges come and go, sizes are brought into line first. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, findOp, readAttrs, takes, toAttrs } from "../op/index.js";
import { product } from "../shape/index.js";
import { classesOf } from "./classes.js";
import { namingCycles, pathOf, SizeCycleError } from "./cycles.js";
import { SurgeryError } from "./error.js";
import { type Joining, joined, joiningOf, twins } from "./joined.js";
import { begun, nodeOf, readAs, readsShape, refuseShared, shapeOf, withGraph } from "./regraph.js";
import { readable } from "./replace.js";
import type { Sum } from "./request.js";
import { parted, rewired, spliced, united, unused } from "./rewire.js";
import { type Asked, realign, type State, type Strategy } from "./state.js";
import { same, total } from "./sums.js";

/** Take a layer out: what read it reads its input, after both have got the same size. */
export async function removeLayer(state: State, name: string, strategy: Strategy): Promise<State> {
  const edit = `remove ${name}`;
  const node = nodeOf(state.graph, name);
  refuseShared(state.graph, name, edit);
  const [input] = node.inputs;
  const sized =
    node.inputs.length === 1
      ? await joined(state, edit, strategy, [input!, name], { without: name }).catch(error => {
          if (error instanceof SizeCycleError && strategy.resolve === "path") return undefined;
          throw error;
        })
      : state;
  if (!sized) return removePath(state, name, strategy);
  const graph = rewired(
    sized.graph,
    edit,
    nodes =>
      nodes
        .filter(other => other.name !== name)
        .map(other => ({ ...other, inputs: other.inputs.flatMap(one => (one === name ? node.inputs : [one])) })),
    { reader: name, becomes: input! },
  );
  return withGraph(sized, edit, strategy, graph);
}

/** Take a layer out with all that stands in one line with it, from where the line branches off to where it joins again. */
async function removePath(state: State, name: string, strategy: Strategy): Promise<State> {
  const edit = `remove ${name}`;
  const { path, last, into } = pathOf(state.graph, name, edit);
  for (const one of path) refuseShared(state.graph, one, edit);
  const apart = await disconnect(state, last, into, 1, strategy);
  const graph = rewired(apart.graph, edit, nodes => nodes.filter(other => !path.includes(other.name)));
  const done = withGraph(apart, edit, strategy, graph);
  const step = { edit: `${edit} with its path ${path.join(", ")}`, sizes: {}, relaxed: [], status: "none" } as const;
  return { ...done, steps: [...done.steps, step] };
}

/** One more input for a layer of any number of inputs; a layer of one input gets the sum of both. */
export async function connect(
  state: State,
  from: string,
  to: string,
  at: number | undefined,
  strategy: Strategy,
): Promise<State> {
  const edit = `connect ${from} to ${to}`;
  shapeOf(state.graph, from, edit);
  const node = nodeOf(state.graph, to);
  const place = at ?? node.inputs.length;
  if (!takes(findOp(node.op).arity, node.inputs.length + 1)) {
    if (node.inputs.length !== 1)
      throw new SurgeryError(`${edit}: ${to} takes no more inputs, got ${node.inputs.length}; add them before`);
    return connectBySum(state, from, node, place, strategy);
  }
  if (!joins(state.graph, node)) {
    const sized = await joined(state, edit, strategy, [node.inputs[0]!, from]);
    return withGraph(
      sized,
      edit,
      strategy,
      rewired(sized.graph, edit, nodes => spliced(nodes, to, place, 0, [from])),
    );
  }
  const { graph, reader } = parted(state.graph, to);
  const lineage = readAs(state, to, reader);
  const before = node.inputs.slice(0, place);
  const joining = joiningOf(state.graph, node);
  const boundary = before.reduce((sum, name) => sum + joining.size(name), 0);
  const blocks = blocksBeside(graph, reader, joining, boundary, edit, to);
  const count = joining.size(from) / blocks;
  const asked: Asked = {
    freeInputs: [reader],
    view: classes => {
      const read = joining.list({ classes }, reader).classes;
      const beside = read[Math.max(0, boundary - 1)]!;
      return {
        stoodFor: to,
        standsFor: twins(classes, [reader, to], joining),
        extra: { beside, before: place === 0, count },
      };
    },
    demands: lists => {
      const [read, made] = [reader, to].map(name => lists.sum(joining.list(lists, name))) as [Sum, Sum];
      const all = total([made, joining.sum(lists, from)]);
      return [same(read, all, `what reads ${to} has as many channels as ${to} and ${from} together`)];
    },
  };
  const sized = await namingCycles(state, edit, [from, to], strategy, {}, own =>
    realign({ ...state, graph, lineage }, edit, own, asked),
  );
  return withGraph(
    sized,
    edit,
    strategy,
    rewired(sized.graph, edit, nodes => spliced(united(nodes, reader, to), to, place, 0, [from]), {
      reader,
      becomes: to,
    }),
    { reader, name: to },
  );
}

/**
 * How many places belong together where new channels stand in what is read: those of a head, else one. Refused where a
 * group would be torn, or channels further on are tied to others in the middle.
 */
function blocksBeside(
  graph: Graph,
  reader: string,
  joining: Joining,
  boundary: number,
  edit: string,
  to: string,
): number {
  const classes = classesOf(graph, name => name === reader);
  const read = joining.list({ classes }, reader).classes;
  const groups = new Set(read).size;
  const beside = read[Math.max(0, boundary - 1)]!;
  const runs = read.filter((one, i) => one !== read[i - 1]).length;
  const isWhole = runs === groups && read[boundary] !== read[boundary - 1] && classes.closed[beside] === 0;
  if (groups === read.length || isWhole) return read.filter(one => one === beside).length;
  throw new SurgeryError(
    `${edit}: what reads ${to} ties its channels in groups, got ${groups} for ${read.length} places; connect it where they are read one by one`,
  );
}

async function connectBySum(state: State, from: string, node: Node, place: number, strategy: Strategy): Promise<State> {
  const edit = `connect ${from} to ${node.name}`;
  const [input] = node.inputs;
  const sized = await joined(state, edit, strategy, [input!, from]);
  const name = unused(state.graph, `${node.name}.sum`);
  const sum: Node = {
    name,
    op: "add",
    inputs: place === 0 ? [from, input!] : [input!, from],
    attrs: toAttrs(readAttrs(findOp("add"), {})),
  };
  return withGraph(
    sized,
    edit,
    strategy,
    rewired(sized.graph, edit, nodes => [
      ...nodes.map(other => (other.name === node.name ? { ...other, inputs: [name] } : other)),
      sum,
    ]),
  );
}

/** One input fewer: the `nr`th of equal ones, the first unless told. What read its channels forgets them. */
export async function disconnect(
  state: State,
  from: string,
  to: string,
  nr: number,
  strategy: Strategy,
): Promise<State> {
  const edit = `disconnect ${from} from ${to}`;
  const node = nodeOf(state.graph, to);
  const place = node.inputs.flatMap((name, i) => (name === from ? [i] : []))[nr - 1];
  if (place === undefined)
    throw new SurgeryError(`${edit}: there is no such edge, got inputs ${node.inputs.join(", ")}; name one of them`);
  if (node.inputs.length === 1) throw new SurgeryError(`${edit}: it is the only input, got 1; remove ${to} instead`);
  const rest = node.inputs.filter((_, i) => i !== place);
  if (!joins(state.graph, node)) {
    if (takes(findOp(node.op).arity, rest.length))
      return withGraph(
        state,
        edit,
        strategy,
        rewired(state.graph, edit, nodes => spliced(nodes, to, place, 1, [])),
      );
    if (rest.length > 1 || !merges(state.graph, node))
      throw new SurgeryError(`${edit}: ${to} needs its inputs, got ${node.inputs.length}; remove ${to} instead`);
    const identity = { ...node, op: "identity", inputs: rest, attrs: toAttrs(readAttrs(findOp("identity"), {})) };
    return withGraph(
      state,
      edit,
      strategy,
      rewired(state.graph, edit, nodes => nodes.map(other => (other.name === to ? identity : other))),
    );
  }
  const { graph, reader } = parted(state.graph, to);
  const lineage = readAs(state, to, reader);
  const joining = joiningOf(state.graph, node);
  const [first, count] = [rest.slice(0, place).reduce((sum, name) => sum + joining.size(name), 0), joining.size(from)];
  const goes = (i: number): boolean => i >= first && i < first + count;
  const sized = await realign({ ...state, graph, lineage }, edit, strategy, {
    freeInputs: [reader],
    view: classes => {
      const forgotten = new Set(joining.list({ classes }, reader).classes.filter((_, i) => goes(i)));
      const standsFor = twins(classes, [reader, to], joining, i => !goes(i));
      return { stoodFor: to, standsFor, dropped: forgotten, forgotten };
    },
  });
  return withGraph(
    sized,
    edit,
    strategy,
    rewired(sized.graph, edit, nodes => spliced(united(nodes, reader, to), to, place, 1, []), { reader, becomes: to }),
    { reader, name: to },
  );
}

/** A new layer behind another: what read that one, or only `readers` of it, reads the new one. */
export async function insert(
  state: State,
  after: string,
  added: { readonly name: string; readonly op: string; readonly attrs: object; readonly readers?: readonly string[] },
  strategy: Strategy,
): Promise<State> {
  const edit = `insert ${added.name} behind ${after}`;
  const op = readable(edit, () => findOp(added.op));
  const attrs = readable(edit, () => readAttrs(op, added.attrs));
  const old = shapeOf(state.graph, after, edit);
  for (const name of added.readers ?? []) {
    if (nodeOf(state.graph, name).inputs.includes(after)) continue;
    throw new SurgeryError(
      `${edit}: ${name} does not read ${after}, got ${nodeOf(state.graph, name).inputs.join(", ")}; name what does`,
    );
  }
  const made = readable(edit, () => op.shape([old], attrs));
  const { graph, reader } = parted(state.graph, after, added.readers);
  const lineage = readAs(state, after, reader);
  const sized = await realign(
    { ...state, graph, lineage },
    edit,
    { ...strategy, fallback: "refuse" },
    {
      freeInputs: [reader],
      demands: lists => readsShape(lists, reader, made, added.name),
    },
  );
  const node: Node = { name: added.name, op: added.op, inputs: [after], attrs: toAttrs(attrs) };
  const grown = rewired(sized.graph, edit, nodes => [...united(nodes, reader, added.name), node], {
    reader,
    becomes: added.name,
  });
  return begun(withGraph(sized, edit, strategy, grown, { reader, name: added.name }), new Set([added.name]), strategy);
}

/** Whether an op puts its inputs one after another: with one more, its output is larger. */
export function joins(graph: Graph, node: Node): boolean {
  const { shapes } = analyse(graph);
  const { arity, shape } = findOp(node.op);
  if (!(typeof arity === "object" && "atLeast" in arity)) return false;
  const inputs = node.inputs.map(name => shapes.get(name)!);
  try {
    return product(shape([...inputs, inputs[0]!], node.attrs)) !== product(shape(inputs, node.attrs));
  } catch {
    // What takes no more inputs joins none; why, the edit says.
    return false;
  }
}

/** Whether an op's inputs are alike: any of them may be left alone. */
const merges = (graph: Graph, node: Node): boolean => {
  const { arity } = findOp(node.op);
  return typeof arity === "object" && "atLeast" in arity && !joins(graph, node);
};
