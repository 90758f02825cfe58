import { describe, expect, it } from "vitest";
import { byDefinition, expectNear, feedsFor, place, type Row, siteOf } from "../../test/battery/convolutions.js";
import { opSession } from "../../test/battery/op-model.js";
import { batchOf } from "../../test/battery/values.js";
import { conv1d, conv2d, conv3d } from "./conv.js";
import { takesFrequencies } from "./conv-frequencies.js";

const batch = 25;
// Periods are even and odd: 49, 50, 83, 100; 20 by 17, 18 by 20, 20 by 26; 12 by 6 by 7, 13 by 6 by 7.
const rows: Row[] = [
  [conv1d, { outChannels: 14, kernelSize: 24 }, [12, 49]],
  [conv1d, { outChannels: 16, kernelSize: 20, padding: 1, bias: false }, [16, 49]],
  [conv1d, { outChannels: 30, kernelSize: 24, padding: 3, dilation: 2 }, [24, 80]],
  [conv1d, { outChannels: 32, kernelSize: 40, stride: 2 }, [32, 100]],
  [conv2d, { outChannels: 12, kernelSize: [9, 8] }, [12, 20, 17]],
  [conv2d, { outChannels: 10, kernelSize: [9, 8], padding: [0, 1], bias: false }, [9, 18, 19]],
  [conv2d, { outChannels: 20, kernelSize: [10, 12], stride: [1, 2] }, [18, 20, 26]],
  [conv2d, { outChannels: 20, kernelSize: [10, 8], dilation: [1, 2] }, [14, 20, 26]],
  [conv3d, { outChannels: 12, kernelSize: [6, 3, 3] }, [10, 12, 6, 7]],
  [conv3d, { outChannels: 10, kernelSize: [5, 3, 4], padding: [1, 0, 2], dilation: [2, 1, 1] }, [9, 12, 6, 5]],
];

describe.each(rows.map(row => [`${row[0].name} [${row[2]}] ${JSON.stringify(row[1])}`, row] as const))(
  "%s",
  (_, row) => {
    const feeds = feedsFor(row, batch);
    const wanted = byDefinition(row, feeds, batch);
    it.each([
      ["any batch", undefined],
      ["a known batch, which stands last", batch],
    ])("trains over frequencies as the definition says: %s", async (_, size) => {
      expect(takesFrequencies(siteOf(row), { training: true, batch: size })).toBe(true);
      const trained = await opSession(place(row), { training: true, needs: [true], ...(size && { batch: size }) });
      expectNear(await trained.run(batch, feeds), wanted, 2e-6);
      await trained.release();
    });
  },
);

describe("frequencies", () => {
  it("serve borders that are no zeros, which come before", async () => {
    const attrs = { outChannels: 12, kernelSize: [9, 8], padding: [[1, 2], 0], paddingMode: "reflect", bias: false };
    const row: Row = [conv2d, attrs, [12, 17, 17]];
    expect(takesFrequencies(siteOf([conv2d, { ...attrs, padding: 0 }, [12, 20, 17]]), { training: true })).toBe(true);
    const feeds = feedsFor(row, 2);
    const { dy } = feeds;
    const use = await opSession(place(row), { training: false });
    const training = await opSession(place(row), { training: true, needs: [true] });
    const found = await training.run(2, feeds);
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const length = (a: Float32Array): number => Math.sqrt(dot(a, a));
    // The output is linear in each: its change along v is that of v itself.
    for (const [name, shape, count] of [
      ["x/0", row[2], 2],
      ["w/weight", [12, 12, 9, 8], 1],
    ] as const) {
      for (const seed of [21, 22, 23]) {
        const v = batchOf(count, shape, seed);
        const y = (await use.run(2, { ...feeds, [name]: v })).y!.data as Float32Array;
        const gradient = found[`d${name}`]!.data as Float32Array;
        expect(Math.abs(dot(gradient, v) - dot(dy, y)), name).toBeLessThan(1e-6 * length(dy) * length(y));
      }
    }
    await Promise.all([use.release(), training.release()]);
  });
  it("are taken in use where the batch is known and they save more", () => {
    const large = siteOf([conv2d, { outChannels: 48, kernelSize: 18 }, [45, 27, 27]]);
    expect(takesFrequencies(large, { training: false, batch: 50 })).toBe(true);
    expect(takesFrequencies(large, { training: false })).toBe(false);
    const length = siteOf([conv1d, { outChannels: 51, kernelSize: 24 }, [16, 49]]);
    expect(takesFrequencies(length, { training: true, batch: 25 })).toBe(true);
    expect(takesFrequencies(length, { training: false, batch: 50 })).toBe(false);
  });
  it("give in use what Conv gives", async () => {
    const row: Row = [conv2d, { outChannels: 24, kernelSize: 14 }, [20, 23, 22]];
    expect(takesFrequencies(siteOf(row), { training: false, batch })).toBe(true);
    const { dy: _, ...feeds } = feedsFor(row, batch);
    const [known, any] = [
      await opSession(place(row), { training: false, batch }),
      await opSession(place(row), { training: false }),
    ];
    const [found, wanted] = [await known.run(batch, feeds), await any.run(batch, feeds)].map(
      ({ y }) => y!.data as Float32Array,
    );
    const most = wanted!.reduce((all, value) => Math.max(all, Math.abs(value)), 0);
    expect(wanted!.reduce((all, value, i) => Math.max(all, Math.abs(value - found![i]!)), 0) / most).toBeLessThan(2e-6);
    await Promise.all([known.release(), any.release()]);
  });
  it.each([
    ["small kernels", { outChannels: 45, kernelSize: 3, padding: 1 }, [45, 27, 27]],
    ["groups", { outChannels: 48, kernelSize: 18, groups: 3 }, [45, 27, 27]],
    ["few positions", { outChannels: 33, kernelSize: 20 }, [61, 22, 22]],
    ["one channel", { outChannels: 45, kernelSize: 16 }, [1, 28, 28]],
    ["axes beyond 256", { outChannels: 64, kernelSize: 100 }, [64, 300, 200]],
    ["transforms of the weight beyond 80 MB", { outChannels: 512, kernelSize: 30 }, [512, 60, 60]],
  ])("are not taken for %s", (_, attrs, input) => {
    expect(takesFrequencies(siteOf([conv2d, attrs, input]), { training: true, batch: 25 })).toBe(false);
  });
});
