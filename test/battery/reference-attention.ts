/** Ops of sequences without recurrence as plain loops, from their definitions and not from src/. */
import { product } from "../../src/shape/index.js";
import { indices, type Reference } from "./reference.js";

export const embedding: Reference = ({ attrs: { features }, x: [x], w }) =>
  Array.from(x!).flatMap(row => [...w.weight!.subarray(row * features, (row + 1) * features)]);

/** Σᵢⱼ x1ᵢ Aₒᵢⱼ x2ⱼ + bₒ for every row. */
export const bilinear: Reference = ({ attrs: { outFeatures }, inputs: [first, second], x: [x1, x2], w }) => {
  const [f1, f2] = [first!.at(-1)!, second!.at(-1)!];
  return indices([product(first!.slice(0, -1)), outFeatures]).map(([row, out]) => {
    let sum = w.bias?.[out!] ?? 0;
    for (const [i, j] of indices([f1, f2])) {
      sum += x1![row! * f1 + i!]! * w.weight![(out! * f1 + i!) * f2 + j!]! * x2![row! * f2 + j!]!;
    }
    return sum;
  });
};
