/** Recurrent layers on long sequences, from first weights: output and gradients against PyTorch's. */
import { beforeAll, expect, it } from "vitest";
import { findOp, readAttrs } from "../../src/op/index.js";
import { product } from "../../src/shape/index.js";
import { initialWeights } from "../../src/train/index.js";
import { sequence } from "../battery/networks.js";
import { opSession, placeOp } from "../battery/op-model.js";
import { batchOf } from "../battery/values.js";
import { askPyTorch, type OpAnswer, receive, send, spelled, worstError } from "./pytorch.js";

const [batch, length, features] = [3, 200, 8];
const both = { hiddenSize: 32, layers: 2, bidirectional: true };
const cases = [
  { name: "rnn", attrs: both },
  { name: "rnn", attrs: { ...both, nonlinearity: "relu", output: "last" } },
  { name: "lstm", attrs: both },
  { name: "lstm", attrs: { ...both, output: "last" } },
  { name: "gru", attrs: both },
  { name: "gru", attrs: { ...both, output: "last" } },
].map(({ name, attrs }, i) => {
  const at = placeOp(findOp(name), readAttrs(findOp(name), attrs), [[length, features]]);
  const first = initialWeights(sequence("long", [length, features], [name, attrs]), i);
  const weights = at.weights.map(({ role, shape }) => ({ role, shape, data: first[`${name}_1.${role}`]! }));
  return { name, attrs, at, weights, x: batchOf(batch, [length, features], i), dy: batchOf(batch, at.output, i + 10) };
});

let answers: OpAnswer[] = [];
beforeAll(() => {
  answers = askPyTorch<OpAnswer>(
    cases.map(({ at, weights, x, dy }) => ({
      spelling: spelled(at.op.pytorch(at), 1),
      training: true,
      x: [send(x, [batch, length, features])],
      weights: Object.fromEntries(weights.map(({ role, shape, data }) => [role, send(data, shape)])),
      dy: send(dy, [batch, ...at.output]),
    })),
  );
});

it.each(cases.map((one, i) => ({ ...one, i })))("$name $attrs", async ({ at, weights, x, dy, i }) => {
  const session = await opSession(at, { training: true, needs: [true] });
  const fed = Object.fromEntries(weights.map(({ role, data }) => [`w/${role}`, data]));
  const found = await session.run(batch, { "x/0": x, dy, ...fed });
  await session.release();
  const { y, dx, dw } = answers[i]!;
  const near = (name: string, expected: OpAnswer["y"]) => {
    const values = found[name]!.data as Float32Array;
    expect(values).toHaveLength(product(expected.dims));
    const { units, error } = worstError(values, receive(expected), 1e-5, 1e-4);
    expect(units, `${name}: off by ${error}`).toBeLessThanOrEqual(1);
  };
  near("y", y);
  near("dx/0", dx[0]!);
  for (const { role } of weights) near(`dw/${role}`, dw[role]!);
});
