/** Channels of ops that only move elements: found by pushing the elements' numbers through the op's own forward pass. */
import { disjointSets } from "../disjoint-sets.js";
import { product, type Shape } from "../shape/index.js";
import type { ChannelRule, Channels, Resized } from "./channels.js";
import type { Emit, OnnxAttrs, Value } from "./emit.js";
import type { Op, Site } from "./record.js";

/** Numbers of elements in an array of one sample. */
interface Numbers {
  readonly dims: Shape;
  readonly values: Int32Array;
}

/** The element of all inputs' elements, one input after another, that stands at every place of the output. */
export function sourcesOf<A extends object>(forward: Op<A>["forward"], site: Site<A>): Int32Array {
  const values = new Map<Value, Numbers>();
  let first = 0;
  const x = site.inputs.map((shape, i) => {
    const count = product(shape);
    values.set(`x${i}`, { dims: [1, ...shape], values: Int32Array.from({ length: count }, (_, at) => first + at) });
    first += count;
    return `x${i}`;
  });
  const { y } = forward(pushing(values), { ...site, x, w: {}, training: false, seed: 0 });
  return values.get(y)!.values;
}

/** An emitter that does what data movement does, to numbers. */
function pushing(values: Map<Value, Numbers>): Emit {
  let count = 0;
  const keep = (numbers: Numbers): Value => {
    const name = `v${count++}`;
    values.set(name, numbers);
    return name;
  };
  const ops = (type: string, inputs: readonly Value[], attrs: OnnxAttrs): Numbers => {
    const [data, ...others] = inputs.map(name => values.get(name)!);
    const move = moves[type];
    if (!move) throw new Error(`${type} does more than move elements; say of the op's channels otherwise`);
    return move(data!, others, attrs);
  };
  const unknown = (): never => {
    throw new Error("only ops that move elements can be pushed through; say of the op's channels otherwise");
  };
  return {
    op: (type, inputs, attrs = {}) => keep(ops(type, inputs, attrs)),
    ops: unknown,
    ints: list => {
      const all = typeof list === "number" ? [list] : list;
      return keep({ dims: [all.length], values: Int32Array.from(all) });
    },
    float: unknown,
    floats: unknown,
    scan: unknown,
    constant: unknown,
    foreign: unknown,
  };
}

type Move = (data: Numbers, others: readonly Numbers[], attrs: OnnxAttrs) => Numbers;
const moves: Readonly<Record<string, Move>> = {
  Identity: data => data,
  Reshape: (data, [dims]) => {
    const known = product([...dims!.values].filter(size => size !== -1));
    return {
      dims: [...dims!.values].map(size => (size === -1 ? data.values.length / known : size)),
      values: data.values,
    };
  },
  Unsqueeze: (data, [axes]) => ({ dims: data.dims.toSpliced(axes!.values[0]!, 0, 1), values: data.values }),
  Transpose: (data, _, attrs) => {
    const perm = attrs.perm as readonly number[];
    return chosen(
      data,
      perm.map(axis => data.dims[axis]!),
      place => place.map((_, axis) => place[perm.indexOf(axis)]!),
    );
  },
  Slice: (data, [starts, ends, axes, steps]) => {
    const [start, end, axis, step] = [starts, ends, axes, steps].map(one => one!.values[0]!) as [
      number,
      number,
      number,
      number,
    ];
    const dims = data.dims.with(axis, Math.ceil((end - start) / step));
    return chosen(data, dims, place => place.with(axis, start + place[axis]! * step));
  },
  Gather: (data, [indices], attrs) => {
    const axis = attrs.axis as number;
    const size = data.dims[axis]!;
    const dims = data.dims.with(axis, indices!.values.length);
    return chosen(data, dims, place => place.with(axis, (indices!.values[place[axis]!]! + size) % size));
  },
  Concat: (data, others, attrs) => {
    const all = [data, ...others];
    const axis = attrs.axis as number;
    const inner = all.map(({ dims }) => product(dims.slice(axis)));
    const outer = product(data.dims.slice(0, axis));
    const values = Array.from({ length: outer }, (_, row) =>
      all.flatMap((one, i) => [...one.values.subarray(row * inner[i]!, (row + 1) * inner[i]!)]),
    ).flat();
    const size = all.reduce((sum, { dims }) => sum + dims[axis]!, 0);
    return { dims: data.dims.with(axis, size), values: Int32Array.from(values) };
  },
};

