import { describe, expect, it } from "vitest";
import { compareGradient } from "../../test/battery/differences.js";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { batchOf } from "../../test/battery/values.js";
import { type Op, readAttrs } from "../op/index.js";
import { type ConvAttrs, conv1d, conv2d, conv3d, type PlainConvAttrs } from "./conv.js";
import { takesBatchLast } from "./conv-batch-last.js";

const batch = 3;
const rows: [Op<ConvAttrs>, object, number[], boolean][] = [
  // Many positions, so that they are not laid out as columns.
  [conv1d, { outChannels: 5, kernelSize: 4, padding: 2, dilation: 3 }, [9, 100], true],
  [conv1d, { outChannels: 6, kernelSize: 5, groups: 3, bias: false }, [9, 90], true],
  [conv1d, { outChannels: 6, kernelSize: 5, stride: 2 }, [9, 90], false],
  // More taps than are turned round by a product.
  [conv1d, { outChannels: 4, kernelSize: 70, groups: 2 }, [4, 90], true],
  [conv2d, { outChannels: 7, kernelSize: 3, padding: 1 }, [6, 11, 13], true],
  [
    conv2d,
    { outChannels: 7, kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2] },
    [9, 19, 17],
    true,
  ],
  [conv2d, { outChannels: 8, kernelSize: 3, padding: [2, 1], groups: 4, bias: false }, [4, 12, 11], true],
  [conv2d, { outChannels: 8, kernelSize: 3, padding: [[0, 1], 2], paddingMode: "reflect" }, [5, 12, 11], true],
  [conv2d, { outChannels: 8, kernelSize: 3 }, [3, 12, 11], false],
  [conv2d, { outChannels: 8, kernelSize: 1 }, [50, 9, 11], false],
  [conv3d, { outChannels: 3, kernelSize: 3 }, [5, 7, 6, 5], false],
];

describe.each(rows.map(row => [`${row[0].name} [${row[2]}] ${JSON.stringify(row[1])}`, row] as const))(
  "%s",
  (_, [op, attrs, input, last]) => {
    const at = placeOp(op as unknown as Op, attrs, [input]);
    const feeds = {
      "x/0": batchOf(batch, input, 11),
      dy: batchOf(batch, at.output, 5),
      ...Object.fromEntries(at.weights.map(({ role, shape }, i) => [`w/${role}`, batchOf(1, shape, 101 + i)])),
    };
    const { dy, ...inUse } = feeds;

    it("takes the expected lowering", () => {
      expect(takesBatchLast(readAttrs(op, attrs) as PlainConvAttrs, input)).toBe(last);
    });
    it("gives with a known batch what Conv gives for any, in use and in training", async () => {
      const any = await opSession(at, { training: false });
      const { y } = await any.run(batch, inUse);
      for (const training of [false, true]) {
        const known = await opSession(at, { training, batch, needs: [true] });
        const found = await known.run(batch, feeds);
        expect(found.y!.dims).toEqual(y!.dims);
        for (const [i, value] of (y!.data as Float32Array).entries()) {
          expect(Math.abs((found.y!.data as Float32Array)[i]! - value)).toBeLessThanOrEqual(
            1e-5 * (1 + Math.abs(value)),
          );
        }
        for (const name of Object.keys(inUse)) {
          const forward = async (moved: Float32Array) => (await any.run(batch, { ...inUse, [name]: moved })).y!.data;
          const given = found[`d${name}`]!.data as Float32Array;
          const compared = await compareGradient(forward as never, feeds[name as "dy"], dy, given);
          expect(compared.worst, `${name}, ${compared.where}`).toBeLessThanOrEqual(1);
        }
        await known.release();
      }
      await any.release();
    });
  },
);
