/** Which channels of a graph live and die together. */
import { type DisjointSets, disjointSets } from "../disjoint-sets.js";
import type { Graph } from "../graph/index.js";
import { analyse, type Channels, type Placed, type WeightAxis } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { blocksOf } from "./blocks.js";
import { interned } from "./interned.js";
import { passes, rulesOf, wholeRuns, widthsOf } from "./rules.js";

/** The channels along one axis of a tensor. */
export interface List {
  /** Input or node whose result it is. */
  readonly tensor: string;
  readonly axis: number;
  /** Class of the channel at every place; the very same array wherever the same classes stand. */
  readonly classes: Int32Array;
  /** Whether none of them may change. */
  readonly held: boolean;
  /** How many places beside each other came of one channel. */
  readonly widths: Int32Array | undefined;
}

export interface Classes {
  readonly count: number;
  /** Every axis of every tensor. */
  readonly lists: ReadonlyMap<string, readonly List[]>;
  /** Classes that must stay as they are: 1. */
  readonly fixed: Uint8Array;
  /** Why a class is fixed: the node, input or output that holds it. */
  readonly holder: (one: number) => string | undefined;
  /** Classes behind which nothing new may stand: 2 for what a reshape ties together, 3 for what is summed without weights. */
  readonly closed: Uint8Array;
  /** Nodes that make channels of their own, and do not only pass on those of their inputs. */
  readonly makers: ReadonlySet<string>;
  readonly rules: ReadonlyMap<string, Channels | undefined>;
  readonly placed: ReadonlyMap<string, Placed>;
}

/** The classes of a graph; the inputs are held, and the outputs unless they are `free`. */
export function classesOf(graph: Graph, free: (tensor: string) => boolean): Classes {
  const { shapes, placed } = analyse(graph);
  const atoms = numbered(shapes);
  const sets = disjointSets(atoms.count);
  // What holds a place, by number, 0 for nothing: there are many places and few that hold.
  const holders: (string | undefined)[] = [undefined];
  const held = new Int32Array(atoms.count);
  const hold = (tensor: string, axis: number, why: string): void => {
    const first = atoms.first(tensor, axis);
    if (holders.at(-1) !== why) holders.push(why);
    for (let i = first; i < first + shapes.get(tensor)![axis]!; i++) if (held[i] === 0) held[i] = holders.length - 1;
  };
  const closed = new Uint8Array(atoms.count);
  const widths = new Map<string, (Int32Array | undefined)[]>();
  const rules = rulesOf(graph, free);
  const makers = new Set<string>();
  for (const { name, shape } of graph.inputs) {
    if (!free(name)) for (const axis of shape.keys()) hold(name, axis, `input ${name}`);
    widths.set(
      name,
      shape.map(() => undefined),
    );
  }
  for (const one of placed) {
    const { node, site } = one;
    const rule = rules.get(node.name);
    const output: Tied = { tensor: node.name, shape: site.output, labels: rule?.output };
    const inputs = node.inputs.map((tensor, i): Tied => ({ tensor, shape: site.inputs[i]!, labels: rule?.inputs[i] }));
    const why = `${node.name} (${node.op})`;
    const known: number[] = [];
    for (const input of inputs) tie(input, known, atoms, sets, hold, why);
    if (tie(output, known, atoms, sets, hold, why)) makers.add(node.name);
    inputs.forEach((input, i) => {
      closeTied(input, atoms, closed, rule?.blocks ? 1 : 2);
      if (rule && !rule.onlyCounts) closeSummed(input, rule, i, atoms, closed);
    });
    widths.set(
      node.name,
      site.output.map((_, axis) =>
        widthsOf(
          rule,
          axis,
          node.inputs.map(name => widths.get(name)!),
        ),
      ),
    );
  }
  tieShared(placed, rules, atoms, sets);
  for (const name of graph.outputs) {
    if (!free(name)) for (const axis of shapes.get(name)!.keys()) hold(name, axis, `output ${name}`);
  }
  return collect(graph, shapes, {
    atoms,
    sets,
    held: atom => holders[held[atom]!],
    closed,
    widths,
    rules,
    placed,
    makers,
  });
}

interface Atoms {
  readonly count: number;
  readonly first: (tensor: string, axis: number) => number;
}
/** A number for every place of every axis of every tensor. */
function numbered(shapes: ReadonlyMap<string, Shape>): Atoms {
  const starts = new Map<string, number[]>();
  let count = 0;
  for (const [name, shape] of shapes) {
    starts.set(
      name,
      shape.map(size => {
        count += size;
        return count - size;
      }),
    );
  }
  return { count, first: (tensor, axis) => starts.get(tensor)![axis]! };
}

interface Tied {
  readonly tensor: string;
  readonly shape: Shape;
  readonly labels: readonly (Int32Array | undefined)[] | undefined;
}

/**
 * Places of one label are of one class, with the place that is known of it; axes without labels are held. Whether there
 * was a label of which none was known.
 */
