/** Ops of sequences without recurrence as plain loops, from their definitions and not from src/. */
import { product, type Shape } from "../../src/shape/index.js";
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

/** One query after another, one head after another, straight from the definition. */
export const multiHeadAttention: Reference = ({ attrs: { heads, causal }, inputs, x, w }) => {
  const [query, key = query, value = key] = inputs.map((shape, i) => ({ shape, x: x[i]! }));
  const width = query!.shape[1]!;
  const size = width / heads;
  const project = ({ shape: [length, from], x }: { shape: Shape; x: Float32Array }, role: string, third: number) =>
    indices([length!, width]).map(([row, out]) => {
      const packed = w.inProjWeight !== undefined;
      const weight = packed ? w.inProjWeight! : w[`${role}ProjWeight`]!;
      let sum = w.inProjBias?.[third * width + out!] ?? 0;
      for (let i = 0; i < from!; i++) {
        sum += x[row! * from! + i]! * weight[((packed ? third * width : 0) + out!) * from! + i]!;
      }
      return sum;
    });
  const [q, k, v] = [project(query!, "q", 0), project(key!, "k", 1), project(value!, "v", 2)];
  const context = indices([query!.shape[0]!, width]).map(([place, feature]) => {
    const first = Math.floor(feature! / size) * size;
    const seen = Array.from({ length: key!.shape[0]! }, (_, at) => at).filter(at => !causal || at <= place!);
    const likeness = seen.map(at => {
      let sum = 0;
      for (let i = first; i < first + size; i++) sum += q[place! * width + i]! * k[at * width + i]!;
      return Math.exp(sum / Math.sqrt(size));
    });
    const total = likeness.reduce((sum, one) => sum + one, 0);
    return seen.reduce((sum, at, i) => sum + (likeness[i]! / total) * v[at * width + feature!]!, 0);
  });
  return indices([query!.shape[0]!, width]).map(([place, out]) => {
    let sum = w["outProj.bias"]?.[out!] ?? 0;
    for (let i = 0; i < width; i++) sum += context[place! * width + i]! * w["outProj.weight"]![out! * width + i]!;
    return sum;
  });
};
