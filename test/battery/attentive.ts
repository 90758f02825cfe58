/** A network of embeddings and attention: places from numbers, an encoder, attention to another sequence, pairs of features. */
import { network } from "../../src/build/index.js";
import { TransformerEncoder } from "../../src/ops/index.js";

export const attentive = network({
  name: "attentive",
  input: [1, 8, 8],
  layers: { encoder: TransformerEncoder(2, 3, { feedForward: 16, dropout: 0, activation: "gelu", normFirst: true }) },
  forward: (x, { encoder }) => {
    const rows = x.squeeze(0);
    // From -1.5 to 1.5 become places from 0 to 12: what is behind the point is cut off.
    const words = rows
      .slice(0, 1)
      .flatten()
      .scale(4, { shift: 6 })
      .embedding(13, 12, { paddingIndex: 5 })
      .positionalEncoding();
    const seen = rows.linear(12).add(words).pipe(encoder);
    const other = words.multiHeadAttention(seen, rows, 2, { bias: false });
    const causal = seen.multiHeadAttention(4, { causal: true });
    return other.bilinear(causal, 6).tanh().flatten().linear(10);
  },
}).graph;