function tie(
  { tensor, shape, labels }: Tied,
  known: number[],
  atoms: Atoms,
  sets: DisjointSets,
  hold: (tensor: string, axis: number, why: string) => void,
  why: string,
): boolean {
  let isNew = false;
  for (let axis = 0; axis < shape.length; axis++) {
    const axisLabels = labels?.[axis];
    if (!axisLabels) {
      hold(tensor, axis, why);
      continue;
    }
    const start = atoms.first(tensor, axis);
    for (let i = 0; i < axisLabels.length; i++) {
      const label = axisLabels[i]!;
      const first = label < known.length ? known[label] : undefined;
      if (first !== undefined) sets.union(first, start + i);
      else {
        known[label] = start + i;
        isNew = true;
      }
    }
  }
  return isNew;
}

/** Behind a place that an op ties to its neighbour nothing new can stand but blocks: it would have to be several, at once. */
function closeTied({ tensor, labels }: Tied, atoms: Atoms, closed: Uint8Array, code: 1 | 2): void {
  labels?.forEach((axisLabels, axis) => {
    if (!axisLabels) return;
    const first = atoms.first(tensor, axis);
    for (let i = 1; i < axisLabels.length; i++) {
      if (axisLabels[i] === axisLabels[i - 1]) closed[first + i] = Math.max(code, closed[first + i]!);
    }
  });
}

/** Behind channels that are summed over without weights nothing new can stand: every sum would be another. */
function closeSummed({ tensor, shape }: Tied, rule: Channels, input: number, atoms: Atoms, closed: Uint8Array): void {
  for (const [axis, size] of shape.entries()) {
    const first = atoms.first(tensor, axis);
    if (!passes(rule, input, axis)) closed.fill(3, first, first + size);
  }
}

/** Nodes of shared weights read and make the same channels. */
function tieShared(
  placed: readonly Placed[],
  rules: ReadonlyMap<string, Channels | undefined>,
  atoms: Atoms,
  sets: DisjointSets,
): void {
  const byName = new Map(placed.map(one => [one.node.name, one]));
  for (const one of placed.filter(({ node }) => node.shares !== undefined)) {
    const owner = byName.get(one.owner)!;
    const ownerAxes = rules.get(one.owner)?.weights ?? {};
    for (const [role, axes] of Object.entries(rules.get(one.node.name)?.weights ?? {})) {
      axes.forEach((place, i) => {
        // What the owner reads may have more axes before it.
        const other = ownerAxes[role]?.[i];
        if (!place || !other) return;
        const [a, b] = [firstOf(one, place, atoms), firstOf(owner, other, atoms)];
        const shape = place.of === "output" ? one.site.output : one.site.inputs[place.of]!;
        for (let at = 0; at < shape[place.axis]!; at++) sets.union(a + at, b + at);
      });
    }
  }
}

const firstOf = ({ node }: Placed, { of, axis }: WeightAxis, atoms: Atoms): number =>
  atoms.first(of === "output" ? node.name : node.inputs[of]!, axis);

interface Found {
  readonly atoms: Atoms;
  readonly sets: DisjointSets;
  /** What holds a place. */
  readonly held: (atom: number) => string | undefined;
  readonly closed: Uint8Array;
  readonly widths: ReadonlyMap<string, readonly (Int32Array | undefined)[]>;
  readonly rules: ReadonlyMap<string, Channels | undefined>;
  readonly placed: readonly Placed[];
  readonly makers: ReadonlySet<string>;
}
/** Atoms to classes, numbered in the order of the graph. */
function collect(
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
  { atoms, sets, held, closed, widths, rules, placed, makers }: Found,
): Classes {
  const classOf = new Int32Array(atoms.count).fill(-1);
  const holders: (string | undefined)[] = [];
  const isClosed: number[] = [];
  let count = 0;
  const number = (atom: number): number => {
    const root = sets.find(atom);
    if (classOf[root] === -1) {
      classOf[root] = count++;
      holders.push(undefined);
      isClosed.push(0);
    }
    const one = classOf[root]!;
    holders[one] ??= held(atom);
    isClosed[one] = Math.max(isClosed[one]!, closed[atom]!);
    return one;
  };
  const same = interned();
  const names = [...graph.inputs, ...graph.nodes].map(({ name }) => name);
  const numbers = names.map(tensor =>
    shapes.get(tensor)!.map((size, axis) => {
      const first = atoms.first(tensor, axis);
      const classes = new Int32Array(size);
      for (let i = 0; i < size; i++) classes[i] = number(first + i);
      return same(classes);
    }),
  );
  const fixed = Uint8Array.from(holders, holder => (holder === undefined ? 0 : 1));
  const heldOf = new Map<Int32Array, boolean>();
  for (const classes of numbers.flat()) {
    if (!heldOf.has(classes))
      heldOf.set(
        classes,
        classes.every(one => fixed[one]),
      );
  }
  const blocks = blocksOf(
    isClosed,
    numbers.flat(),
    names.flatMap((tensor, nr) => numbers[nr]!.filter((_, axis) => widths.get(tensor)![axis])),
  );
  const lists = new Map(
    names.map((tensor, nr) => [
      tensor,
      numbers[nr]!.map(
        (classes, axis): List => ({
          tensor,
          axis,
          classes,
          held: heldOf.get(classes)!,
          widths: wholeRuns(widths.get(tensor)![axis], classes) ?? blocks(classes),
        }),
      ),
    ]),
  );
  return {
    count,
    lists,
    fixed,
    holder: one => holders[one],
    closed: Uint8Array.from(isClosed),
    makers,
    rules,
    placed: new Map(placed.map(one => [one.node.name, one])),
  };
}
