import { describe, expect, it } from "vitest";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import { nativeSession } from "../runtime/native.js";
import { float32 } from "../runtime/session.js";
import { product, type Shape } from "../shape/index.js";
import { type AugmentSettings, augmented, augmentOf } from "./augment.js";

const plain = { mean: 0, deviation: 1 };
interface Asked {
  readonly seed?: number;
  readonly normalise?: typeof plain;
  readonly runs?: number;
}

/** The sample, `count` times as one batch, as it comes out of each run of one session. */
async function outcomes(
  settings: readonly AugmentSettings[],
  shape: Shape,
  sample: readonly number[],
  count: number,
  { seed = 1, normalise = plain, runs = 1 }: Asked = {},
): Promise<number[][][]> {
  const emit = onnxBuilder();
  emit.rename(augmented(emit, "x", settings, { shape, normalise, seed }), "y");
  const dims = ["count", ...shape];
  const graph = emit.graph("a", [{ name: "x", type: "float32", dims }], [{ name: "y", type: "float32", dims }]);
  const session = await nativeSession(modelBytes(graph));
  const x = Float32Array.from({ length: count * sample.length }, (_, i) => sample[i % sample.length]!);
  const found: number[][][] = [];
  for (let run = 0; run < runs; run++) {
    const { y } = await session.run({ x: float32(x, [count, ...shape]) });
    expect(y!.dims).toEqual([count, ...shape]);
    const numbers = Array.from(y!.data as Float32Array);
    found.push(Array.from({ length: count }, (_, i) => numbers.slice(i * sample.length, (i + 1) * sample.length)));
  }
  await session.release();
  return found;
}
const counting = (shape: Shape): number[] => Array.from({ length: product(shape) }, (_, i) => i + 1);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** What stands at (c, i + down, j + right), by plain loops. */
function shifted(sample: readonly number[], [c, h, w]: Shape, down: number, right: number, fill: string): number[] {
  const mirrored = (i: number, size: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  const clamped = (i: number, size: number): number => Math.min(Math.max(i, 0), size - 1);
  const at = fill === "reflect" ? mirrored : clamped;
  return range(0, c! - 1).flatMap(channel =>
    range(0, h! - 1).flatMap(row =>
      range(0, w! - 1).map(column => {
        const [i, j] = [row + down, column + right];
        const outside = i < 0 || i >= h! || j < 0 || j >= w!;
        return outside && fill === "zero" ? 0 : sample[(channel * h! + at(i, h!)) * w! + at(j, w!)]!;
      }),
    ),
  );
}

/** Every outcome is one of these; all of them come, about equally often. */
function expectEqually(found: readonly number[][], possible: readonly number[][]) {
  const counts = new Map(possible.map(one => [one.join(), 0]));
  expect(counts.size).toBe(possible.length);
  for (const one of found) {
    expect(counts.has(one.join())).toBe(true);
    counts.set(one.join(), counts.get(one.join())! + 1);
  }
  const expected = found.length / possible.length;
  const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  // Mean k, deviation sqrt(2 k): four deviations.
  const k = possible.length - 1;
  expect(chiSquare).toBeLessThanOrEqual(k + 4 * Math.sqrt(2 * k));
}

describe("shift and crop give every possible picture, each equally often, and no other", () => {
  const shape = [2, 3, 4];
  it.each([
    [{ name: "shift", by: 1 }, [1, 1], "zero"],
    [{ name: "shift", by: [0, 2], fill: "edge" }, [0, 2], "edge"],
    [{ name: "shift", by: [5, 0] }, [5, 0], "gone"],
    [{ name: "crop", padding: 1 }, [1, 1], "zero"],
    [{ name: "crop", padding: [1, 2], paddingMode: "reflect" }, [1, 2], "reflect"],
    [{ name: "crop", padding: [1, 0], paddingMode: "edge" }, [1, 0], "edge"],
  ] as [AugmentSettings, [number, number], string][])("%o", async (settings, [down, right], fill) => {
    const sample = counting(shape);
    const [found] = await outcomes([settings], shape, sample, 3000);
    if (fill === "gone") {
      // By 3 or more nothing is left, whichever way.
      const left = found!.filter(one => one.some(value => value !== 0)).length;
      expect(left / 3000).toBeGreaterThan(5 / 11 - 4 * Math.sqrt(0.25 / 3000));
      expect(left / 3000).toBeLessThan(5 / 11 + 4 * Math.sqrt(0.25 / 3000));
      return;
    }
    const possible = range(-down, down).flatMap(i => range(-right, right).map(j => shifted(sample, shape, i, j, fill)));
    expectEqually(found!, possible);
  });

  it("signals and volumes too", async () => {
    const [signals] = await outcomes([{ name: "shift", by: 1 }], [1, 3], [1, 2, 3], 300);
    expectEqually(signals!, [
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 0],
    ]);
    const [volumes] = await outcomes([{ name: "shift", by: [1, 0, 0], fill: "edge" }], [1, 2, 1, 2], [1, 2, 3, 4], 300);
    expectEqually(volumes!, [
      [1, 2, 1, 2],
      [1, 2, 3, 4],
      [3, 4, 3, 4],
    ]);
  });

  it("what comes in is the data's 0, normalised", async () => {
    const normalise = { mean: 0.5, deviation: 0.25 };
    const [found] = await outcomes([{ name: "shift", by: 1 }], [1, 2], [7, 8], 300, { normalise });
    expectEqually(found!, [
      [-2, 7],
      [7, 8],
      [8, -2],
    ]);
  });
});

