import { describe, expect, test } from "vitest";
import { run } from "../../test/battery/masked.js";
import { randomInputs } from "../../test/battery/random-network.js";
import { graph } from "../build/index.js";
import { analyse } from "../op/index.js";
import { random } from "../random.js";
import { initialWeights } from "../train/index.js";
import { fitSpatial, operate } from "./index.js";

const half = { stride: 2, padding: 1 } as const;
/** 28, 14, 7, and back to 13 and 25 only. */
const coder = graph({ x: [1, 28, 28] }, ({ x }) => ({
  y: x.conv2d(4, 3, half).relu().conv2d(8, 3, half).relu().convTranspose2d(4, 3, half).convTranspose2d(1, 3, half),
})).graph;
const decoder = ["convTranspose2d_1", "y"];

describe("fitSpatial", () => {
  test("a decoder gives back the size of its encoder's input", async () => {
    // 2 (7 - 1) - 2 + 2 + 1 + 1 = 14, and so 28: one more of output padding in both layers.
    const [fit] = fitSpatial(coder, { size: "x", free: decoder });
    expect(fit!.changes).toEqual({ convTranspose2d_1: { outputPadding: [1, 1] }, y: { outputPadding: [1, 1] } });
    expect(fit!.cost).toBe(4);
    expect(analyse(fit!.graph).shapes.get("y")).toEqual([1, 28, 28]);
    const weights = initialWeights(coder, 1);
    const done = await operate({ graph: coder, weights }).fitSpatial({ size: "x", free: decoder }).apply();
    expect(done.graph).toEqual(fit!.graph);
    const [values] = await run(done.graph, done.weights!, randomInputs(coder, 2, 1));
    expect(values).toHaveLength(2 * 28 * 28);
  });

  test("a new kernel keeps the middle of the old one", async () => {
    const one = graph({ x: [1, 5] }, ({ x }) => ({ y: x.conv1d(1, 3, { bias: false }) })).graph;
    const weights = { "y.weight": Float32Array.of(1, 2, 3) };
    const wish = { size: [5], free: { y: ["kernelSize"] } } as const;
    const done = await operate({ graph: one, weights }).fitSpatial(wish).apply();
    expect(done.graph.nodes[0]!.attrs.kernelSize).toEqual([1]);
    expect([...done.weights!["y.weight"]!]).toEqual([2]);
    expect(done.report.steps[0]!.edit).toBe("fit y: y kernelSize 1");
  });

  test("the least cost, and all ways of it, as by trying everything", () => {
    const slide = (size: number, k: number, s: number, p: number): number => Math.floor((size + 2 * p - k) / s) + 1;
    for (let seed = 0; seed < 20; seed++) {
      const source = random(seed);
      const [size, wanted] = [source.int(8, 20), source.int(2, 20)];
      const old = [0, 1].map(() => [source.int(1, 4), source.int(1, 3), source.int(0, 1)] as const);
      const [a, b] = old.map(([kernelSize, stride, padding]) => ({ kernelSize, stride, padding }));
      if (slide(slide(size, old[0]![0], old[0]![1], old[0]![2]), old[1]![0], old[1]![1], old[1]![2]) < 1) continue;
      const made = graph({ x: [1, size] }, ({ x }) => ({
        y: x.conv1d(1, a!.kernelSize, a!).relu().conv1d(1, b!.kernelSize, b!),
      })).graph;
      let [least, count] = [Number.POSITIVE_INFINITY, 0];
      const around = (value: number, low: number): number[] =>
        Array.from({ length: 11 }, (_, i) => value + i - 5).filter(one => one >= low);
      for (const k of around(old[0]![0], 1))
        for (const s of around(old[0]![1], 1))
          for (const p of around(old[0]![2], 0)) {
            const middle = slide(size, k, s, p);
            if (middle < 1) continue;
            const first = Math.abs(k - old[0]![0]) + Math.abs(s - old[0]![1]) + Math.abs(p - old[0]![2]);
            if (first > least) continue;
            for (const k2 of around(old[1]![0], 1))
              for (const s2 of around(old[1]![1], 1))
                for (const p2 of around(old[1]![2], 0)) {
                  const cost =
                    first + Math.abs(k2 - old[1]![0]) + Math.abs(s2 - old[1]![1]) + Math.abs(p2 - old[1]![2]);
                  if (slide(middle, k2, s2, p2) !== wanted || cost > least) continue;
                  count = cost < least ? 1 : count + 1;
                  least = cost;
                }
          }
      const names = ["kernelSize", "stride", "padding"] as const;
      const free = { conv1d_1: names, y: names };
      if (least > 5) continue;
      const fits = fitSpatial(made, { size: [wanted], free });
      expect({ seed, cost: fits[0]!.cost, count: fits.length }).toEqual({ seed, cost: least, count });
    }
  });

  test("what cannot be is refused", () => {
    const refused = (wish: Parameters<typeof fitSpatial>[1]) => {
      try {
        fitSpatial(coder, wish);
        return "done";
      } catch (error) {
        return String(error);
      }
    };
    expect([
      refused({ size: [28] }),
      refused({ size: "xx" }),
      refused({ size: [0, 28] }),
      refused({ of: "z", size: "x" }),
      refused({ size: "x", free: ["conv2d1"] }),
      refused({ size: "x", free: { conv2d_1: ["outputPadding"] } }),
      refused({ size: [400, 28], free: decoder }),
      refused({ of: "x", size: [3, 3] }),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: fit y: its size is [25, 25], got [28] as the wanted one; give as many sizes",
        "SurgeryError: fit y: there is no layer of that name, got xx; did you mean x or y?",
        "SurgeryError: fit y: its size is [25, 25], got [0, 28] as the wanted one; give as many sizes",
        "SurgeryError: fit z: there is no layer of that name, got z; did you mean x or y?",
        "SurgeryError: fit y: conv2d1 is not on the way to it; did you mean conv2d_1 or conv2d_2?",
        "SurgeryError: fit y: conv2d_1 has no outputPadding, got padding, kernelSize, dilation, stride; choose among them",
        "SurgeryError: fit y: no parameters within 6 of those of convTranspose2d_1, y give it 400 along axis 0, got 25; free more layers, or ask for another size",
        "SurgeryError: fit x: no parameters within 6 of those of any layer give it 3 along axis 0, got 28; free more layers, or ask for another size",
      ]
    `);
  });
});
