/** In which form batches stand: samples first, [N, ...shape], or the batch last, [...shape, N]. */
import { batchToFirst, batchToLast, type Emit, type Placed, type Setting, type Value } from "../op/index.js";
import type { Shape } from "../shape/index.js";

/** Nodes whose batches stand last: those that want it, and those that take it as it comes from one of these. */
export function batchesLast(placed: readonly Placed[], setting: Setting): Set<string> {
  const last = new Set<string>();
  for (const { node, op, site } of placed) {
    const stands = op.batchLast?.(site, setting);
    if (stands === "wants" || (stands === "takes" && node.inputs.some(name => last.has(name)))) last.add(node.name);
  }
  return last;
}

/** A batch of samples of this shape in its other form. */
export const turned = (emit: Emit, value: Value, { length }: Shape, toLast: boolean): Value =>
  toLast ? batchToLast(emit, value, length) : batchToFirst(emit, value, length);

/** ONNX values of inputs and nodes in the forms in which they are wanted; each is turned once at most. */
export class Forms {
  readonly #emit: Emit;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #last: ReadonlySet<string>;
  readonly #first = new Map<string, Value>();
  readonly #turned = new Map<string, Value>();

  constructor(emit: Emit, shapes: ReadonlyMap<string, Shape>, last: ReadonlySet<string>) {
    this.#emit = emit;
    this.#shapes = shapes;
    this.#last = last;
  }

  isLast(name: string): boolean {
    return this.#last.has(name);
  }

  /** In the form that `isLast` says. */
  set(name: string, value: Value): void {
    (this.isLast(name) ? this.#turned : this.#first).set(name, value);
  }

  get(name: string, last = false): Value {
    const forms = last ? this.#turned : this.#first;
    const known = forms.get(name);
    if (known !== undefined) return known;
    const other = (last ? this.#first : this.#turned).get(name)!;
    const value = turned(this.#emit, other, this.#shapes.get(name)!, last);
    forms.set(name, value);
    return value;
  }
}
