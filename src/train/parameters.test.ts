import { describe, expect, it } from "vitest";
import { leNet, residual, sequence, shared } from "../../test/battery/networks.js";
import { initialWeights, parameters } from "./parameters.js";

const names = (graph: typeof leNet) => parameters(graph).map(({ name, shape }) => `${name} ${shape.join("x")}`);

describe("parameters", () => {
  it("stand in the order of the nodes, weight before bias", () => {
    expect(names(leNet)).toEqual([
      "conv2d_1.weight 4x1x3x3",
      "conv2d_1.bias 4",
      "conv2d_2.weight 8x4x2x2",
      "conv2d_2.bias 8",
      "linear_1.weight 20x32",
      "linear_1.bias 20",
      "linear_2.weight 10x20",
      "linear_2.bias 10",
    ]);
  });
  it("of a block are named as torchvision names them; statistics are carried", () => {
    const block = parameters(residual()).filter(({ name }) => name.startsWith("block2.bn1") || /downsample/.test(name));
    expect(block.map(({ name, trainable }) => [name, trainable])).toEqual([
      ["block2.bn1.weight", true],
      ["block2.bn1.bias", true],
      ["block2.bn1.runningMean", false],
      ["block2.bn1.runningVar", false],
      ["block2.downsample.0.weight", true],
      ["block2.downsample.1.weight", true],
      ["block2.downsample.1.bias", true],
      ["block2.downsample.1.runningMean", false],
      ["block2.downsample.1.runningVar", false],
    ]);
  });
  it("that are shared belong to their owner alone", () => {
    expect(names(shared).filter(name => name.startsWith("conv2d"))).toEqual([
      "conv2d_1.weight 4x1x3x3",
      "conv2d_1.bias 4",
      "conv2d_2.weight 4x4x3x3",
    ]);
  });
});

describe("initial weights", () => {
  const wide = sequence(
    "wide",
    [8, 10, 10],
    ["conv2d", { outChannels: 40, kernelSize: 5, groups: 2 }],
    ["flatten"],
    ["linear", { outFeatures: 3 }],
  );
  const weights = initialWeights(wide, 1);
  const moments = (values: Float32Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
  };

  // Fan in: 4 channels of 25 taps; 40 maps of 6 x 6.
  it.each([
    ["conv2d_1.weight", 40 * 4 * 25, 100],
    ["conv2d_1.bias", 40, 100],
    ["linear_1.weight", 3 * 1440, 1440],
  ])("%s is uniform within 1 / sqrt(fan in)", (name, count, fanIn) => {
    const values = weights[name]!;
    const bound = 1 / Math.sqrt(fanIn);
    expect(values.length).toBe(count);
    expect(values.every(value => Math.abs(value) <= bound)).toBe(true);
    expect(Math.max(...values)).toBeGreaterThan(bound * (1 - 10 / count));
    expect(Math.min(...values)).toBeLessThan(-bound * (1 - 10 / count));
    // A uniform distribution has variance bound² / 3, its square's deviation is bound² * sqrt(4 / 45).
    const { mean, variance } = moments(values);
    expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * count));
    expect(Math.abs(variance / bound ** 2 - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / count));
  });
  it("of a batch norm are 1 and 0, its statistics 0 and 1", () => {
    const { "batchNorm_1.weight": weight, ...others } = initialWeights(sequence("norm", [2], ["batchNorm"]), 5);
    expect(weight).toEqual(Float32Array.of(1, 1));
    expect(others).toEqual({
      "batchNorm_1.bias": Float32Array.of(0, 0),
      "batchNorm_1.runningMean": Float32Array.of(0, 0),
      "batchNorm_1.runningVar": Float32Array.of(1, 1),
    });
  });
  it("are decided by the seed", () => {
    expect(initialWeights(wide, 1)).toEqual(weights);
    const other = initialWeights(wide, 2);
    for (const [name, values] of Object.entries(weights)) expect(other[name]).not.toEqual(values);
  });
  it("are drawn for each parameter alone: another layer changes none of them", () => {
    const [short, long] = [["linear", { outFeatures: 4 }] as const, ["linear", { outFeatures: 5 }] as const];
    const first = initialWeights(sequence("a", [4], short), 7);
    const second = initialWeights(sequence("b", [4], short, long), 7);
    expect(second["linear_1.weight"]).toEqual(first["linear_1.weight"]);
    expect(second["linear_2.weight"]!.slice(0, 16)).not.toEqual(first["linear_1.weight"]);
  });
});
