import { expect, it } from "vitest";
import { runAlone } from "../../test/battery/alone.js";
import { indices, offset, type Reference } from "../../test/battery/reference.js";
import { type Row, testOp } from "../../test/battery/test-op.js";
import { crop1d, crop2d, crop3d, pad1d, pad2d, pad3d } from "./pad.js";

/** Which element stands at every place of an axis; none in a border of one value. */
function line(size: number, [begin, end]: readonly [number, number], mode: string): (number | undefined)[] {
  const places = Array.from({ length: size + begin + end }, (_, i) => i - begin);
  const left = places.filter(at => at >= 0 && at < size);
  const wave = 2 * (size - 1);
  return places.map(at => {
    if (at >= 0 && at < size) return at;
    if (mode === "replicate") return at < 0 ? 0 : size - 1;
    if (mode === "circular") return left.at((at - left[0]!) % left.length);
    if (mode !== "reflect") return undefined;
    const on = (at + wave) % wave;
    return on < size ? on : wave - on;
  });
}

const bordered =
  (endsOf: (attrs: never) => readonly (number | readonly [number, number])[]): Reference =>
  ({ attrs, inputs: [shape], output, x: [x] }) => {
    const lines = endsOf(attrs as never).map((edges, axis) => {
      const pair = typeof edges === "number" ? ([edges, edges] as const) : edges;
      return line(shape![axis + 1]!, pair, attrs.mode);
    });
    return indices(output).map(([channel, ...to]) => {
      const from = to.map((i, axis) => lines[axis]![i]);
      return from.includes(undefined) ? attrs.value : x![offset(shape!, [channel!, ...(from as number[])])!]!;
    });
  };
const pads = { reference: bordered(({ padding }: { padding: number[] }) => padding) };
const crops = {
  reference: bordered(({ cropping }: { cropping: number[] }) =>
    cropping.map(edges => {
      const [begin, end] = [edges].flat() as [number, number?];
      return [-begin, -(end ?? begin)] as const;
    }),
  ),
};

