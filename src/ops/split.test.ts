import { describe, expect, it, test } from "vitest";
import { checkNetwork } from "../../test/battery/network-gradients.js";
import { graph } from "../build/index.js";
import { analyse, OpError } from "../op/index.js";
import { ShapeMismatch } from "../shape/index.js";

/** Queries, keys and values from one product, as in attention. */
const parts = graph({ x: [2, 3] }, ({ x }) => {
  const [query, key, value] = x.linear(6).split([1, 2, 3], { axis: -1 });
  return query.multiply(key).matmul(value.slice(0, 2, { axis: 1 }));
});

describe("split", () => {
  it("is a slice for each part", () => {
    const { shapes } = analyse(parts.graph);
    expect(["slice_1", "slice_2", "slice_3"].map(name => shapes.get(name))).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    expect(
      parts.graph.nodes.filter(node => node.op === "slice").map(({ inputs, attrs }) => [...inputs, attrs]),
    ).toEqual([
      ["linear_1", { start: 0, end: 1, axis: -1, step: 1 }],
      ["linear_1", { start: 1, end: 3, axis: -1, step: 1 }],
      ["linear_1", { start: 3, end: 6, axis: -1, step: 1 }],
      ["slice_3", { start: 0, end: 2, axis: 1, step: 1 }],
    ]);
  });
  it("has the gradients of all parts together", async () => {
    await checkNetwork(parts.graph);
  });
  test.each<[number[], object, Error]>([
    [
      [2, 3],
      { axis: 1 },
      new ShapeMismatch("split: sizes must add up to 6, got [2, 3] along axis 1 of [4, 6]; name every part"),
    ],
    [[4], { axis: 2 }, new ShapeMismatch("split: axis must be from -2 to 1, got 2; choose an axis of [4, 6]")],
    [[4, 0], {}, new OpError("split: sizes must be a list of whole numbers from 1, got [4,0]; give e.g. [1, 28, 28]")],
    [[4], { axs: 0 }, new OpError("split: there is no such attribute, got axs; did you mean axis?")],
  ])("refuses %j %j", (sizes, options, error) => {
    expect(() => graph({ x: [4, 6] }, ({ x }) => x.split(sizes, options)[0]!)).toThrow(error);
  });
});
