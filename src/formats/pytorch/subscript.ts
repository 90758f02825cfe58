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
  const whole = items[0] !== undefined && (ellipsis === 0 || isAll(items[0]));
  if (!whole) {
    return core.at(at, () =>
      undecided(
        `x[...]: every sample must be kept, got ${items.map(one => describe(one)).join(", ")}; begin with a colon`,
      ),
    );
  }
  // The last state of a sequence is an output of its layer.
  const { pending } = tensor;
  const isLast = items[1] === -1 && items.slice(2).every(isAll);
  if (pending?.last && !pending.placed && isLast) return core.at(at, pending.last);
  let x: Tensor = tensor;
  const apply = (name: string, dim: number, ...args: readonly Value[]): void => {
    x = core.graph.function(name, [x, dim, ...args], at, core) as Tensor;
  };
  // From the last to the first, so that what removes an axis moves none that is still to come.
  const behind = ellipsis < 0 ? [] : items.slice(ellipsis + 1);
  for (let dim = -1; dim >= -behind.length; dim--) place(behind.at(dim)!, dim);
  const front = ellipsis < 0 ? items : items.slice(0, ellipsis);
  for (let dim = front.length - 1; dim >= 1; dim--) place(front[dim]!, dim);
  return x;

  function place(one: Value, dim: number): void {
    if (isAll(one)) return;
    if (kindOf(one) === "slice") apply("Tensor.__slice__", dim, ...(one as SliceValue).bounds);
    else if (one === null) apply("Tensor.unsqueeze", dim);
    else if (isList(one)) apply("torch.index_select", dim, one as List);
    else {
      const next = one === -1 ? null : core.at(at, () => calculate("+", one, 1));
      apply("Tensor.__slice__", dim, one, next, null);
      apply("Tensor.squeeze", dim);
    }
  }
}
