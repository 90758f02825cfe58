/** Chains of random edits, each proved when it is made. */
import { readOnnx } from "../../../src/formats/onnx/index.js";
import { freeze, type Graph, print, verify } from "../../../src/graph/index.js";
import { analyse } from "../../../src/op/index.js";
import "../../../src/ops/index.js";
import { deriveSeed, type Random, random } from "../../../src/random.js";
import { nativeSession } from "../../../src/runtime/native.js";
import { float32 } from "../../../src/runtime/session.js";
import { product } from "../../../src/shape/index.js";
import { type Edited, operate, SurgeryError } from "../../../src/surgery/index.js";
import { inferenceModel, initialWeights, parameters, type Weights } from "../../../src/train/index.js";
import { randomInputs, randomNetwork } from "../random-network.js";
import { compare, type Side, side } from "./aligned.js";
import { batch } from "./bench.js";
import { type Drawn, drawEdit } from "./draw.js";

/** Counts by kind, by reason, or by what was seen. */
export type Counts = Record<string, number>;
export interface Tally {
  edits: number;
  readonly made: Counts;
  readonly refused: Counts;
  readonly seen: Counts;
  readonly ops: Counts;
  readonly failures: string[];
}
export const emptyTally = (): Tally => ({ edits: 0, made: {}, refused: {}, seen: {}, ops: {}, failures: [] });
const count = (counts: Counts, what: string, by = 1): void => {
  counts[what] = (counts[what] ?? 0) + by;
};

const longest = 50;
const most = { params: 20_000, elements: 20_000, nodes: 70 };

/** Networks that were read from files, or none. */
export type Files = readonly { readonly name: string; readonly graph: Graph; readonly weights: Weights }[];

/** A chain of at most `left` edits, decided by its number. `watch` is told every edit before it is made. */
export async function proveChain(
  chain: number,
  left: number,
  tally: Tally,
  files: Files = [],
  watch: (said: string) => void = () => {},
): Promise<void> {
  const source = random(deriveSeed("chain of edits", chain));
  let now = start(source, chain, files, tally);
  watch(print(now.graph));
  for (let nr = 0; nr < Math.min(left, longest); nr++) {
    const drawn = drawEdit(source, now.graph, nr);
    watch(drawn.said);
    tally.edits++;
    const print1 = fingerprint(now);
    let done: Edited | undefined;
    try {
      done = await drawn.edit(operate({ graph: now.graph, weights: now.weights })).apply();
      count(
        done.report.refused.length > 0 ? tally.refused : tally.made,
        done.report.refused.length > 0 ? "left out" : drawn.kind,
      );
    } catch (error) {
      watch(`  ${error}`);
      if (!(error instanceof SurgeryError)) tally.failures.push(told(chain, nr, drawn.said, error));
      else count(tally.refused, reasonOf(error.message));
    }
    if (fingerprint(now) !== print1) tally.failures.push(told(chain, nr, drawn.said, new Error("the subject changed")));
    if (!done) continue;
    if (done.report.refused.length > 0) {
      if (done.graph === now.graph && done.weights === now.weights) continue;
      tally.failures.push(told(chain, nr, drawn.said, new Error("what was left out is not the same object")));
      break;
    }
    try {
      const next = await proved(now, done, deriveSeed(chain, nr), tally, drawn);
      if (next !== now) await now.release();
      now = next;
    } catch (error) {
      tally.failures.push(told(chain, nr, drawn.said, error));
      break;
    }
    if (tooLarge(now.graph) || now.graph.nodes.length === 0) break;
    // Zeros that growth left would hide what comes after.
    if (source.chance()) now = side(now.graph, randomWeights(now.graph, source), now);
  }
  await now.release();
}

const told = (chain: number, nr: number, said: string, error: unknown): string =>
  `chain ${chain}, edit ${nr}: ${said}\n  ${error instanceof Error ? error.message : error}\n  npm run proof:surgery -- --chain ${chain}`;

