/**
 * Packs: all parameters that one optimizer learns, side by side in one flat tensor, and each of its slots likewise, so
 * that an update is a handful of operators over everything instead of a handful for every parameter.
 */
import type { Emit, Value } from "../op/index.js";
import { product } from "../shape/index.js";
import { type Learning, slotName } from "./learning.js";
import type { Optimizer } from "./optimizers.js";
import type { Parameter } from "./parameters.js";

export interface Pack {
  readonly optimizer: Optimizer;
  /** Numbers of the step, as the optimizer wants them. */
  readonly coefficients: readonly number[];
  readonly parameters: readonly Parameter[];
  /** Elements of all of them. */
  readonly size: number;
  /** The weights, then every slot: what the flat tensor is called, and its parts in order. */
  readonly tensors: readonly { readonly name: string; readonly parts: readonly string[] }[];
}

/** One pack for every optimizer that learns anything. */
export function packsOf({ optimizers, learned }: Pick<Learning, "optimizers" | "learned">): Pack[] {
  let first = 0;
  return optimizers.flatMap((optimizer, i) => {
    const count = optimizer.coefficients(1).length;
    const coefficients = Array.from({ length: count }, (_, k) => first + k);
    first += count;
    const parameters = learned.filter(({ by }) => by === i).map(({ parameter }) => parameter);
    if (parameters.length === 0) return [];
    const slots = optimizer.slots.map(slot => ({
      name: `pack/${i}/${slot}`,
      parts: parameters.map(parameter => slotName(parameter, slot)),
    }));
    const weights = { name: `pack/${i}`, parts: parameters.map(({ name }) => name) };
    const size = parameters.reduce((sum, { shape }) => sum + product(shape), 0);
    return [{ optimizer, coefficients, parameters, size, tensors: [weights, ...slots] }];
  });
}

/** One flat tensor of values, one for each parameter. */
export function packed(emit: Emit, values: readonly Value[]): Value {
  const flat = values.map(value => emit.op("Reshape", [value, emit.ints([-1])]));
  return flat.length === 1 ? flat[0]! : emit.op("Concat", flat, { axis: 0 });
}

/** The values in a flat tensor, each in the shape of its parameter. */
export function unpacked(emit: Emit, flat: Value, { parameters }: Pick<Pack, "parameters">): Value[] {
  const sizes = parameters.map(({ shape }) => product(shape));
  const parts = sizes.length === 1 ? [flat] : emit.ops("Split", [flat, emit.ints(sizes)], sizes.length, { axis: 0 });
  return parts.map((part, i) => emit.op("Reshape", [part, emit.ints(parameters[i]!.shape)]));
}
