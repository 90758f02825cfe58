/** The arguments of a call of PyTorch: bound to parameters, parted into tensors and constants, none of them lost. */
import {
  ArgumentError,
  batchSize,
  bind,
  causalMask,
  isFallback,
  type Literal,
  type PyTorchArgs,
  signature,
  whileTraining,
} from "../../op/index.js";
import { type Shape, show } from "../../shape/index.js";
import {
  type Args,
  describe,
  isList,
  isTensor,
  type Known,
  kindOf,
  type Special,
  type Tensor,
  type Value,
} from "./values.js";

export type Bound = ReadonlyMap<string, unknown>;

/** The arguments of the module and of its call side by side. */
export function boundCall(known: Known, args: Args, { positional, keywords }: Args): Bound {
  return new Map([...bindValues(known, args), ...bind<Value>(signature(known.reading.call!), positional, keywords)]);
}

/** Arguments by parameter; one list where all sizes are wanted is those sizes. */
export function bindValues({ signature }: Known, { positional, keywords }: Args): Bound {
  const bound = new Map<string, unknown>(bind(signature, positional, keywords));
  for (const { name, rest } of signature.parameters) {
    const value = bound.get(name);
    if (rest && Array.isArray(value) && value.length === 1 && isList(value[0])) bound.set(name, value[0].items);
  }
  return bound;
}

/** The tensors among arguments, alone or in lists. */
export function tensorsOf(bound: Bound, { op, reading }: Known): Tensor[] {
  const all = [...bound.values()].flatMap(value => (isTensor(value) ? [value] : itemsIn(value).filter(isTensor)));
  // One tensor in all places is one input, where the op takes one.
  const alone =
    reading.call !== undefined && typeof op.arity === "object" && "oneOf" in op.arity && op.arity.oneOf.includes(1);
  return alone && all.every(one => one === all[0]) ? all.slice(0, 1) : all;
}
const itemsIn = (value: unknown): readonly unknown[] =>
  isList(value) ? value.items : Array.isArray(value) ? value : [];
const holdsTensor = (value: unknown): boolean => isTensor(value) || itemsIn(value).some(isTensor);

/** Arguments as constants, each noted when it is read. */
export function literals(name: string, bound: Bound, read: Set<string>): PyTorchArgs {
  return new Proxy<PyTorchArgs>(
    {},
    {
      get: (_, key) => {
        const value = bound.get(key as string);
        if (value === undefined || holdsTensor(value)) return undefined;
        read.add(key as string);
        return literal(value, `${name}: ${String(key)}`);
      },
    },
  );
}

function literal(value: unknown, title: string): Literal {
  if (Array.isArray(value)) return value.map(one => literal(one, title));
  if (isList(value)) return value.items.map(one => literal(one, title));
  switch (kindOf(value)) {
    case undefined:
      return value as Literal;
    case "batch":
      return batchSize;
    case "training":
      return whileTraining;
    // Where no number stands, the op's own refusal tells what does.
    case "unknown":
      return (value as { what: string }).what;
    case "opaque":
      if ((value as Special).what === causalMask) return causalMask;
      // One number in all places.
      if ((value as Special).filled !== undefined) return (value as Special).filled!;
      break;
    default:
  }
  throw new ArgumentError(`${title} must be a constant, got ${describe(value as Value)}; give one`);
}

/** Refuses an argument that says otherwise of the input than is so. */
export function checkStated(
  { reading, signature }: Known,
  args: PyTorchArgs,
  [shape]: readonly Shape[],
  read: Set<string>,
): void {
  if (!reading.states) return;
  const { parameter, axis } = reading.states;
  read.add(parameter);
  const found = shape!.at(axis);
  if (found === args[parameter]) return;
  throw new ArgumentError(
    `${signature.name}: ${parameter} is ${args[parameter]}, got an input of ${show(shape!)}; correct one of them`,
  );
}

/** An argument that means nothing here must be PyTorch's default: none is lost. */
export function checkUnread({ signature }: Known, bound: Bound, read: ReadonlySet<string>): void {
  for (const parameter of signature.parameters) {
    const { name, fallback } = parameter;
    const value = bound.get(name);
    if (read.has(name) || holdsTensor(value) || fallback === undefined) continue;
    if (isFallback(parameter, literal(value, name), bound)) continue;
    throw new ArgumentError(
      `${signature.name}: ${name} can only be ${describe(fallback as Value)}, got ${describe(value as Value)}; leave it out`,
    );
  }
}