testOp(
  pad1d,
  [
    { attrs: { padding: 2 }, inputs: [[2, 3]], output: [2, 7], macs: 0 },
    { attrs: { padding: [[1, 3]], value: -1.5 }, inputs: [[2, 3]], output: [2, 7] },
    { attrs: { padding: 0 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { padding: [[-2, 1]] }, inputs: [[2, 4]], output: [2, 3] },
    { attrs: { padding: -1 }, inputs: [[2, 4]], output: [2, 2] },
    { attrs: { padding: [[2, 3]], mode: "reflect" }, inputs: [[2, 4]], output: [2, 9] },
    { attrs: { padding: [[0, 2]], mode: "reflect" }, inputs: [[2, 3]], output: [2, 5] },
    // What is mirrored may be what is taken off.
    { attrs: { padding: [[3, -3]], mode: "reflect" }, inputs: [[1, 4]], output: [1, 4] },
    { attrs: { padding: [[4, 1]], mode: "replicate" }, inputs: [[2, 3]], output: [2, 8] },
    { attrs: { padding: [[-1, 2]], mode: "replicate" }, inputs: [[2, 3]], output: [2, 4] },
    { attrs: { padding: [[2, 3]], mode: "circular" }, inputs: [[2, 3]], output: [2, 8] },
    // What is wrapped is what is left.
    { attrs: { padding: [[2, -1]], mode: "circular" }, inputs: [[2, 4]], output: [2, 5] },
    {
      attrs: { padding: -2 },
      inputs: [[1, 4]],
      error: "pad1d: padding -2 leaves nothing, got length 4; take less off",
    },
    {
      attrs: { padding: [[3, 1]], mode: "reflect" },
      inputs: [[1, 3]],
      error: "pad1d: reflected padding must be below length 3, got [3,1]; use less padding",
    },
    {
      attrs: { padding: [[-1, 3]], mode: "circular" },
      inputs: [[1, 3]],
      error: "pad1d: circular padding must be at most the 2 that are left of length 3, got [-1,3]; use less padding",
    },
    {
      attrs: { padding: 1, mode: "reflect", value: 2 },
      inputs: [[1, 3]],
      error: "pad1d: value is for mode constant, got mode reflect and 2; leave it out",
    },
    {
      attrs: { padding: 0.5 },
      inputs: [[1, 3]],
      error: "pad1d: padding must be a whole number, or 1 of them or of [begin, end], got 0.5; give 1 or [1]",
    },
    {
      attrs: { padding: 1 },
      inputs: [[3]],
      error: "pad1d: input must be [channels, length], got [3]; reshape it first",
    },
  ],
  pads,
);
const refusals: Row[] = [
  {
    attrs: { padding: [1, 1, 1] },
    inputs: [[1, 3, 3]],
    error: "pad2d: padding must be a whole number, or 2 of them or of [begin, end], got [1,1,1]; give 1 or [1, 1]",
  },
  {
    attrs: { padding: 1, mode: "zeros" },
    inputs: [[1, 3, 3]],
    error: 'pad2d: mode must be constant or reflect or replicate or circular, got "zeros"; give one of these',
  },
];
testOp(
  pad2d,
  [
    { attrs: { padding: [1, [0, 2]] }, inputs: [[2, 2, 3]], output: [2, 4, 5], macs: 0 },
    { attrs: { padding: [[1, -1], 2], value: 3 }, inputs: [[2, 3, 2]], output: [2, 3, 6] },
    { attrs: { padding: [1, 2], mode: "reflect" }, inputs: [[2, 2, 3]], output: [2, 4, 7] },
    {
      attrs: {
        padding: [
          [2, 0],
          [1, 2],
        ],
        mode: "replicate",
      },
      inputs: [[2, 2, 2]],
      output: [2, 4, 5],
    },
    {
      attrs: {
        padding: [
          [1, 2],
          [2, 0],
        ],
        mode: "circular",
      },
      inputs: [[2, 2, 3]],
      output: [2, 5, 5],
    },
    ...refusals,
  ],
  pads,
);
testOp(
  pad3d,
  [
    { attrs: { padding: 1 }, inputs: [[1, 1, 2, 2]], output: [1, 3, 4, 4] },
    { attrs: { padding: [1, [0, 1], -1], mode: "reflect" }, inputs: [[1, 2, 2, 3]], output: [1, 4, 3, 1] },
    { attrs: { padding: [0, 1, [2, 0]], mode: "circular" }, inputs: [[1, 2, 1, 3]], output: [1, 2, 3, 5] },
  ],
  pads,
);

testOp(
  crop1d,
  [
    { attrs: { cropping: 1 }, inputs: [[2, 5]], output: [2, 3], macs: 0 },
    { attrs: { cropping: [[2, 0]] }, inputs: [[2, 3]], output: [2, 1] },
    { attrs: { cropping: 0 }, inputs: [[2, 3]], output: [2, 3] },
    {
      attrs: { cropping: [[2, 1]] },
      inputs: [[2, 3]],
      error: "crop1d: cropping [2,1] leaves nothing, got length 3; take less off",
    },
    {
      attrs: { cropping: -1 },
      inputs: [[2, 3]],
      error:
        "crop1d: cropping must be a whole number of at least 0, or 1 of them or of [begin, end], got -1; give 1 or [1]",
    },
  ],
  crops,
);
testOp(crop2d, [{ attrs: { cropping: [[0, 1], 1] }, inputs: [[2, 3, 4]], output: [2, 2, 2] }], crops);
testOp(crop3d, [{ attrs: { cropping: [1, 0, [1, 2]] }, inputs: [[1, 3, 2, 4]], output: [1, 1, 2, 1] }], crops);

it("gives the gradient of a border to what stands in it", async () => {
  const dy = [1, 2, 4, 8, 16, 32];
  const ran = (attrs: object) => runAlone("pad1d", [1, 3], [5, 6, 7], dy, { padding: [[2, 1]], ...attrs });
  expect(await ran({ value: 9 })).toEqual({ y: [9, 9, 5, 6, 7, 9], dx: [4, 8, 16] });
  expect(await ran({ mode: "reflect" })).toEqual({ y: [7, 6, 5, 6, 7, 6], dx: [4, 8 + 2 + 32, 16 + 1] });
  expect(await ran({ mode: "replicate" })).toEqual({ y: [5, 5, 5, 6, 7, 7], dx: [4 + 2 + 1, 8, 16 + 32] });
  expect(await ran({ mode: "circular" })).toEqual({ y: [6, 7, 5, 6, 7, 5], dx: [4 + 32, 8 + 1, 16 + 2] });
});
