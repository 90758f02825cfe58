import { expect, it } from "vitest";
import { print, printAttrs } from "./print.js";

it("prints a line for every input and node, and what is returned", () => {
  const text = print({
    name: "two heads",
    inputs: [
      { name: "video", shape: [3, 8, 8] },
      { name: "gain", shape: [] },
    ],
    nodes: [
      { name: "c", op: "conv2d", inputs: ["video"], attrs: { outChannels: 20, kernelSize: [5, 3], bias: false } },
      { name: "again", op: "conv2d", inputs: ["c"], attrs: { outChannels: 20 }, shares: "c" },
      { name: "sum", op: "add", inputs: ["c", "again"], attrs: {} },
    ],
    outputs: ["sum", "gain"],
  });
  expect(text).toBe(
    [
      "network two heads",
      "video = input [3, 8, 8]",
      "gain = input []",
      "c = conv2d(video) outChannels=20 kernelSize=[5, 3] bias=false",
      "again = conv2d(c) outChannels=20 shares c",
      "sum = add(c, again)",
      "return sum, gain",
    ].join("\n"),
  );
});

it("prints attributes of every kind", () => {
  expect(printAttrs({ n: 1e-5, on: true, mode: "same", sizes: [1, [2, 3]] })).toBe(
    'n=0.00001 on=true mode="same" sizes=[1, [2, 3]]',
  );
  expect(printAttrs({})).toBe("");
});