describe("flip", () => {
  it("mirrors half of the samples, left and right", async () => {
    const [found] = await outcomes([{ name: "flip" }], [2, 1, 3], [1, 2, 3, 4, 5, 6], 1000);
    expectEqually(found!, [
      [1, 2, 3, 4, 5, 6],
      [3, 2, 1, 6, 5, 4],
    ]);
  });
  it("top and bottom, all where p is 1", async () => {
    const settings = { name: "flip", direction: "vertical", p: 1 } as const;
    const [found] = await outcomes([settings], [1, 3, 2], [1, 2, 3, 4, 5, 6], 1000);
    expectEqually(found!, [[5, 6, 3, 4, 1, 2]]);
  });
  it("as often as p says", async () => {
    const [found] = await outcomes([{ name: "flip", p: 0.2 }], [1, 2], [1, 2], 4000);
    const share = found!.filter(([first]) => first === 2).length / 4000;
    expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / 4000));
  });
});

describe("erase", () => {
  const shape = [2, 20, 16];
  const sample = counting(shape).map(value => value + 10);
  /** Rows and columns that were erased: a full rectangle, the same in every channel. */
  function rectangle(one: readonly number[]) {
    const gone = range(0, 319).filter(i => one[i] !== sample[i]);
    expect(range(320, 639).filter(i => one[i] !== sample[i])).toEqual(gone.map(i => i + 320));
    const rows = [...new Set(gone.map(i => Math.floor(i / 16)))];
    const columns = [...new Set(gone.map(i => i % 16))].sort((a, b) => a - b);
    expect(gone.length).toBe(rows.length * columns.length);
    for (const list of [rows, columns]) expect(list).toEqual(list.map((_, i) => list[0]! + i));
    return { rows, columns, values: gone.map(i => one[i]) };
  }

  it("makes one rectangle of a sample 0, of the wanted areas and shapes, anywhere", async () => {
    const settings = { name: "erase", p: 1, area: [0.1, 0.3], ratio: [0.5, 2] } as const;
    const [found] = await outcomes([settings], shape, sample, 1500);
    const all = found!.map(rectangle);
    for (const { rows, columns, values } of all) {
      expect(values.every(value => value === 0)).toBe(true);
      // Both sides are rounded to whole pixels.
      const [height, width] = [rows.length, columns.length];
      expect((height - 0.5) * (width - 0.5)).toBeLessThanOrEqual(0.3 * 320);
      expect((height + 0.5) * (width + 0.5)).toBeGreaterThanOrEqual(0.1 * 320);
      expect((height - 0.5) / (width + 0.5)).toBeLessThanOrEqual(2);
      expect((height + 0.5) / (width - 0.5)).toBeGreaterThanOrEqual(0.5);
      expect(height < 20 && width < 16).toBe(true);
    }
    // Uniform areas have the mean of their bounds; deviation of one (0.3 - 0.1) / sqrt(12), and what rounding adds.
    const mean = all.reduce((sum, { values }) => sum + values.length / 320, 0) / 1500;
    expect(Math.abs(mean - 0.2)).toBeLessThan(0.006);
    // Of rectangles of one height, every first row is equally likely.
    const tops = all.filter(({ rows }) => rows.length === 8).map(({ rows }) => [rows[0]!]);
    expect(tops.length).toBeGreaterThan(100);
    expectEqually(
      tops,
      range(0, 12).map(top => [top]),
    );
  });

  it("half of the samples unless told, with a value as the data have it, or with normal numbers", async () => {
    const normalise = { mean: 0.5, deviation: 0.25 };
    const [found] = await outcomes([{ name: "erase", value: 1 }], shape, sample, 2000, { normalise });
    const erased = found!.map(rectangle).filter(({ values }) => values.length > 0);
    expect(Math.abs(erased.length / 2000 - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 2000));
    expect(erased.every(({ values }) => values.every(value => value === 2))).toBe(true);

    const [random] = await outcomes([{ name: "erase", p: 1, value: "random" }], shape, sample, 200);
    const drawn = random!.flatMap(one => rectangle(one).values as number[]);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const square = drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(drawn.length));
    expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / drawn.length));
  });

  it("nothing where no rectangle of that area and shape fits", async () => {
    // Higher than the picture: 0.9 * 320 elements, 8 times as high as wide.
    const settings = { name: "erase", p: 1, area: [0.9, 0.9], ratio: [8, 8] } as const;
    const [found] = await outcomes([settings], shape, sample, 20);
    for (const one of found!) expect(one).toEqual(sample);
  });
});

