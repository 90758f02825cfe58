/** Convolutions too large for the battery's small rows: those that train over columns and planes. */
import { describe, expect, it } from "vitest";
import { compareGradient } from "../../test/battery/differences.js";
import { opSession, placeOp } from "../../test/battery/op-model.js";
import { batchOf } from "../../test/battery/values.js";
import { type Op, readAttrs } from "../op/index.js";
import { type ConvAttrs, conv1d, conv2d, conv3d, type PlainConvAttrs } from "./conv.js";
import { takesColumns } from "./conv-columns.js";

const rows: [Op<ConvAttrs>, object, number[], boolean][] = [
  [conv1d, { outChannels: 30, kernelSize: 29 }, [16, 49], true],
  [conv1d, { outChannels: 14, kernelSize: 9, stride: 3, padding: 2, dilation: 2, bias: false }, [9, 40], true],
  [conv1d, { outChannels: 7, kernelSize: 20, padding: 3 }, [9, 30], true],
  [conv1d, { outChannels: 30, kernelSize: 5, dilation: 6, padding: 1 }, [9, 30], true],
  [conv1d, { outChannels: 20, kernelSize: 2 }, [8, 90], false],
  // Columns of all taps.
  [conv2d, { outChannels: 9, kernelSize: [5, 4], stride: [3, 2], padding: [1, 2], dilation: [2, 1] }, [3, 17, 9], true],
  [conv2d, { outChannels: 21, kernelSize: 7 }, [5, 9, 9], true],
  // The first axis's taps come late.
  [conv2d, { outChannels: 2, kernelSize: [5, 4], stride: [1, 2], padding: [1, 2], dilation: [2, 1] }, [9, 17, 9], true],
  [conv2d, { outChannels: 3, kernelSize: 3, padding: 1, bias: false }, [12, 16, 16], true],
  [conv2d, { outChannels: 12, kernelSize: 3, padding: 1 }, [12, 16, 16], false],
  // Columns for the weight's gradient alone.
  [
    conv2d,
    { outChannels: 10, kernelSize: [2, 3], stride: [2, 1], padding: [1, 0], dilation: [1, 2] },
    [4, 20, 16],
    false,
  ],
  // Few positions: the input's gradient is laid strip by strip.
  [conv2d, { outChannels: 24, kernelSize: 6 }, [2, 7, 7], false],
  [conv2d, { outChannels: 25, kernelSize: [6, 5], stride: [3, 2] }, [2, 10, 7], false],
  [conv2d, { outChannels: 8, kernelSize: [7, 4], stride: [1, 2] }, [4, 9, 10], true],
  [conv2d, { outChannels: 9, kernelSize: [4, 9] }, [3, 4, 14], false],
  [conv2d, { outChannels: 9, kernelSize: [9, 4] }, [3, 14, 4], false],
  [conv3d, { outChannels: 28, kernelSize: 3 }, [1, 16, 7, 7], true],
  [conv3d, { outChannels: 5, kernelSize: 5, bias: false }, [20, 16, 7, 7], true],
  [conv3d, { outChannels: 4, kernelSize: [3, 2, 3], padding: [2, 1, 0], dilation: [2, 1, 2] }, [8, 8, 5, 6], true],
  [conv3d, { outChannels: 16, kernelSize: [2, 3, 2], stride: [2, 1, 3], padding: [1, 0, 1] }, [4, 7, 5, 6], true],
  // Few taps on a wide plane: the input's gradient is a Conv.
  [conv3d, { outChannels: 6, kernelSize: 2 }, [40, 5, 5, 5], true],
  [conv3d, { outChannels: 6, kernelSize: 2, groups: 2 }, [40, 5, 5, 5], false],
  [conv3d, { outChannels: 60, kernelSize: 1 }, [20, 6, 5, 5], false],
];

describe.each(rows.map(row => [`${row[0].name} [${row[2]}] ${JSON.stringify(row[1])}`, row] as const))(
  "%s",
  (_, [op, attrs, input, columns]) => {
    const at = placeOp(op as unknown as Op, attrs, [input]);
    const feeds = {
      "x/0": batchOf(2, input, 11),
      dy: batchOf(2, at.output, 5),
      ...Object.fromEntries(at.weights.map(({ role, shape }, i) => [`w/${role}`, batchOf(1, shape, 101 + i)])),
    };

    it("takes the expected lowering", () => {
      expect(takesColumns({ attrs: readAttrs(op, attrs) as PlainConvAttrs, inputs: [input], output: at.output })).toBe(
        columns,
      );
    });
    it.each([
      ["samples first", undefined],
      ["the batch last", 2],
    ])("trains on what the runtime's Conv gives, with the gradients of finite differences: %s", async (_, batch) => {
      const use = await opSession(at, { training: false });
      const training = await opSession(at, { training: true, needs: [true], ...(batch && { batch }) });
      const { dy, ...inUse } = feeds;
      const expected = (await use.run(2, inUse)).y!;
      const trained = await training.run(2, feeds);
      expect(trained.y!.dims).toEqual(expected.dims);
      const found = trained.y!.data as Float32Array;
      const scale = found.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (const [i, value] of (expected.data as Float32Array).entries()) {
        if (Math.abs(value - found[i]!) > 1e-5 * scale) expect(found[i]).toBe(value);
      }
      for (const name of Object.keys(inUse)) {
        const forward = async (moved: Float32Array) => (await use.run(2, { ...inUse, [name]: moved })).y!.data;
        const given = trained[`d${name}`]!.data as Float32Array;
        const compared = await compareGradient(forward as never, feeds[name as "dy"], dy, given);
        expect(compared.worst, `${name}, ${compared.where}`).toBeLessThanOrEqual(1);
      }
      await Promise.all([use.release(), training.release()]);
    });
  },
);
