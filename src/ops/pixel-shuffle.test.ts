import { indices, offset, type Reference } from "../../test/battery/reference.js";
import { testOp } from "../../test/battery/test-op.js";
import { pixelShuffle, pixelUnshuffle } from "./pixel-shuffle.js";

/** Pixel (h, w) of a channel comes from the channel of its place in its square. */
const shuffled: Reference = ({ attrs: { upscaleFactor: r }, inputs: [shape], output, x: [x] }) =>
  indices(output).map(([c, h, w]) => {
    const from = [c! * r * r + (h! % r) * r + (w! % r), Math.floor(h! / r), Math.floor(w! / r)];
    return x![offset(shape!, from)!]!;
  });
const unshuffled: Reference = ({ attrs: { downscaleFactor: r }, inputs: [shape], output, x: [x] }) =>
  indices(output).map(([c, h, w]) => {
    const inSquare = c! % (r * r);
    const from = [Math.floor(c! / (r * r)), h! * r + Math.floor(inSquare / r), w! * r + (inSquare % r)];
    return x![offset(shape!, from)!]!;
  });

testOp(
  pixelShuffle,
  [
    { attrs: { upscaleFactor: 2 }, inputs: [[8, 2, 3]], output: [2, 4, 6], macs: 0 },
    { attrs: { upscaleFactor: 3 }, inputs: [[9, 1, 2]], output: [1, 3, 6] },
    { attrs: { upscaleFactor: 1 }, inputs: [[2, 2, 2]], output: [2, 2, 2] },
    {
      attrs: { upscaleFactor: 2 },
      inputs: [[6, 2, 2]],
      error: "pixelShuffle: upscaleFactor 2 must divide channels twice, got 6; use another number of either",
    },
    {
      attrs: { upscaleFactor: 2 },
      inputs: [[4, 2]],
      error: "pixelShuffle: input must be [channels, height, width], got [4, 2]; reshape it first",
    },
    {
      attrs: { upscaleFactor: 0 },
      inputs: [[4, 2, 2]],
      error: "pixelShuffle: upscaleFactor must be a whole number of at least 1, got 0; give 1 or more",
    },
  ],
  { reference: shuffled },
);

testOp(
  pixelUnshuffle,
  [
    { attrs: { downscaleFactor: 2 }, inputs: [[2, 4, 6]], output: [8, 2, 3], macs: 0 },
    { attrs: { downscaleFactor: 3 }, inputs: [[1, 3, 6]], output: [9, 1, 2] },
    {
      attrs: { downscaleFactor: 2 },
      inputs: [[2, 4, 5]],
      error: "pixelUnshuffle: downscaleFactor 2 must divide width, got 5; use a divisor of 5",
    },
  ],
  { reference: unshuffled },
);
