/** Networks of a given number of layers, each with sizes of its own, as programs. */
import { type Random, random } from "../../src/random.js";

interface Step {
  readonly method: string;
  readonly layer: string;
  readonly args: string;
}

function steps(count: number, source: Random): { input: number[]; steps: Step[] } {
  const input = [3, 224, 224];
  let size = 224;
  const step = (method: string, layer: string, args: string): Step => ({ method, layer, args });
  const body = Array.from({ length: count - 3 }, (_, i) => {
    if (i % 5 === 2) return step("relu", "ReLU", "");
    if (i % 5 === 3) return step("batchNorm", "BatchNorm", "");
    const kernel = source.pick([3, 5]);
    if (i % 5 === 4 && size >= 8) {
      size = Math.floor(size / 2);
      return step("maxPool2d", "MaxPool2d", "2");
    }
    if (i % 5 === 0 && size >= 8) {
      size -= kernel - 1;
      return step("conv2d", "Conv2d", `${source.int(8, 512)}, ${kernel}`);
    }
    return step("conv2d", "Conv2d", `${source.int(8, 512)}, ${kernel}, { padding: ${(kernel - 1) / 2}, bias: false }`);
  });
  const head = [
    step("flatten", "Flatten", ""),
    step("linear", "Linear", `${source.int(64, 1024)}`),
    step("linear", "Linear", "10"),
  ];
  return { input, steps: [...body, ...head] };
}

/** A program of one network of `count` layers: fluent methods, or named layers that are piped. */
export function chain(count: number, style: "fluent" | "named", seed = 1): string {
  const { input, steps: all } = steps(count, random(seed));
  const shape = `[${input.join(", ")}]`;
  if (style === "fluent") {
    const calls = all.map(({ method, args }) => `\n  .${method}(${args})`).join("");
    return `import { network } from "netpick";
export const made = network({ input: ${shape}, forward: x => x${calls} });
export const outputs: [10] = made.outputs;`;
  }
  const makers = [...new Set(all.map(({ layer }) => layer))].join(", ");
  const layers = all.map(({ layer, args }, i) => `\n  l${i}: ${layer}(${args}),`).join("");
  const pipes = all.map((_, i) => `\n  .pipe(l.l${i})`).join("");
  return `import { network, ${makers} } from "netpick";
export const made = network({ input: ${shape}, layers: {${layers} }, forward: (x, l) => x${pipes} });
export const outputs: [10] = made.outputs;`;
}
