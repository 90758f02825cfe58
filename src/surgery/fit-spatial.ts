/**
 * Spatial sizes: parameters of convolutions, pooling and transposed convolutions in one line, nearest to those that they
 * have, such that a tensor gets a wanted size: a decoder gives back the size that its encoder was given.
 */
import type { Graph } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { analyse, type Placed, toAttrs } from "../op/index.js";
import { type Shape, ShapeMismatch, show } from "../shape/index.js";
import { SurgeryError } from "./error.js";
import { rewired } from "./rewire.js";

/** What may change, that first which is said first where costs are equal. */
const parameters = ["outputPadding", "padding", "kernelSize", "dilation", "stride"] as const;
export type SpatialParameter = (typeof parameters)[number];

export interface SpatialWish {
  /** Input or layer whose size is wanted; the only output unless told. */
  readonly of?: string;
  /** Its sizes behind the channels, or the input or layer whose sizes it is to have. */
  readonly size: readonly number[] | string;
  /** Layers that may change, perhaps some parameters alone; all on the way unless told. */
  readonly free?: readonly string[] | Readonly<Record<string, readonly SpatialParameter[]>>;
}

export interface SpatialFit {
  /** Sum of all differences of parameters, over all axes. */
  readonly cost: number;
  /** New parameters of the layers that change, one number for each axis. */
  readonly changes: Readonly<Record<string, Partial<Record<SpatialParameter, readonly number[]>>>>;
  readonly graph: Graph;
}

/** Largest sum of differences that is tried along an axis. */
const mostCost = 6;
/** Most solutions that are listed. */
const mostFits = 1000;

/** All solutions of the least cost, at most 1000, the one that changes least important parameters first. */
export function fitSpatial(graph: Graph, { of, size, free }: SpatialWish): SpatialFit[] {
  const { shapes } = analyse(graph);
  const name = of ?? graph.outputs[0]!;
  const edit = `fit ${name}`;
  const shapeOf = (one: string): Shape => {
    const shape = shapes.get(one);
    if (shape) return shape;
    throw new SurgeryError(`${edit}: there is no layer of that name, got ${one}; ${nearest(one, [...shapes.keys()])}`);
  };
  const now = shapeOf(name).slice(1);
  const wanted = typeof size === "string" ? shapeOf(size).slice(1) : size;
  if (wanted.length !== now.length || !wanted.every(one => Number.isInteger(one) && one >= 1)) {
    throw new SurgeryError(
      `${edit}: its size is ${show(now)}, got ${show(wanted)} as the wanted one; give as many sizes`,
    );
  }
  const line = lineTo(graph, name);
  const allowed = allowedIn(graph, line, free, edit);
  const perAxis = wanted.map((one, axis) => alongAxis(line, axis, one, allowed));
  const lost = perAxis.findIndex(ways => ways.length === 0);
  if (lost >= 0) {
    throw new SurgeryError(
      `${edit}: no parameters within ${mostCost} of those of ${[...allowed.keys()].join(", ") || "any layer"} give it ${wanted[lost]} along axis ${lost}, got ${now[lost]}; free more layers, or ask for another size`,
    );
  }
  const all = perAxis.reduce<Way[][]>(
    (done, ways) => done.flatMap(before => ways.map(way => [...before, way])).slice(0, mostFits),
    [[]],
  );
  return all.map(ways => fitted(graph, line, ways, edit));
}

/** Differences of the parameters of a layer along an axis. */
type Differences = Readonly<Partial<Record<SpatialParameter, number>>>;
interface Way {
  readonly cost: number;
  /** Of every layer of the line. */
  readonly steps: readonly Differences[];
}

/** Layers of one input, from the first whose size nothing else decides to the one that is named. */
function lineTo(graph: Graph, name: string): Placed[] {
  const byName = new Map(analyse(graph).placed.map(one => [one.node.name, one]));
  const line: Placed[] = [];
  for (let one = byName.get(name); one && isInLine(one); one = byName.get(one.node.inputs[0]!)) line.unshift(one);
  return line;
}
const isInLine = ({ node, site }: Placed): boolean =>
  node.inputs.length === 1 && site.inputs[0]!.length === site.output.length && site.output.length > 1;

function allowedIn(
  graph: Graph,
  line: readonly Placed[],
  free: SpatialWish["free"],
  edit: string,
): Map<string, SpatialParameter[]> {
  const shared = new Set(graph.nodes.flatMap(({ name, shares }) => (shares === undefined ? [] : [name, shares])));

  const own = new Map(
    line.map(
      ({ node }) =>
        [
          node.name,
          parameters.filter(one => Array.isArray(node.attrs[one]) && !(one === "kernelSize" && shared.has(node.name))),
        ] as const,
    ),
  );
  const names = free === undefined ? [...own.keys()] : Array.isArray(free) ? (free as string[]) : Object.keys(free);
  const made = new Map<string, SpatialParameter[]>();
  for (const name of names) {
    const has = own.get(name);
    if (!has) throw new SurgeryError(`${edit}: ${name} is not on the way to it; ${nearest(name, [...own.keys()])}`);
    const only = free !== undefined && !Array.isArray(free) ? (free as Record<string, SpatialParameter[]>)[name]! : has;
    const missing = only.find(one => !has.includes(one));
    if (missing) throw new SurgeryError(`${edit}: ${name} has no ${missing}, got ${has.join(", ")}; choose among them`);
    if (only.length > 0)
      made.set(
        name,
        parameters.filter(one => only.includes(one)),
      );
  }
  return made;
}

