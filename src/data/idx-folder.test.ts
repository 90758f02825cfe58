import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError } from "./data-error.js";
import { loadIdxFolder } from "./idx-folder.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An IDX file of unsigned bytes with dimensions below 256. */
const idx = (dims: number[], elements: number[]) =>
  Buffer.from([0, 0, 8, dims.length, ...dims.flatMap(dim => [0, 0, 0, dim]), ...elements]);

const files: Record<string, Buffer> = {
  "train-images-idx3-ubyte": idx([3, 1, 2], [1, 2, 3, 4, 5, 6]),
  "train-labels-idx1-ubyte": idx([3], [0, 2, 1]),
  "t10k-images-idx3-ubyte": idx([1, 1, 2], [7, 8]),
  "t10k-labels-idx1-ubyte": idx([1], [1]),
};
const write = (named: Record<string, Buffer>) => {
  for (const [name, bytes] of Object.entries(named)) writeFileSync(join(folder, name), bytes);
};
const rename = (change: (name: string) => string) =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [change(name), bytes]));

test.each([
  ["plain", files],
  ["gzipped", Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]))],
  ["with dots", rename(name => name.replace("-idx", ".idx"))],
  [
    "packed under a name that does not say so",
    Object.fromEntries(Object.entries(files).map(([n, b]) => [n, gzipSync(b)])),
  ],
  ["not packed under a name that says so", rename(name => `${name}.gz`)],
])("four files, %s", async (_, named) => {
  write(named);
  const { hash, ...set } = await loadIdxFolder(folder, "tiny");
  expect(set).toEqual({
    name: "tiny",
    inputShape: [1, 1, 2],
    classes: 3,
    train: { count: 3, inputs: Uint8Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0, 2, 1) },
    test: { count: 1, inputs: Uint8Array.of(7, 8), labels: Uint8Array.of(1) },
  });
  // printf 'uint8 1x1x2 classes 3 train 3 test 1\n\1\2\3\4\5\6\0\2\1\7\10\1' | sha256sum
  expect(hash).toBe("62021da0e31d2275ed1070f94511f29478fca09d8b8bb4f76a5ff48b69212210");
});

test("images of four dimensions have their channels already", async () => {
  write({
    ...files,
    "train-images-idx3-ubyte": idx([3, 2, 1, 1], [1, 2, 3, 4, 5, 6]),
    "t10k-images-idx3-ubyte": idx([1, 2, 1, 1], [7, 8]),
  });
  expect((await loadIdxFolder(folder, "tiny")).inputShape).toEqual([2, 1, 1]);
});

test("a name with idx4 is found too", async () => {
  write(rename(name => name.replace("idx3", "idx4")));
  expect((await loadIdxFolder(folder, "tiny")).train.count).toBe(3);
});

const [trainImages, trainLabels, testImages, testLabels] = Object.keys(files) as [string, string, string, string];
test.each<[string, Record<string, Buffer>, string]>([
  [
    "more images than labels",
    { [trainLabels]: idx([2], [0, 1]) },
    `data: DIR/${trainLabels} has another count at byte 4 than DIR/${trainImages}, got 2 labels for 3 images; give one label for each image`,
  ],
  [
    "a test label that no training sample has",
    { [testLabels]: idx([1], [3]) },
    `data: DIR/${testLabels} has a label out of range at byte 8, got 3; the 3 classes are 0 to 2`,
  ],
  [
    "labels in the place of images",
    { [trainImages]: idx([3], [0, 1, 2]) },
    `data: DIR/${trainImages} has a wrong number of dimensions at byte 3, got 1; write images with 3 or 4`,
  ],
  [
    "images in the place of labels",
    { [testLabels]: idx([1, 1, 1], [0]) },
    `data: DIR/${testLabels} has a wrong number of dimensions at byte 3, got 3; write labels with 1`,
  ],
  [
    "splits of different shapes",
    { [testImages]: idx([1, 2, 1], [7, 8]) },
    `data: DIR/${testImages} has samples of another shape at byte 8, got 1 x 2 x 1 after 1 x 1 x 2 in DIR/${trainImages}; give both splits one shape`,
  ],
  [
    "a cut file",
    { [testImages]: gzipSync(files[testImages]!.subarray(0, 17)) },
    `data: DIR/${testImages} ends at byte 17, got 1 of the 1 x 1 x 2 elements of its header; download or copy the file again`,
  ],
])("%s", async (_, change, message) => {
  write({ ...files, ...change });
  const error = await loadIdxFolder(folder, "tiny").catch(error => error);
  expect(error).toBeInstanceOf(DataError);
  expect(error.message).toBe(message.replaceAll("DIR", folder));
});

test("a label beyond the classes that are known beforehand", async () => {
  write(files);
  await expect(loadIdxFolder(folder, "tiny", 2)).rejects.toThrow(
    `data: ${folder}/${trainLabels} has a label out of range at byte 9, got 2; the 2 classes are 0 to 1`,
  );
});

test("missing files are named", async () => {
  write({ [trainImages]: files[trainImages]!, [testLabels]: files[testLabels]! });
  await expect(loadIdxFolder(folder, "tiny")).rejects.toThrow(
    `data: ${folder} lacks files of a data set, got no ${trainLabels}, no ${testImages}; put them there, gzipped or not`,
  );
});

test("a folder in the place of a file", async () => {
  write(files);
  rmSync(join(folder, trainLabels));
  mkdirSync(join(folder, trainLabels));
  await expect(loadIdxFolder(folder, "tiny")).rejects.toThrow(
    `data: ${folder}/${trainLabels} is not a file, got a folder or a device; give an IDX file`,
  );
});
