/** Layers that are to be as wide as each other, and channels that one part of a network makes and another reads. */
import type { Graph, Node } from "../graph/index.js";
import { analyse, findOp } from "../op/index.js";
import type { Classes, List } from "./classes.js";
import { namingCycles } from "./cycles.js";
import type { View } from "./groups.js";
import type { Demand, Sum } from "./request.js";
import { channelList, type Lists, realign, type State, type Strategy } from "./state.js";
import { same } from "./sums.js";

/** Axes of two tensors that are to have one size: of as many axes those that may change. */
function alongside(lists: Lists, a: string, b: string): (readonly [List, List])[] {
  const first = [lists.list(a), lists.list(b)] as const;
  const [one, other] = [lists.axes(a), lists.axes(b)];
  const pairs = one.flatMap((list, i) =>
    other[i] && !(list.held && other[i].held) ? [[list, other[i]] as const] : [],
  );
  return one.length === other.length && pairs.length > 0 ? pairs : [first];
}

/** Two layers get one size, as the strategy wants it. Where the network's own ties forbid that, the cycle is named. */
export async function joined(
  state: State,
  edit: string,
  strategy: Strategy,
  [a, b]: readonly [string, string],
  passing: { readonly without?: string } = {},
): Promise<State> {
  const demands = (lists: Lists, alignment: Strategy["alignment"]): Demand[] =>
    alongside(lists, a, b).flatMap(([one, other]) => {
      const sizes = [one, other].map(({ classes }) => classes.length);
      const equal = same(lists.sum(one), lists.sum(other), `${a} and ${b} have equally many channels`);
      if (alignment === undefined || alignment === "least") return [equal];
      const constant = alignment === "grow" ? Math.max(...sizes) : Math.min(...sizes);
      const wanted = same(lists.sum(one), { terms: [], constant }, `${a} and ${b} have ${constant} channels`);
      return [equal, wanted];
    });
  return namingCycles(state, edit, [a, b], strategy, passing, asked =>
    realign(state, edit, asked, { demands: lists => demands(lists, asked.alignment) }),
  );
}

/** Of a layer that puts its inputs one after another: along which axis, and what of it a tensor has. */
export interface Joining {
  /** Channels along that axis of what has as many axes as the layer's output. */
  readonly list: (lists: Pick<Lists, "classes">, tensor: string) => List;
  /** How much of it an input fills. */
  readonly size: (input: string) => number;
  readonly sum: (lists: Lists, input: string) => Sum;
}

export function joiningOf(graph: Graph, node: Node): Joining {
  const { shapes } = analyse(graph);
  const inputs = node.inputs.map(name => shapes.get(name)!);
  const [once, more] = [inputs, [...inputs, inputs[0]!]].map(all => findOp(node.op).shape(all, node.attrs));
  const axis = once!.findIndex((size, i) => size !== more![i]);
  const list: Joining["list"] = ({ classes }, tensor) =>
    classes.lists.get(tensor)?.[axis] ?? channelList(classes, tensor);
  // A stack has an axis of its own, on which every input is one place.
  const stands = inputs[0]!.length === once!.length;
  return {
    list,
    size: input => (stands ? (shapes.get(input)![axis] ?? 1) : 1),
    sum: (lists, input) => (stands ? lists.sum(list(lists, input)) : { terms: [], constant: 1 }),
  };
}

/**
 * Channels that one part reads are those that the other makes: along every axis, place by place, along that of the joining
 * where `tied`.
 */
export function twins(
  classes: Classes,
  [read, made]: readonly [string, string],
  joining: Joining,
  tied: (i: number) => boolean = () => true,
): View["standsFor"] {
  const parent = new Map<number, number>();
  const find = (a: number): number => {
    const up = parent.get(a);
    return up === undefined ? a : find(up);
  };
  const along = joining.list({ classes }, read);
  classes.lists.get(read)!.forEach((list, axis) => {
    const other = classes.lists.get(made)![axis]!.classes;
    list.classes.forEach((one, i) => {
      if (list === along && !tied(i)) return;
      const [a, b] = [find(one), find(other[i]!)];
      if (a === b) return;
      // What is fixed stands for what is not.
      if (classes.fixed[a]) parent.set(b, a);
      else parent.set(a, b);
    });
  });
  return find;
}