it("noise is normal, of the deviation that the data see", async () => {
  const normalise = { mean: 0.5, deviation: 0.25 };
  const [found] = await outcomes([{ name: "noise", std: 0.05 }], [10], Array(10).fill(3), 2000, { normalise });
  const drawn = found!.flat().map(value => (value - 3) / 0.2);
  const moment = (power: number) => drawn.reduce((sum, value) => sum + value ** power, 0) / drawn.length;
  // Of a standard normal: 0, 1 and 3, with deviations 1, sqrt(2) and sqrt(96) of one draw.
  expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(20_000));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / 20_000));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / 20_000));
});

describe("draws", () => {
  const all: AugmentSettings[] = [
    { name: "crop", padding: 2 },
    { name: "flip" },
    { name: "erase", value: "random" },
    { name: "noise", std: 0.1 },
  ];
  const shape = [1, 6, 6];
  it("are the same for the same seed, others for another, and others from run to run", async () => {
    const run = (seed: number) => outcomes(all, shape, counting(shape), 50, { seed, runs: 2 });
    const [first, again, other] = [await run(5), await run(5), await run(6)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first[1]).not.toEqual(first[0]);
  });
  it("of two augmentations are apart: two flips of 1 in 2 give all four pairs", async () => {
    const twice: AugmentSettings[] = [{ name: "flip" }, { name: "flip", direction: "vertical" }];
    const [found] = await outcomes(twice, [1, 2, 2], [1, 2, 3, 4], 2000);
    expectEqually(found!, [
      [1, 2, 3, 4],
      [2, 1, 4, 3],
      [3, 4, 1, 2],
      [4, 3, 2, 1],
    ]);
  });
});

describe("refused", () => {
  const picture = [{ name: "x", shape: [1, 8, 8] }];
  const bytes = [{ type: "uint8" }] as const;
  it.each([
    [
      [{ name: "shfit" }],
      "augment: there is no such augmentation, got shfit; choose shift, flip, crop, erase or noise",
    ],
    [
      [{ name: "shift", by: 0.5 }],
      "shift: by must be a whole number of at least 1, or 2 for the axes of [1, 8, 8], got 0.5; give others",
    ],
    [
      [{ name: "shift", by: [1, 2, 3] }],
      "shift: by must be a whole number of at least 1, or 2 for the axes of [1, 8, 8], got [1, 2, 3]; give others",
    ],
    [[{ name: "shift", by: 1, fill: "black" }], "shift: there is no such fill, got black; choose zero or edge"],
    [
      [{ name: "crop", padding: 8, paddingMode: "reflect" }],
      "crop: padding must be smaller than the sizes of [1, 8, 8] to reflect, got 8; give less",
    ],
    [[{ name: "flip", p: 0 }], "flip: p must be above 0 and at most 1, got 0; give another"],
    [
      [{ name: "erase", area: [0.5, 1.5] }],
      "erase: area must be two numbers above 0 and at most 1, the smaller first, got [0.5, 1.5]; give others",
    ],
    [
      [{ name: "erase", ratio: [3, 1] }],
      "erase: ratio must be two numbers above 0, the smaller first, got [3, 1]; give others",
    ],
    [[{ name: "noise", std: 0 }], "noise: std must be above 0, got 0; give another"],
    [{ y: [] }, "augment: there is no such input, got y; known are x"],
  ])("%o", (augment, sentence) => expect(() => augmentOf(picture, bytes, augment as never)).toThrow(sentence));

  it("what samples of another form have no place for", () => {
    const row = [{ name: "x", shape: [64] }];
    expect(() => augmentOf(row, bytes, [{ name: "shift", by: 1 }])).toThrow(
      "shift: samples must have an axis behind the channels, got [64]; leave it out, or give the network the samples' true shape",
    );
    expect(() => augmentOf([{ name: "x", shape: [2, 8] }], bytes, [{ name: "flip", direction: "vertical" }])).toThrow(
      "flip: samples must have height and width behind the channels, got [2, 8]; leave it out, or give the network the samples' true shape",
    );
    expect(() => augmentOf(row, bytes, [{ name: "erase" }])).toThrow(
      "erase: samples must be pictures of channels, height and width, got [64]; leave it out",
    );
    expect(() => augmentOf([...picture, { name: "y", shape: [3] }], bytes, [{ name: "noise", std: 1 }])).toThrow(
      "augment: there are 2 inputs, got one list; give { x: [...] }",
    );
  });

  it("what stands for what it is", () => {
    expect(() => augmentOf(picture, [{ type: "int32" }], [{ name: "flip" }])).toThrow(
      "augment: whole numbers of x stand for what they are, got flip; leave it out",
    );
  });

  it("and each input gets its own", () => {
    const inputs = [...picture, { name: "y", shape: [3] }];
    const noise = [{ name: "noise", std: 1 }] as const;
    expect(augmentOf(inputs, [...bytes, ...bytes], { y: noise })).toEqual([[], noise]);
    expect(augmentOf(inputs, bytes)).toEqual([[], []]);
  });
});
