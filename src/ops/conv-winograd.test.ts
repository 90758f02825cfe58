import { describe, expect, it } from "vitest";
import { byDefinition, expectNear, feedsFor, place, type Row, siteOf } from "../../test/battery/convolutions.js";
import { opSession } from "../../test/battery/op-model.js";
import { conv1d, conv2d } from "./conv.js";
import { takesWinograd } from "./conv-winograd.js";

const batch = 25;
// Outputs of 12 by 11, 9 by 12, 8 by 8 and 4 by 12: tiles that are whole and such that are not, borders of 0 to 2.
const rows: Row[] = [
  [conv2d, { outChannels: 64, kernelSize: 3, padding: 1 }, [80, 12, 11]],
  [conv2d, { outChannels: 80, kernelSize: 3, padding: [0, 1], bias: false }, [64, 11, 12]],
  [conv2d, { outChannels: 64, kernelSize: 3, padding: 2 }, [96, 6, 6]],
  [conv2d, { outChannels: 96, kernelSize: 3 }, [72, 6, 14]],
];

describe.each(rows.map(row => [`[${row[2]}] ${JSON.stringify(row[1])}`, row] as const))("3x3 on %s", (_, row) => {
  const feeds = feedsFor(row, batch);
  const wanted = byDefinition(row, feeds, batch);
  it.each([
    ["any batch", undefined],
    ["a known batch", batch],
  ])("trains by fewer multiplications as the definition says: %s", async (_, size) => {
    expect(takesWinograd(siteOf(row), { training: true, batch: size })).toBe(true);
    for (const needs of [true, false]) {
      const trained = await opSession(place(row), { training: true, needs: [needs], ...(size && { batch: size }) });
      const { "dx/0": dx, ...rest } = wanted;
      expectNear(await trained.run(batch, feeds), needs ? { ...rest, "dx/0": dx } : rest, 3e-6);
      await trained.release();
    }
  });
});

describe("fewer multiplications", () => {
  it.each([
    ["few channels", conv2d, { outChannels: 32, kernelSize: 3, padding: 1 }, [32, 28, 28]],
    ["few positions", conv2d, { outChannels: 256, kernelSize: 3, padding: 1 }, [256, 4, 4]],
    ["tiles of more than 16 MB", conv2d, { outChannels: 64, kernelSize: 3, padding: 1 }, [64, 56, 56]],
    ["steps", conv2d, { outChannels: 64, kernelSize: 3, stride: 2 }, [64, 29, 29]],
    ["dilations", conv2d, { outChannels: 64, kernelSize: 3, dilation: 2 }, [64, 18, 18]],
    ["groups", conv2d, { outChannels: 128, kernelSize: 3, groups: 2 }, [128, 14, 14]],
    ["other kernels", conv2d, { outChannels: 64, kernelSize: [3, 5] }, [64, 14, 14]],
    ["one axis", conv1d, { outChannels: 64, kernelSize: 3 }, [64, 200]],
  ])("are not taken for %s", (_, op, attrs, input) => {
    expect(takesWinograd(siteOf([op, attrs, input]), { training: true, batch })).toBe(false);
  });
  it("are not taken in use", () => {
    expect(takesWinograd(siteOf(rows[0]!), { training: false, batch })).toBe(false);
  });
});
