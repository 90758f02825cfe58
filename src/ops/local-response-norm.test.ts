import { indices, offset, type Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { localResponseNorm } from "./local-response-norm.js";

const reference: Reference = ({ attrs: { size, alpha, beta, k }, inputs: [shape], x: [x] }) =>
  indices(shape!).map(([channel, ...place]) => {
    let squares = 0;
    const first = channel! - Math.floor(size / 2);
    for (let near = first; near < first + size; near++) {
      const at = offset(shape!, [near, ...place]);
      if (at !== undefined) squares += x![at]! ** 2;
    }
    return x![offset(shape!, [channel!, ...place])!]! / (k + (alpha / size) * squares) ** beta;
  });

testOp(
  localResponseNorm,
  [
    { attrs: { size: 2 }, inputs: [[3, 4]], output: [3, 4], macs: 0 },
    { attrs: { size: 3, alpha: 1 }, inputs: [[5, 2, 2]], output: [5, 2, 2] },
    { attrs: { size: 4, alpha: 2, beta: 0.5, k: 2 }, inputs: [[3, 1, 2, 2]], output: [3, 1, 2, 2] },
    { attrs: { size: 7, alpha: 1.5, beta: 1.25 }, inputs: [[2, 3]], output: [2, 3] },
    { attrs: { size: 1, alpha: 1 }, inputs: [[2, 3]], output: [2, 3] },
    {
      attrs: { size: 3 },
      inputs: [[4]],
      error: "localResponseNorm: input must be channels and spatial axes, got [4]; reshape it first",
    },
    {
      attrs: { size: 0 },
      inputs: [[4, 2]],
      error: "localResponseNorm: size must be a whole number of at least 1, got 0; give 1 or more",
    },
    {
      attrs: { size: 3, k: 0 },
      inputs: [[4, 2]],
      error: "localResponseNorm: k must be a number above 0, got 0; give e.g. 1",
    },
    {
      attrs: { size: 3, alpha: -1 },
      inputs: [[4, 2]],
      error: "localResponseNorm: alpha must be a number above 0, got -1; give e.g. 1",
    },
    {
      attrs: { size: 3, beta: 0 },
      inputs: [[4, 2]],
      error: "localResponseNorm: beta must be a number above 0, got 0; give e.g. 1",
    },
  ],
  { reference },
);
