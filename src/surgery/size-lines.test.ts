import { expect, test } from "vitest";
import { type Changes, sizeLines } from "./size-lines.js";

const halves = (names: readonly string[], size = 8): Changes =>
  Object.fromEntries(
    names.map(name => [
      name,
      [
        [size, 4],
        [size / 2, 4],
      ],
    ]),
  );
const numbered = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name}${i}`);

test("a few changes stand in a line each", () => {
  const changes: Changes = {
    conv1: [
      [8, 4, 4],
      [6, 4, 4],
    ],
    relu1: [[8, 4, 4], undefined],
    more: [undefined, []],
  };
  expect(sizeLines(changes, () => true)).toEqual([
    "conv1: [8, 4, 4] to [6, 4, 4]",
    "relu1: [8, 4, 4] to none",
    "more: none to []",
  ]);
});

test("many are summed up by module, as deep as leaves 24 lines; what learns nothing is counted", () => {
  const changes: Changes = {
    stem: [[10], [9]],
    ...halves(numbered(12, "stage1.block.conv")),
    "stage2.block0.conv": [
      [8, 4],
      [6, 4],
    ],
    "stage2.block0.norm": [
      [8, 4],
      [7, 4],
    ],
    ...halves(numbered(12, "stage2.block1.relu")),
    gone: [[3], undefined],
  };
  expect(sizeLines(changes, name => !name.includes("relu"))).toEqual([
    "gone: [3] to none",
    "stem: [10] to [9]",
    ...numbered(12, "stage1.block.conv").map(name => `${name}: [8, 4] to [4, 4]`),
    "stage2.block0.conv: [8, 4] to [6, 4]",
    "stage2.block0.norm: [8, 4] to [7, 4]",
    "and 12 layers without weights",
  ]);
  expect(sizeLines({ ...changes, ...halves(numbered(12, "stage3.conv")) }, name => !name.includes("relu"))).toEqual([
    "gone: [3] to none",
    "stem: [10] to [9]",
    "stage1.block: 12 layers to 50 % of their sizes",
    "stage2.block0: 2 layers to 75 to 88 % of their sizes",
    ...numbered(12, "stage3.conv").map(name => `${name}: [8, 4] to [4, 4]`),
    "and 12 layers without weights",
  ]);
});

test("where names tell no modules, the first lines stand", () => {
  const lines = sizeLines(halves(numbered(100, "l")), () => true);
  expect(lines).toHaveLength(25);
  expect([lines[23], lines[24]]).toEqual(["l23: [8, 4] to [4, 4]", "and 76 more"]);
});
