/** A network of ops that join, cut, move and reduce: attention, a norm and a gate written out, and what meets after them. */
import { network, type Tensor } from "../../src/build/index.js";

/** Two heads of four features each. */
const heads = (x: Tensor<[8, 8]>) => x.unflatten(1, [2, 4]).permute([1, 0, 2]);

export const joined = network({
  name: "joined",
  input: [1, 8, 8],
  forward: x => {
    const rows = x.squeeze(0);
    const [query, key, value] = rows.linear(24, { bias: false }).split([8, 8, 8], { axis: -1 });
    const weights = heads(query).matmul(heads(key).transpose(-1, -2)).scale(0.5).softmax({ axis: -1 });
    const seen = weights.matmul(heads(value)).permute([1, 0, 2]).reshape([8, 8]).add(rows);
    const centred = seen.subtract(seen.mean(1, { keepDims: true }));
    const deviation = centred.power(2).mean(-1, { keepDims: true }).scale(1, { shift: 0.1 }).power(0.5);
    const normal = centred.divide(deviation);
    const gated = normal.multiply(normal.sum(0, { keepDims: true }).linear(8).sigmoid());
    const even = gated.slice(0, 8, { step: 2 });
    const odd = gated.gather([7, 5, 3, 1, 1]).slice(0, 4);
    const ends = even.maximum(odd).stack(even.minimum(odd).negate());
    return ends.max(1).concat(gated.mean(0).unsqueeze(0)).flatten().linear(10);
  },
}).graph;
