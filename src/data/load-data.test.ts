import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { DataError, dataSetNames, loadData } from "./index.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "netpick-load-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

/** An IDX file of unsigned bytes with dimensions below 256. */
const idx = (dims: number[], elements: number[]) =>
  Buffer.from([0, 0, 8, dims.length, ...dims.flatMap(dim => [0, 0, 0, dim]), ...elements]);
const put = (path: string) => {
  mkdirSync(path, { recursive: true });
  for (const split of ["train", "t10k"]) {
    writeFileSync(join(path, `${split}-images-idx3-ubyte`), idx([2, 1, 2], [1, 2, 3, 4]));
    writeFileSync(join(path, `${split}-labels-idx1-ubyte`), idx([2], [0, 1]));
  }
  return path;
};

test("the names", () => {
  expect(dataSetNames).toEqual(["digits", "mnist", "fashion-mnist"]);
});

test("digits by name", async () => {
  expect((await loadData("digits")).train.count).toBe(8000);
});

test("a folder by its path is called like the folder", async () => {
  const path = put(join(folder, "shapes"));
  for (const source of [path, `${path}/`, join(path, "..", "shapes")])
    expect(await loadData(source)).toMatchObject({ name: "shapes", inputShape: [1, 1, 2], classes: 2 });
});

test.each(["mnist", "fashion-mnist"])(
  "%s is looked for in NETPICK_CACHE, and not taken for what it is not",
  async name => {
    vi.stubEnv("NETPICK_CACHE", folder);
    const path = put(join(folder, name));
    await expect(loadData(name)).rejects.toThrow(`data: ${path} does not hold ${name} as published, got hash `);
  },
);

const all = "digits, mnist or fashion-mnist";
test.each([
  [
    "mnits",
    `data: unknown data set, got "mnits"; write mnist if you meant that, else give ${all}, or the path of a folder`,
  ],
  ["cifar10", `data: unknown data set, got "cifar10"; give ${all}, or the path of a folder`],
  ["", `data: unknown data set, got ""; give ${all}, or the path of a folder`],
  ["toString", `data: unknown data set, got "toString"; give ${all}, or the path of a folder`],
  ["a\u0000\n", `data: unknown data set, got "a\\u0000\\n"; give ${all}, or the path of a folder`],
  [
    "./no/such",
    `data: the folder does not exist, got "./no/such"; give a folder that holds the four IDX files, or ${all}`,
  ],
  [
    "package.json",
    `data: the source is no folder, got the file "package.json"; give the folder that holds the four IDX files, or ${all}`,
  ],
])("%j is refused", async (source, message) => {
  const error = await loadData(source).catch(error => error);
  expect(error).toBeInstanceOf(DataError);
  expect(error.name).toBe("DataError");
  expect(error.message).toBe(message);
});

test("a signal that is already set", async () => {
  await expect(loadData("digits", { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
});
