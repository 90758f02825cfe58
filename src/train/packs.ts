/**
 * Packs: small parameters that one optimizer learns, side by side in one flat tensor, and each of its slots likewise, so
 * that an update is a handful of operators over everything instead of a handful for every parameter. A large parameter
 * is a pack of its own: to copy it costs more than the operators.
 */
import type { Emit, Value } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";
import { type Learning, slotName } from "./learning.js";
import type { Optimizer } from "./optimizers.js";
import type { Parameter } from "./parameters.js";

export interface Pack {
  readonly optimizer: Optimizer;
  /** Numbers of the step, as the optimizer wants them. */
  readonly coefficients: readonly number[];
  readonly parameters: readonly Parameter[];
  /** Of the flat tensors; of a parameter that is alone, its own. */
  readonly shape: Shape;
  /** The weights, then every slot: what the flat tensor is called, and its parts in order. */
  readonly tensors: readonly { readonly name: string; readonly parts: readonly string[] }[];
}

/** Elements from which a parameter is a pack of its own. */
const large = 32_768;

/** Every parameter that learns, in the pack of one optimizer. */
export function packsOf({ optimizers, learned }: Pick<Learning, "optimizers" | "learned">): Pack[] {
  let first = 0;
  return optimizers.flatMap((optimizer, i) => {
    const count = optimizer.coefficients(1).length;
    const coefficients = Array.from({ length: count }, (_, k) => first + k);
    first += count;
    const own = learned.filter(({ by }) => by === i).map(({ parameter }) => parameter);
    const small = own.filter(parameter => sizeOf(parameter) < large);
    const alone = own.filter(parameter => sizeOf(parameter) >= large).map(parameter => [parameter]);
    return [...(small.length > 0 ? [small] : []), ...alone].map((parameters, k): Pack => {
      const slots = optimizer.slots.map(slot => ({
        name: `pack/${i}/${k}/${slot}`,
        parts: parameters.map(parameter => slotName(parameter, slot)),
      }));
      const weights = { name: `pack/${i}/${k}`, parts: parameters.map(({ name }) => name) };
      const shape =
        parameters.length === 1 ? parameters[0]!.shape : [parameters.reduce((sum, one) => sum + sizeOf(one), 0)];
      return { optimizer, coefficients, parameters, shape, tensors: [weights, ...slots] };
    });
  });
}

const sizeOf = ({ shape }: Parameter): number => product(shape);

/** One flat tensor of values, one for each parameter. */
export function packed(emit: Emit, values: readonly Value[]): Value {
  if (values.length === 1) return values[0]!;
  const flat = values.map(value => emit.op("Reshape", [value, emit.ints([-1])]));
  return emit.op("Concat", flat, { axis: 0 });
}

/** The values in a flat tensor, each in the shape of its parameter. */
export function unpacked(emit: Emit, flat: Value, { parameters }: Pick<Pack, "parameters">): Value[] {
  if (parameters.length === 1) return [flat];
  const parts = emit.ops("Split", [flat, emit.ints(parameters.map(sizeOf))], parameters.length, { axis: 0 });
  return parts.map((part, i) => emit.op("Reshape", [part, emit.ints(parameters[i]!.shape)]));
}