/** All ways of the least cost along one axis: sizes layer by layer, with what each cost. */
function alongAxis(
  line: readonly Placed[],
  axis: number,
  wanted: number,
  allowed: ReadonlyMap<string, readonly SpatialParameter[]>,
): Way[] {
  const layers = line.map(placed => possible(placed, axis, allowed.get(placed.node.name) ?? []));
  if (line.length === 0) return [];
  const first = line[0]!.site.inputs[0]![axis + 1]!;
  for (let most = 0; most <= mostCost; most++) {
    let reached = new Map<string, { size: number; ways: Way[] }>([
      ["", { size: first, ways: [{ cost: 0, steps: [] }] }],
    ]);
    for (const sizesBehind of layers) {
      const next = new Map<string, { size: number; ways: Way[] }>();
      for (const { size, ways } of reached.values()) {
        const { cost } = ways[0]!;
        for (const { step, cost: more, size: made } of sizesBehind(size, most - cost)) {
          if (cost + more > most) break;
          const key = `${made} ${cost + more}`;
          const there = next.get(key) ?? { size: made, ways: [] };
          for (const way of ways) {
            if (there.ways.length < mostFits) there.ways.push({ cost: cost + more, steps: [...way.steps, step] });
          }
          next.set(key, there);
        }
      }
      reached = next;
    }
    const found = [...reached.values()].filter(({ size }) => size === wanted).flatMap(({ ways }) => ways);
    if (found.length > 0) return found.sort((a, b) => importance(a) - importance(b));
  }
  return [];
}

/** How important what changes is, by the order of the parameters. */
const importance = ({ steps: all }: Way): number =>
  all.reduce(
    (sum, step) => sum + parameters.reduce((part, one, rank) => part + (rank + 1) * Math.abs(step[one] ?? 0), 0),
    0,
  );

/** All differences of some parameters whose sum is at most so much, with their sums. */
function steps(free: readonly SpatialParameter[], most: number): [Differences, number][] {
  return free.reduce<[Differences, number][]>(
    (done, parameter) =>
      done.flatMap(([step, cost]) => {
        const left = most - cost;
        return Array.from({ length: 2 * left + 1 }, (_, i): [Differences, number] =>
          i === left ? [step, cost] : [{ ...step, [parameter]: i - left }, cost + Math.abs(i - left)],
        );
      }),
    [[{}, 0]],
  );
}

interface Possible {
  readonly step: Differences;
  readonly cost: number;
  readonly size: number;
}
/** Of a layer and a size along an axis that it is given, what can come out at so much cost at most, the least first. */
function possible(
  placed: Placed,
  axis: number,
  free: readonly SpatialParameter[],
): (size: number, most: number) => readonly Possible[] {
  const { op, site } = placed;
  const all = steps(free, mostCost).sort(([, a], [, b]) => a - b);
  // Read when they are first tried: most never are.
  const read: (object | undefined)[] = [];
  const attrsOf = (nr: number): object | undefined => {
    if (nr === read.length) read.push(op.attrs.safeParse(changed(placed, all[nr]![0], axis)).data);
    return read[nr];
  };
  const known = new Map<number, { readonly found: Possible[]; tried: number }>();
  return (size, most) => {
    const one = known.get(size) ?? { found: [], tried: 0 };
    known.set(size, one);
    const input = site.inputs[0]!.map((old, i) => (i === axis + 1 ? size : old));
    for (; one.tried < all.length && all[one.tried]![1] <= most; one.tried++) {
      const [step, cost] = all[one.tried]!;
      const attrs = attrsOf(one.tried);
      const made = attrs && sizeOf(() => op.shape([input], attrs)[axis + 1]!);
      if (made !== undefined) one.found.push({ step, cost, size: made });
    }
    return one.found;
  };
}

/** A size, or none where the op refuses it. */
function sizeOf(shape: () => number): number | undefined {
  try {
    return shape();
  } catch (error) {
    if (error instanceof ShapeMismatch) return undefined;
    throw error;
  }
}

function changed({ node }: Placed, step: Differences, axis: number): Record<string, unknown> {
  const attrs: Record<string, unknown> = { ...node.attrs };
  for (const [parameter, by] of Object.entries(step)) {
    const old = node.attrs[parameter] as readonly (number | readonly [number, number])[];
    attrs[parameter] = old.map((one, i) => {
      if (i !== axis) return one;
      // Of unequal padding the end changes.
      return typeof one === "number" ? one + by : [one[0], one[1] + by];
    });
  }
  return attrs;
}

function fitted(graph: Graph, line: readonly Placed[], ways: readonly Way[], edit: string): SpatialFit {
  const changes: Record<string, Partial<Record<SpatialParameter, readonly number[]>>> = {};
  const nodes = new Map(
    line.map((placed, layer) => {
      let { node } = placed;
      for (const [axis, way] of ways.entries()) {
        const attrs = changed({ ...placed, node }, way.steps[layer]!, axis);
        node = { ...node, attrs: toAttrs(attrs) };
      }
      const other = parameters.filter(
        one => JSON.stringify(node.attrs[one]) !== JSON.stringify(placed.node.attrs[one]),
      );
      if (other.length > 0) {
        changes[node.name] = Object.fromEntries(other.map(one => [one, node.attrs[one] as readonly number[]]));
      }
      return [node.name, node] as const;
    }),
  );
  const made = rewired(graph, edit, all => all.map(node => nodes.get(node.name) ?? node));
  return { cost: ways.reduce((sum, { cost }) => sum + cost, 0), changes, graph: made };
}
