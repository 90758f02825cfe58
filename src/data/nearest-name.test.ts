import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.js";

const names = ["digits", "mnist", "fashion-mnist"];

test.each([
  ["mnits", "mnist"],
  ["MNIST", "mnist"],
  ["fmnist", "mnist"],
  ["fashion", "fashion-mnist"],
  ["fashion_mnist", "fashion-mnist"],
  ["digit", "digits"],
  ["cifar10", undefined],
  ["", undefined],
])("%s means %s", (typed, name) => {
  expect(nearestName(typed, names)).toBe(name);
});

test("a text of a million letters is answered at once", () => {
  expect(nearestName("mnist".repeat(200_000), names)).toBeUndefined();
});

test("there is no nearest of no names", () => {
  expect(nearestName("mnist", [])).toBeUndefined();
});
