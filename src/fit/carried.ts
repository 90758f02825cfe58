/** What a training carries from run to run: weights and the optimizer's state. */
import { float32, type Tensors } from "../runtime/session.js";
import { product } from "../shape/index.js";
import { nextPort, type TrainingModel } from "../train/index.js";

type Numbers = Readonly<Record<string, Float32Array>>;
type Carrying = Pick<TrainingModel, "carried">;

/** As a run takes it; what has no values yet begins at 0. */
export const carriedInputs = ({ carried }: Carrying, values: Numbers): Tensors =>
  Object.fromEntries(
    carried.map(({ name, shape }) => [name, float32(values[name] ?? new Float32Array(product(shape)), shape)]),
  );

/** As a run gave it back, to be taken by the next. */
export const renewed = ({ carried }: Carrying, outputs: Tensors): Tensors =>
  Object.fromEntries(carried.map(({ name }) => [name, outputs[nextPort(name)]!]));

export const numbersOf = (tensors: Tensors): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]));

/** Arrays that no training writes over. */
export const copied = (values: Numbers): Numbers =>
  Object.fromEntries(Object.entries(values).map(([name, one]) => [name, one.slice()]));
