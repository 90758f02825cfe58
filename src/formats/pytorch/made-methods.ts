/** Methods of tensors that are made of others: `unbind`, `select`, `expand`. */
import { sameShape } from "../../shape/index.js";
import type { Core } from "./core.js";
import { item, itemsOf, undecided } from "./operators.js";
import { subscript } from "./subscript.js";
import {
  describe,
  isList,
  isSpecial,
  isTensor,
  listOf,
  own,
  type SliceValue,
  type Tensor,
  tupleOf,
  type Value,
} from "./values.js";

type Work = (x: Tensor, args: readonly Value[], at: number, core: Core) => Value;

const whole: SliceValue = { kind: "slice", bounds: [null, null, null] };

/** One place of an axis. */
function selected(x: Tensor, dim: Value, index: Value, at: number, core: Core): Value {
  const axis = Number(dim) < 0 ? Number(dim) + itemsOf(core.graph.fullShape(x)).length : Number(dim);
  return subscript(x, tupleOf([...Array<Value>(axis).fill(whole), index]), at, core);
}

/** Axes of one element, repeated; beside a tensor that is as large nothing is repeated. */
function expanded(x: Tensor, sizes: readonly Value[], at: number, core: Core): Value {
  const shape = core.graph.shape(x);
  const [batch = null, ...wanted] = sizes;
  const inner = wanted.map((size, axis) => (size === -1 ? (shape[axis] ?? size) : size)) as number[];
  const fits = inner.length === shape.length && inner.every((size, axis) => shape[axis] === 1 || size === shape[axis]);
  if (x.batchAt || !fits || !(batch === -1 || isSpecial(batch, "batch")) || !inner.every(Number.isSafeInteger)) {
    const got = sizes.map(one => describe(one)).join(", ");
    return undecided(`expand: only axes of size 1 can be repeated, got ${got}; keep the others, the batch with -1`);
  }
  const from = core.graph.settled(x);
  if (sameShape(inner, shape)) return from;
  const repeat = (): Tensor =>
    inner.reduce<Tensor>((made, size, axis) => {
      if (size === shape[axis]) return made;
      const places = listOf(Array<Value>(size).fill(0));
      return core.graph.function("torch.index_select", [made, axis + 1, places], at, core) as Tensor;
    }, from);
  return { kind: "tensor", name: from.name, repeated: { from, shape: inner }, pending: { whole: repeat } };
}

const methods: Readonly<Record<string, Work>> = {
  select: (x, [dim = 0, index = null], at, core) => selected(x, dim, index, at, core),
  unbind: (x, [dim = 0], at, core) => {
    const size = item(core.graph.fullShape(x), dim);
    if (typeof size === "number") return tupleOf(Array.from({ length: size }, (_, i) => selected(x, dim, i, at, core)));
    return undecided("unbind: it must be an axis of a sample, got that of the batch; give another");
  },
  expand: (x, sizes, at, core) => {
    const [list] = sizes;
    return expanded(x, sizes.length === 1 && isList(list) ? list.items : sizes, at, core);
  },
  expand_as: (x, [other = null], at, core) => {
    if (!isTensor(other)) return undecided(`expand_as: a tensor is needed, got ${describe(other)}; give one`);
    return expanded(x, itemsOf(core.graph.fullShape(other)), at, core);
  },
};

export function madeMethod(x: Tensor, name: string, core: Core): Value | undefined {
  const work = own(methods, name);
  return (
    work && {
      kind: "builtin",
      name,
      call: ({ positional, keywords }, at) => {
        const named = ["dim", "index", "other"].flatMap(key => keywords.get(key) ?? []);
        return core.at(at, () => work(x, [...positional, ...named], at, core));
      },
    }
  );
}
