/** rnn, lstm and gru out of ONNX's operators, whose gates stand in another order than PyTorch's. */
import { axes, type Constant, listOf, type OnnxMeaning, type OnnxSite } from "../op/index.js";
import type { Cell, RecurrentAttrs } from "./recurrent.js";
import { role } from "./recurrent-layers.js";

/** Node of one layer; its outputs are the states of all steps [steps, ways, batch, size], and the last ones. */
export function recurrentOf<A extends RecurrentAttrs>(cell: Cell<A>, site: OnnxSite): OnnxMeaning[] | undefined {
  const [w, r] = [site.constant(1), site.constant(2)];
  const shape = site.tensor(0);
  const ways = site.text("direction", "forward") === "bidirectional" ? 2 : 1;
  const begins = [5, 6].every(at => !site.tensor(at) && (listOf(site.constant(at)) ?? []).every(one => one === 0));
  const isPlain = begins && [4, 7].every(at => !site.tensor(at) && !site.constant(at)) && site.outputs <= 2;
  const goesOn = site.text("direction", "forward") !== "reverse" && site.int("layout", 0) === 0;
  const activations = site.texts("activations");
  const [one, other] = [activations.slice(0, activations.length / ways), activations.slice(-activations.length / ways)];
  const own = String(one) === String(other) && cell.fromActivations(one, site.int("linear_before_reset", 0));
  if (!w || !r || !shape || !isPlain || !goesOn || !own || site.float("clip", 0) !== 0) return undefined;
  const hiddenSize = r.dims[2]!;
  const bias = site.constant(3);
  const attrs = { hiddenSize, bidirectional: ways === 2, bias: bias !== undefined, ...own };
  const parts: [string, Constant, number, number][] = [
    ["weightIh", w, 0, 1],
    ["weightHh", r, 0, 1],
    ...(bias
      ? ([
          ["biasIh", bias, 0, 2],
          ["biasHh", bias, 1, 2],
        ] as [string, Constant, number, number][])
      : []),
  ];
  const weights = Object.fromEntries(
    axes(0, ways).flatMap(way =>
      parts.map(([kind, constant, part, of]) => [
        role(kind, 0, way),
        gatesOf(cell, constant, way * of + part, ways * of),
      ]),
    ),
  );
  return [
    { attrs, inputs: [0], weights, shape: [shape[0]!, ways, hiddenSize], batch: 2 },
    { attrs: { ...attrs, output: "last" }, inputs: [0], weights, shape: [ways, hiddenSize], batch: 1 },
  ];
}

/** One of equal parts of a weight, its gates in PyTorch's order. */
function gatesOf<A extends RecurrentAttrs>(
  { order }: Cell<A>,
  { dims, data }: Constant,
  part: number,
  parts: number,
): Constant {
  const size = data.length / parts;
  const gate = size / order.length;
  const result = new Float32Array(size);
  order.forEach((to, from) => {
    for (let i = 0; i < gate; i++) result[to * gate + i] = data[part * size + from * gate + i]!;
  });
  const rows = order.length * (dims.length === 3 ? dims[1]! / order.length : gate);
  return { dims: dims.length === 3 ? [rows, dims[2]!] : [rows], data: result };
}
