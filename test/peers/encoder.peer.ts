/** Encoders of transformers, behind a linear layer, against PyTorch's of the same weights: output and every gradient. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Linear } from "../../src/ops/index.js";
import { TransformerEncoder, TransformerEncoderLayer } from "../../src/ops/transformer-encoder.js";
import { product } from "../../src/shape/index.js";
import { parameters } from "../../src/train/index.js";
import { blockBehind } from "../battery/blocks.js";
import { networkFeeds, networkSession } from "../battery/network-gradients.js";
import { askPyTorch, type OpAnswer, receive, send, worstError } from "./pytorch.js";

const [batch, length, features, width] = [4, 6, 5, 8];
const mask = `torch.ones(${length}, ${length}, dtype=torch.bool).triu(1)`;
const ofPyTorch = (heads: number, rest: string) =>
  `nn.TransformerEncoderLayer(${width}, ${heads}, ${rest}, dropout=0.0, batch_first=True)`;

const none = { dropout: 0 } as const;
const peers = [
  {
    name: "a layer",
    block: TransformerEncoderLayer(2, { ...none, feedForward: 16 }),
    module: ofPyTorch(2, "16"),
    masked: false,
  },
  {
    name: "a layer, norms first, gelu, causal",
    block: TransformerEncoderLayer(4, { ...none, feedForward: 12, normFirst: true, activation: "gelu", causal: true }),
    module: ofPyTorch(4, '12, norm_first=True, activation="gelu"'),
    masked: true,
  },
  {
    name: "three layers of PyTorch's 2048 features",
    block: TransformerEncoder(3, 8, none),
    module: `nn.TransformerEncoder(${ofPyTorch(8, "2048")}, 3)`,
    masked: false,
  },
  {
    name: "two causal layers, norms first",
    block: TransformerEncoder(2, 1, { ...none, feedForward: 20, normFirst: true, causal: true }),
    module: `nn.TransformerEncoder(${ofPyTorch(1, "20, norm_first=True")}, 2)`,
    masked: true,
  },
].map(peer => {
  const graph = blockBehind(Linear(width), peer.block, [length, features]);
  // From -0.5 to 0.5, as weights are that have begun to learn.
  const feeds = Object.fromEntries(
    Object.entries(networkFeeds(graph, batch)).map(([name, values]) => [name, values.map(value => value / 3)]),
  );
  return { ...peer, graph, feeds };
});

/** What is called `stem.…` and `block.…` here, in PyTorch's list of modules. */
const inList = (name: string): string => name.replace(/^stem/, "0").replace(/^block/, "1");

let answers: OpAnswer[] = [];
const report: string[] = [];
beforeAll(() => {
  answers = askPyTorch<OpAnswer>(
    peers.map(({ graph, feeds, module, masked }) => ({
      spelling: {
        module: `nn.Sequential(nn.Linear(${features}, ${width}), ${module})`,
        call: `m[1](m[0](x[0])${masked ? `, ${mask}` : ""})`,
      },
      training: true,
      x: [send(feeds.x!, [batch, length, features])],
      weights: Object.fromEntries(
        parameters(graph).map(({ name, shape }) => [inList(name), send(feeds[name]!, shape)]),
      ),
      dy: send(feeds.dy!, [batch, length, width]),
    })),
  );
});
afterAll(() =>
  console.log(["", "encoder                                  parameters  largest error", ...report].join("\n")),
);

describe.each(peers.map((peer, i) => ({ ...peer, i })))("$name", ({ name, graph, feeds, i }) => {
  it("has PyTorch's output and gradients", async () => {
    const session = await networkSession(graph, batch, true);
    const found = await session.run(feeds);
    await session.release();
    const answer = answers[i]!;
    const expected = {
      y: answer.y,
      ...Object.fromEntries(parameters(graph).map(one => [`d/${one.name}`, answer.dw[inList(one.name)]!])),
    };
    let worst = 0;
    for (const [what, sent] of Object.entries(expected)) {
      const one = worstError(found[what]!, receive(sent), 1e-5, 1e-4);
      expect(one.units, `${what}: off by ${one.error}`).toBeLessThanOrEqual(1);
      worst = Math.max(worst, one.error);
    }
    const count = parameters(graph).reduce((sum, { shape }) => sum + product(shape), 0);
    report.push(`${name.padEnd(40)} ${String(count).padStart(10)}  ${worst.toExponential(1)}`);
  });
});
