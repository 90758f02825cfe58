/** What a recurrent layer gives: a sequence and the states behind it, each a node once somebody needs it. */
import type { FromPyTorch } from "../../op/index.js";
import { special, type Tensor, tupleOf, type Value } from "./values.js";

type States = ReturnType<NonNullable<FromPyTorch["sequence"]>>;
/** A method of tensors, called. */
type Call = (name: string, ...positional: readonly Value[]) => Tensor;

const mostStates = 100;

/**
 * The layer's output and states as a tuple. `place` makes its node, whose attributes may be others where only the last
 * state is taken; `batchAt` is the axis of the batch.
 */
export function sequence(
  { last, ends = [], states, cells }: States,
  place: (override: object) => Tensor,
  batchAt: number,
  call: Call,
): Value {
  const taken = last && (() => place(last));
  const pending: NonNullable<Tensor["pending"]> = { whole: () => ({ ...place({}), batchAt }), last: taken };
  const whole: Tensor = { kind: "tensor", name: "a sequence", pending, batchAt };
  /** Where a direction ends. */
  const end = ({ step, features: [from, to] }: (typeof ends)[number]): Tensor => {
    pending.placed ??= pending.whole();
    const first: Tensor = { kind: "tensor", name: pending.placed.name };
    const at = call("Tensor.squeeze", call("Tensor.__slice__", first, 1, step, step === -1 ? null : step + 1, null), 1);
    return call("Tensor.__slice__", at, 1, from, to, null);
  };
  const known = taken ? [taken] : ends.map(one => () => end(one));
  const hidden: Value[] = Array.from({ length: Math.min(states, mostStates) }, () =>
    special("opaque", "a state of an inner layer"),
  );
  hidden.splice(
    hidden.length - known.length,
    known.length,
    ...known.map((state): Tensor => ({ kind: "tensor", name: "a state", pending: { whole: state } })),
  );
  const cell = special("opaque", "the cells' state");
  return tupleOf([whole, cells ? tupleOf([tupleOf(hidden), cell]) : tupleOf(hidden)]);
}
