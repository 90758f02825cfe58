import { expect, it } from "vitest";
import type { Table } from "../text/table.js";
import { answerText, fold } from "./text.js";

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

it("an answer on a terminal", () => {
  const sentences = ["Basic gets 92.30 % of 10,000 test items right, with 7,850 parameters and 7,840 others."];
  expect(answerText({ title: "How many?", sentences, tables: [table], plots: [] }, 64)).toMatchSnapshot();
});

it("a percent sign stays with its number, a long word stays whole", () => {
  expect(fold("reaches 92.30 % there", 14)).toBe("reaches\n92.30 % there");
  expect(fold("reaches 92.30 % there", 13)).toBe("reaches\n92.30 % there");
  expect(fold("a Conv2dThenLinearselu_10 b", 6)).toBe("a\nConv2dThenLinearselu_10\nb");
});
