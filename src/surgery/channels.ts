/** Which layers' channels are tied to which, to be read. */
import type { Graph } from "../graph/index.js";
import { classesOf } from "./classes.js";
import { groupsOf, plainView } from "./groups.js";

/** Channels that occur equally often in the same layers. */
export interface TiedChannels {
  /** How many there are. */
  readonly channels: number;
  /** Layers that have them, each with how often each stands there. */
  readonly layers: Readonly<Record<string, number>>;
}

export interface ChannelTies {
  readonly tied: readonly TiedChannels[];
  /** Layers none of whose channels may change, with what holds them. */
  readonly held: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The channels of a graph: which live and die together, and which may not change. */
export function channels(graph: Graph): ChannelTies {
  const classes = classesOf(graph, () => false);
  const { groups, sizes } = groupsOf(plainView(classes), undefined, 0);
  const tied = groups.map(({ most }, group): TiedChannels => {
    const layers = sizes.flatMap(({ names, terms }) => {
      const times = terms.find(([one]) => one === group)?.[1];
      return times === undefined ? [] : names.map(name => [name, times] as const);
    });
    return { channels: most, layers: Object.fromEntries(layers) };
  });
  const held: Record<string, string> = {};
  for (const { name } of graph.nodes) {
    const axes = classes.lists.get(name)!;
    const all = axes.every(list => list.held);
    if (all && axes.length > 0) held[name] = classes.holder(axes[0]!.classes[0]!)!;
  }
  const lines = [
    ...tied.map(({ channels: count, layers }) => {
      const names = Object.entries(layers).map(([name, times]) => (times === 1 ? name : `${name} (${times} times)`));
      return `${count} of ${names.join(", ")}`;
    }),
    ...Object.entries(held).map(([name, holder]) => `held: ${name}, by ${holder}`),
  ];
  return { tied, held, text: lines.join("\n") };
}
