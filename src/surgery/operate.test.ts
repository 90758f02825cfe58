import { expect, test } from "vitest";
import { graph } from "../build/index.js";
import { print } from "../graph/index.js";
import { operate } from "./operate.js";

/** Two layers on a residual path, and one behind. */
const residual = graph({ x: [3] }, ({ x }) => {
  const a = x.linear(4, { bias: false });
  const b = a.linear(4, { bias: false });
  return { y: a.add(b).linear(2, { bias: false }) };
}).graph;

test("layers that are added keep equally many channels, and the output keeps its own", async () => {
  const { graph, report } = await operate(residual).resize({ linear_1: -1 }).apply();
  expect(print(graph)).toMatchInlineSnapshot(`
    "network network
    x = input [3]
    linear_1 = linear(x) outFeatures=3 bias=false
    linear_2 = linear(linear_1) outFeatures=3 bias=false
    add_1 = add(linear_1, linear_2) inPlace=false
    y = linear(add_1) outFeatures=2 bias=false
    return y"
  `);
  expect(report.text).toMatchInlineSnapshot(`
    "network: 36 to 24 parameters (66.67 %), 36 to 24 multiply-accumulates (66.67 %)
    resize linear_1 -1: direct
      linear_1: [4] to [3]
      linear_2: [4] to [3]
      add_1: [4] to [3]"
  `);
});

test("several sizes at once", async () => {
  const apart = graph({ x: [3] }, ({ x }) => ({ y: x.linear(4).relu().linear(5).relu().linear(2) })).graph;
  const done = await operate(apart)
    .resize({ linear_1: { to: 6 }, linear_2: -2 })
    .apply();
  expect(done.report.steps[0]?.sizes).toEqual({ linear_1: [4, 6], relu_1: [4, 6], linear_2: [5, 3], relu_2: [5, 3] });
});

const refusal = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "done",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("what cannot be is refused, with what stands in its way", async () => {
  const tell = async (edit: ReturnType<typeof operate>): Promise<string> => refusal(edit.apply());
  expect({
    output: await tell(operate(residual).resize({ y: 1 })),
    frozen: await tell(operate(residual, { frozen: ["linear_2"] }).resize({ linear_1: 1 })),
    empty: await tell(operate(residual, { fallback: "refuse" }).resize({ linear_1: -4 })),
    name: await tell(operate(residual).resize({ linaer1: 1 })),
    size: await tell(operate(residual).resize({ linear_1: { to: 0 } })),
    worth: await tell(operate(residual, { utility: () => [1] }).resize({ linear_1: -1 })),
    nan: await tell(operate(residual, { utility: () => Number.NaN }).resize({ linear_1: -1 })),
    edge: await tell(operate(residual).disconnect("y", "add_1")),
  }).toMatchInlineSnapshot(`
    {
      "edge": "SurgeryError: disconnect y from add_1: there is no such edge, got inputs linear_1, linear_2; name one of them",
      "empty": "SurgeryError: resize linear_1 -4: this cannot all be, got linear_1 keeps at least 1 channel; linear_1 is to have 0 channels; ask for less",
      "frozen": "SurgeryError: resize linear_1 +1: this cannot all be, got linear_2 is frozen; linear_1 is to have more channels than 4; ask for less",
      "name": "SurgeryError: surgery: there is no layer of that name, got linaer1; known are x, linear_1, linear_2, add_1, y",
      "nan": "SurgeryError: utility: a value of linear_1 is not a number, got NaN for channel 0; give a number",
      "output": "SurgeryError: resize y +1: this cannot all be, got y is to have more channels than 2, though output y keeps its own; ask for less",
      "size": "SurgeryError: resize: a size is a whole number from 1, got 0 for linear_1; give one",
      "worth": "SurgeryError: utility: linear_1 has 4 channels, got 1 values; give one for each",
    }
  `);
});

test("a network that would have to be larger than itself is refused", async () => {
  const cycle = graph({ x: [3] }, ({ x }) => {
    const a = x.linear(5);
    return { y: a.linear(3).concat(a.linear(2)).add(a).linear(2) };
  }).graph;
  // Without linear_2, what it read would stand in the concat beside linear_3, and be added to itself.
  expect(await refusal(operate(cycle).remove("linear_2").apply())).toMatchInlineSnapshot(
    `"SurgeryError: remove linear_2: a size would have to exceed itself, got the cycle linear_1, add_1, concat_1, linear_2; keep one of them apart, or remove the layer with its path (resolve: "path")"`,
  );
});
