/** The class behind `Tensor`: a name in a network under description. Its methods come from the ops' records. */
import { allComposed, allOps, attrsOfCall, type Layer, type Op, OpError, type Tensor, takes } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import type { Description } from "./description.js";

export class TensorValue {
  constructor(
    readonly description: Description,
    readonly name: string,
  ) {}

  get shape(): Shape {
    return this.description.shape(this.name);
  }

  pipe(layer: Layer, ...more: unknown[]): TensorValue {
    if (more.length > 0) {
      throw new OpError(
        `pipe: there must be one layer, got ${more.length + 1}; give Sequential(a, b), or say pipe(a).pipe(b)`,
      );
    }
    return new TensorValue(this.description, this.description.pipe(layer, this.name));
  }

  toString(): string {
    return `${this.name} of ${this.description.name}`;
  }
}

type Argument = TensorValue | undefined;

/** The fluent method of one op: further inputs first, where it has any, then the record's own arguments. */
function method(record: Op) {
  const severalInputs = record.arity !== 1;
  return function (this: TensorValue, ...args: Argument[]): TensorValue {
    const end = args.findIndex(argument => !(argument instanceof TensorValue));
    const count = severalInputs ? (end < 0 ? args.length : end) : 0;
    const others = args.slice(0, count) as TensorValue[];
    for (const other of others) checkSame(record.name, this, other);
    if (!takes(record.arity, 1) && typeof args[count] === "number" && others.length === 0) {
      throw new OpError(
        `${record.name}: it takes tensors, got ${args[count]}; for numbers there is scale(factor, { shift })`,
      );
    }
    const attrs = attrsOfCall(record, args.slice(count));
    const inputs = [this, ...others].map(tensor => tensor.name);
    return new TensorValue(this.description, this.description.add(record.name, inputs, attrs));
  };
}

function checkSame(op: string, a: TensorValue, b: TensorValue): void {
  if (a.description !== b.description) {
    throw new OpError(`${op}: tensors must be of one network, got ${a} and ${b}; describe both in one function`);
  }
}

/** Ops may be registered at any time, so that each description asks for the methods again. */
export function addMethods(): void {
  for (const record of allOps.values()) {
    if (Object.hasOwn(TensorValue.prototype, record.name)) continue;
    Object.defineProperty(TensorValue.prototype, record.name, { value: method(record) });
  }
  for (const [name, made] of allComposed) {
    if (Object.hasOwn(TensorValue.prototype, name)) continue;
    const value = function (this: TensorValue, ...args: unknown[]): unknown {
      return made(typed(this), ...args);
    };
    Object.defineProperty(TensorValue.prototype, name, { value });
  }
}

/** The tensor as its types see it. */
export const typed = <S extends Shape>(tensor: TensorValue): Tensor<S> => tensor as unknown as Tensor<S>;
