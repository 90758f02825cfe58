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
    const numbers = new Int32Array(count);
    for (let at = 0; at < count; at++) numbers[at] = first + at;
    values.set(`x${i}`, { dims: [1, ...shape], values: numbers });
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
    const all = everywhere(data);
    return chosen(
      data,
      (attrs.perm as readonly number[]).map(axis => all[axis]!),
    );
  },
  Slice: (data, [starts, ends, axes, steps]) => {
    const [start, end, axis, step] = [starts, ends, axes, steps].map(one => one!.values[0]!) as [
      number,
      number,
      number,
      number,
    ];
    const length = Math.ceil((end - start) / step);
    const places = Array.from({ length }, (_, at) => start + at * step);
    return chosen(data, everywhere(data).with(axis, { axis, places }));
  },
  Gather: (data, [indices], attrs) => {
    const axis = attrs.axis as number;
    const size = data.dims[axis]!;
    const places = Array.from(indices!.values, at => (at + size) % size);
    return chosen(data, everywhere(data).with(axis, { axis, places }));
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

/** An axis of what is moved, and the places of it that are taken, in order. */
interface Taken {
  readonly axis: number;
  readonly places: readonly number[];
}
/** All places of all axes. */
const everywhere = ({ dims }: Numbers): Taken[] =>
  dims.map((size, axis) => ({ axis, places: Array.from({ length: size }, (_, at) => at) }));

/** Elements at these places, an axis of the result for each that is taken. */
function chosen(data: Numbers, taken: readonly Taken[]): Numbers {
  let offsets = Int32Array.of(0);
  for (const { axis, places } of taken) {
    const stride = product(data.dims.slice(axis + 1));
    const next = new Int32Array(offsets.length * places.length);
    let at = 0;
    for (const offset of offsets) for (const place of places) next[at++] = offset + place * stride;
    offsets = next;
  }
  return { dims: taken.map(({ places }) => places.length), values: offsets.map(offset => data.values[offset]!) };
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
  /** How many sets hold places of the output, and which. */
  let count = output[at]!;
  const holds = new Uint8Array(total + count).fill(1, outputs);
  let which = 0;
  let before = -1;
  let then = -1;
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i]!;
    while (source >= ends[which]!) which++;
    while (which > 0 && source < ends[which - 1]!) which--;
    const own = source - (which === 0 ? 0 : ends[which - 1]!);
    const from = firsts[which]! + (((own / behind[which]!) | 0) % inputs[which]![axis]!);
    const to = outputs + (((i / after) | 0) % output[at]!);
    // Neighbours mostly go the same way.
    if (from === before && to === then) continue;
    before = from;
    then = to;
    const one = sets.find(from);
    const other = sets.find(to);
    if (one === other) continue;
    sets.union(one, other);
    if (holds[one] && holds[other]) count--;
    // Not even two are told apart.
    if (count < 2) return undefined;
    holds[sets.find(one)] = 1;
  }
  const labels = Int32Array.from({ length: total + output[at]! }, (_, i) => sets.find(i));
  const made = labels.subarray(outputs);
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
