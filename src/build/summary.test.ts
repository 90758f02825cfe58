import { expect, test } from "vitest";
import { BatchNorm, Linear } from "../ops/index.js";
import { graph, network } from "./build.js";
import { layerFigures } from "./summary.js";

const twice = network({
  name: "twice",
  input: [6],
  layers: { same: Linear(6, { bias: false }), norm: BatchNorm(), out: Linear(3) },
  forward: (x, l) => x.pipe(l.same).pipe(l.norm).pipe(l.same).pipe(l.out),
});

test("a line per layer, then the totals; shared weights count once", () => {
  // By hand: 6 * 6 shared, 2 * 6 learned and 2 * 6 carried by the norm, 6 * 3 + 3; elements 4 * 6 + 3, two of 6 alive at once.
  expect(twice.summary()).toBe(
    [
      "twice",
      "name    op         attributes                            output  parameters  macs",
      "──────  ─────────  ────────────────────────────────────  ──────  ──────────  ────",
      "x       input                                            [6]              0     0",
      "same    linear     outFeatures=6 bias=false              [6]             36    36",
      "norm    batchNorm                                        [6]             12     0",
      "same_2  linear     outFeatures=6 bias=false shares same  [6]              0    36",
      "out     linear     outFeatures=3                         [3]             21    18",
      "outputs out [3]; 69 parameters and 12 running statistics; 90 multiply-accumulates; 27 activation elements; 48 bytes at the peak; 4 ops (7 as PyTorch counts)",
      "",
    ].join("\n"),
  );
});

test("figures of every layer, as numbers", () => {
  expect(layerFigures(twice.graph).map(({ name, params, macs }) => [name, params, macs])).toEqual([
    ["same", 36, 36],
    ["norm", 12, 0],
    ["same_2", 0, 36],
    ["out", 21, 18],
  ]);
});

test("several inputs and outputs stand there too; a narrow page is kept to", () => {
  const two = graph({ left: [4], right: [4] }, ({ left, right }) => ({
    sum: left.add(right),
    score: left.linear(2),
  }));
  const text = two.summary(60);
  for (const words of ["left", "right", "outputs sum [4], score [2]; 10 parameters;"]) expect(text).toContain(words);
  for (const line of text.split("\n").slice(0, -2)) expect([...line].length).toBeLessThanOrEqual(60);
});
