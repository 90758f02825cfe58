import { describe, expect, it } from "vitest";
import { spell } from "./spell.js";
import { type Table, textTable } from "./table.js";

const table: Table = {
  title: "Networks",
  columns: [
    { title: "network", kind: "text" },
    { title: "class", kind: "text" },
    { title: "accuracy", kind: "share" },
    { title: "multiply-accumulates", kind: "integer" },
    { title: "training seconds", kind: "seconds" },
    { title: "at least 80 %", kind: "integer" },
  ],
  rows: [
    ["Conv2dThenLinearselu_10", "Conv2dThenLinear", 0.9841, 1234567, 12.34, 3],
    ["Basic", "Basic", 0.9, 7840, 0.05, 12],
    ["Linear_3", "Linear", null, 0, 1234.5, 0],
  ],
};

it.each([80, 64, 40])("fits %i columns", width => {
  const text = textTable(table, width);
  expect(text).toMatchSnapshot();
  for (const line of text.split("\n")) {
    expect([...line].length).toBeLessThanOrEqual(width);
    expect(line).toBe(line.trimEnd());
  }
});

it("a table without rows is its head", () => {
  expect(textTable({ ...table, columns: table.columns.slice(2, 4), rows: [] }, 80)).toBe(
    "            multiply-\naccuracy  accumulates\n────────  ───────────",
  );
});

describe("a cell", () => {
  it.each([
    [1234567, "integer", "1,234,567"],
    [0.98414, "share", "98.41 %"],
    [1, "share", "100.00 %"],
    [0.05, "seconds", "0.1"],
    [1234.5, "seconds", "1,235"],
    [6.6571, "ratio", "6.66x"],
    [0.19753, "ratio", "0.198x"],
    [12345.6, "ratio", "12,346x"],
    [0, "ratio", "0x"],
    [2.03136, "number", "2.031"],
    [0.9999, "number", "0.9999"],
    [0.00012345, "number", "0.0001235"],
    [12, "number", "12"],
    [null, "share", "–"],
    [Number.NaN, "number", "not a number"],
    ["a\u001b[31mb\n", "text", "a\ufffd[31mb\ufffd"],
  ] as const)("%j as %s is %s", (value, kind, text) => expect(spell(value, kind)).toBe(text));
});
