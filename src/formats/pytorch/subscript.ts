/** `x[:, 0, 2:4]`: the parts of a tensor, every sample alike. */
import type { Core } from "./core.js";
import { calculate, undecided } from "./operators.js";
import { describe, isList, isSpecial, kindOf, type List, type SliceValue, type Tensor, type Value } from "./values.js";

const isAll = (one: Value): boolean =>
  kindOf(one) === "slice" && (one as SliceValue).bounds.every(bound => bound === null);

/** Every index makes a node; whole axes (`:`) make none. */
export function subscript(tensor: Tensor, index: Value, at: number, core: Core): Value {
  const items = isList(index) && index.kind === "tuple" ? index.items : [index];
  const ellipsis = items.findIndex(one => isSpecial(one, "ellipsis"));
  const { batchAt = 0 } = tensor;
  // Axes that are not told are whole, and a new one moves those behind it.
  const told = items.slice(0, ellipsis < 0 ? undefined : ellipsis);
  const ofBatch = batchItem(told, batchAt);
  const whole = ofBatch === undefined ? batchAt > 0 || ellipsis >= 0 : isAll(ofBatch);
  if (!whole) {
    return core.at(at, () =>
      undecided(
        `x[...]: every sample must be kept, got ${items.map(one => describe(one)).join(", ")}; ${batchAt === 0 ? "begin with a colon" : `write a colon for axis ${batchAt}`}`,
      ),
    );
  }
  // The last state of a sequence is an output of its layer.
  const { pending } = tensor;
  const isLast = items[1 - batchAt] === -1 && items.every((one, i) => i === 1 - batchAt || isAll(one));
  if (pending?.last && !pending.placed && isLast) return core.at(at, pending.last);
  let x: Tensor = tensor;
  const apply = (name: string, dim: number, ...args: readonly Value[]): void => {
    x = core.graph.function(name, [x, dim, ...args], at, core) as Tensor;
  };
  // From the last to the first, so that what removes an axis moves none that is still to come.
  const behind = ellipsis < 0 ? [] : items.slice(ellipsis + 1);
  let last = -1;
  for (const one of behind.toReversed()) if (place(one, last)) last--;
  const front = ellipsis < 0 ? items : items.slice(0, ellipsis);
  for (const [i, one] of [...front.entries()].reverse()) {
    place(one, front.slice(0, i).filter(before => before !== null).length);
  }
  return x;

  /** Whether an axis is left of it. */
  function place(one: Value, dim: number): boolean {
    if (isAll(one)) return true;
    if (kindOf(one) === "slice") apply("Tensor.__slice__", dim, ...(one as SliceValue).bounds);
    else if (one === null) apply("Tensor.unsqueeze", dim);
    else if (isList(one)) apply("torch.index_select", dim, one as List);
    else {
      const next = one === -1 ? null : core.at(at, () => calculate("+", one, 1));
      apply("Tensor.__slice__", dim, one, next, null);
      apply("Tensor.squeeze", dim);
      return false;
    }
    return true;
  }
}

/** What is told of the axis of the batch. */
function batchItem(items: readonly Value[], batchAt: number): Value | undefined {
  let axis = 0;
  for (const one of items) {
    if (one === null) continue;
    if (axis++ === batchAt) return one;
  }
  return undefined;
}
