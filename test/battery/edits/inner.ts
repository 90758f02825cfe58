/**
 * Channels that a layer reads again within itself: to mask what it gives is not to cut them. A layer without them is, by
 * its formula, one whose weights make zeros of them inside: a recurrent unit without rows in its gates stays at 0, a head
 * without values adds nothing.
 */
import type { Node } from "../../../src/graph/index.js";
import { multiHeadAttention } from "../../../src/ops/attention.js";
import { gru } from "../../../src/ops/gru.js";
import { lstm } from "../../../src/ops/lstm.js";
import { rnn } from "../../../src/ops/rnn.js";
import type { Weights } from "../../../src/train/index.js";
import type { Places } from "./places.js";

const gates = new Map([
  [rnn.name, 1],
  [gru.name, 3],
  [lstm.name, 4],
]);

/** A layer's weights by role, with zeros for what makes the channels that its output lost. */
export function innerMasked({ op, attrs }: Pick<Node, "op" | "attrs">, places: Places, weights: Weights): Weights {
  if (gates.has(op)) {
    const { hiddenSize } = attrs as { hiddenSize: number };
    const stays = new Set([...places.at(-1)!].map(place => place % hiddenSize));
    const rows = gates.get(op)! * hiddenSize;
    return mapped(weights, (_, values) => withoutRows(values, rows, row => stays.has(row % hiddenSize)));
  }
  if (op === multiHeadAttention.name) {
    const stays = new Set(places[1]);
    const width = Math.sqrt(weights["outProj.weight"]!.length);
    return mapped(weights, (role, values) => {
      if (role === "vProjWeight") return withoutRows(values, width, row => stays.has(row));
      // Below those of the queries and keys.
      const isLast = role.startsWith("inProj");
      return isLast ? withoutRows(values, 3 * width, row => row < 2 * width || stays.has(row - 2 * width)) : values;
    });
  }
  return weights;
}

const mapped = (weights: Weights, change: (role: string, values: Float32Array) => Float32Array): Weights =>
  Object.fromEntries(Object.entries(weights).map(([role, values]) => [role, change(role, values)]));

const withoutRows = (values: Float32Array, rows: number, stays: (row: number) => boolean): Float32Array =>
  values.map((value, i) => (stays(Math.floor((i * rows) / values.length)) ? value : 0));
