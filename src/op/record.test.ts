import { expect, it } from "vitest";
import { relu } from "../ops/index.js";
import { allOps, findOp, OpError, op } from "./record.js";

it("finds an op by its name", () => expect(findOp("relu")).toBe(relu));

it("offers the nearest names for one that does not exist, or the first ones", () => {
  expect(() => findOp("sigmoyd")).toThrow(
    new OpError('sigmoyd: there is no such op, got "sigmoyd"; did you mean sigmoid?'),
  );
  const names = [...allOps.keys()];
  expect(() => findOp("Transformer")).toThrow(
    new OpError(
      `Transformer: there is no such op, got "Transformer"; known are ${names.slice(0, 20).join(", ")} and ${names.length - 20} more`,
    ),
  );
});

it("takes no name twice", () => {
  expect(() => op(relu)).toThrow(new Error("relu: an op of this name exists already; choose another name"));
});