/** Elements of other places. */
function chosen(data: Numbers, dims: Shape, from: (place: number[]) => number[]): Numbers {
  const strides = data.dims.map((_, axis) => product(data.dims.slice(axis + 1)));
  const place = dims.map(() => 0);
  const values = Int32Array.from({ length: product(dims) }, () => {
    const value = data.values[from(place).reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place[axis]!++;
      if (place[axis]! < dims[axis]!) break;
      place[axis] = 0;
    }
    return value;
  });
  return { dims, values };
}

export interface Following {
  /** The only axis that may be followed, in the input and in the output. */
  readonly only?: number;
  /** Whether places side by side that came of one place are one block; they are unless told. */
  readonly blocks?: boolean;
}

/**
 * The rule of an op that only moves elements. Of every input one axis that lives is followed, to the axis of the output
 * on which it tells most channels apart. `attrs` gives the attributes for other sizes.
 */
export const movedChannels =
  <A extends object>(
    attrs?: (site: Site<A>, next: Resized) => object,
    { only, blocks = true }: Following = {},
  ): ChannelRule<A> =>
  (site, live, forward) => {
    const followed = live.map(axes => axes.indexOf(true));
    const axis = followed.find(one => one >= 0);
    if (axis === undefined || (only !== undefined && axis !== only)) return undefined;
    const sources = sourcesOf(forward, site);
    const found = site.output.map((_, at) =>
      only === undefined || at === only ? followedTo(site, sources, axis, at) : undefined,
    );
    const best = found.reduce<Followed | undefined>(
      (most, one) => (one && one.count > (most?.count ?? 1) ? one : most),
      undefined,
    );
    if (!best) return undefined;
    return {
      ...best.channels,
      ...(blocks ? {} : { block: 1 }),
      ...(attrs ? { attrs: next => attrs(site, next) } : {}),
    };
  };

interface Followed {
  readonly channels: Channels;
  /** Channels told apart. */
  readonly count: number;
}

/** Places of an axis of every input, and places of an axis of the output, of one label where an element goes from one to the other. */
function followedTo(
  { inputs, output }: Site<object>,
  sources: Int32Array,
  axis: number,
  at: number,
): Followed | undefined {
  let total = 0;
  const firsts = inputs.map(shape => {
    total += shape[axis] ?? 0;
    return total - (shape[axis] ?? 0);
  });
  const outputs = total;
  const sets = disjointSets(total + output[at]!);
  const behind = inputs.map(shape => product(shape.slice(axis + 1)));
  const ends: number[] = [];
  for (const shape of inputs) ends.push((ends.at(-1) ?? 0) + product(shape));
  const after = product(output.slice(at + 1));
  let which = 0;
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i]!;
    while (source >= ends[which]!) which++;
    while (which > 0 && source < ends[which - 1]!) which--;
    const own = source - (which === 0 ? 0 : ends[which - 1]!);
    const from = firsts[which]! + (Math.floor(own / behind[which]!) % inputs[which]![axis]!);
    const to = outputs + (Math.floor(i / after) % output[at]!);
    sets.union(from, to);
  }
  const labels = Int32Array.from({ length: total + output[at]! }, (_, i) => sets.find(i));
  const made = labels.subarray(outputs);
  const count = new Set(made).size;
  const alone = (shape: Shape, one: number, own: Int32Array) => shape.map((_, i) => (i === one ? own : undefined));
  return {
    count,
    channels: {
      inputs: inputs.map((shape, i) => alone(shape, axis, labels.subarray(firsts[i]!, firsts[i]! + shape[axis]!))),
      output: alone(output, at, made),
      block: blockOf(inputs, axis, labels, made),
    },
  };
}

/** How many places side by side of the output came of one place of the input. */
function blockOf(inputs: readonly Shape[], axis: number, labels: Int32Array, made: Int32Array): number {
  if (inputs.length > 1 || new Set(labels.subarray(0, inputs[0]![axis]!)).size < inputs[0]![axis]!) return 1;
  let run = 1;
  while (run < made.length && made[run] === made[0]) run++;
  return run;
}