/** The network after an edit, proved to be what it should be. */
async function proved(before: Side, done: Edited, seed: number, tally: Tally, drawn: Drawn): Promise<Side> {
  verify(done.graph);
  const weights = done.weights!;
  // Inferred anew: `analyse` remembers what surgery knew.
  const graph = freeze(structuredClone(done.graph));
  for (const { name, shape } of parameters(graph)) {
    if (weights[name]?.length !== product(shape))
      throw new Error(`${name} has ${weights[name]?.length} values for [${shape}]`);
  }
  if (Object.keys(weights).length !== parameters(graph).length) throw new Error("there are weights of no layer");
  const after = side(graph, weights);
  try {
    const missing = drawn.missing?.(before.graph, done);
    if (missing !== undefined) throw new Error(`it is not what was asked for: ${missing}`);
    const found = await compare(before, after, done.report.lineage, seed, drawn);
    count(tally.seen, "nodes alone as before", found.alone);
    count(tally.seen, "nodes alone as before, connected otherwise", found.rewired);
    if (drawn.preserves) count(tally.seen, "networks whose function was kept");
    count(tally.seen, "nodes in their places as with masks", found.inPlace);
    count(tally.seen, "of them where rounding is amplified", found.amplified);
    count(tally.seen, "networks whose every output is as with masks", found.outputs ? 1 : 0);
    if (seed % 8 === 0) await runs(after, seed);
    for (const { op } of graph.nodes) count(tally.ops, op);
    return after;
  } catch (error) {
    await after.release();
    throw error;
  }
}

/** The network as it is used runs, too, with its weights inside. */
async function runs({ graph, weights }: Side, seed: number): Promise<void> {
  const session = await nativeSession(inferenceModel(graph, { weights }));
  const inputs = randomInputs(graph, batch, seed);
  await session.run(
    Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, float32(inputs[name]!, [batch, ...shape])])),
  );
  await session.release();
}

function start(source: Random, chain: number, files: Files, tally: Tally): Side {
  const file = files[chain % (2 * files.length)];
  if (file) {
    count(tally.seen, "chains of networks read from files");
    return side(file.graph, file.weights);
  }
  const graph = randomNetwork(source, `network ${chain}`, {
    nodes: 25,
    // Layers that make channels more often than others: else little could be edited.
    wants: (op, { inputs, attrs }) => op.weights(inputs, attrs).length > 0 || source.chance(0.4),
  });
  const weights = randomWeights(graph, source);
  const read = source.chance(0.2) ? throughOnnx(graph, weights) : undefined;
  count(tally.seen, read ? "chains of networks read from ONNX" : "chains of networks drawn");
  return read ?? side(graph, weights);
}

/** The network as it is read from an ONNX model that says nothing of netpick; undefined where a node of it is no op here. */
function throughOnnx(graph: Graph, weights: Weights): Side | undefined {
  try {
    const inputs = Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape]));
    const read = readOnnx(inferenceModel(graph, { weights }), { inputs });
    return read.graph.nodes.length > 0 ? side(read.graph, read.weights) : undefined;
  } catch {
    return undefined;
  }
}

/** Values of which no two are alike, statistics of what is positive positive. */
function randomWeights(graph: Graph, source: Random): Weights {
  const first = initialWeights(graph, source.int(0, 1e9));
  return Object.fromEntries(
    parameters(graph).map(({ name, init }) => {
      const values = first[name]!;
      return [name, init.kind === "constant" ? values.map(value => value + 0.5 * source.float()) : values];
    }),
  );
}

function tooLarge(graph: Graph): boolean {
  const { shapes } = analyse(graph);
  const elements = [...shapes.values()].reduce((sum, shape) => sum + product(shape), 0);
  const params = parameters(graph).reduce((sum, { shape }) => sum + product(shape), 0);
  return elements > most.elements || params > most.params || graph.nodes.length > most.nodes;
}

/** What would differ if the subject had been touched. */
function fingerprint({ graph, weights }: Side): string {
  let sum = 0;
  for (const values of Object.values(weights))
    for (let i = 0; i < values.length; i++) sum = (31 * sum + values[i]!) % 1e9;
  return `${JSON.stringify(graph)} ${sum}`;
}

/** A refusal without names and numbers. */
const reasonOf = (message: string): string => {
  const [, reason = message] = /^.*?: (.*?), got/.exec(message) ?? [];
  const because = /got (.*); ask for less$/.exec(message)?.[1];
  const plain = (text: string): string =>
    text.replace(/though .* keeps its own/g, "though something keeps its own").replace(/\b[\w.]*\d[\w.]*\b/g, "_");
  return because ? `${reason}: ${plain(because).slice(0, 80)}` : plain(reason);
};
