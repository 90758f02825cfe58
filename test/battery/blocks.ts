/** One block as a network of its own. */
import { network } from "../../src/build/index.js";
import type { Graph } from "../../src/graph/index.js";
import type { Layer } from "../../src/op/index.js";
import type { Shape } from "../../src/shape/index.js";

interface Pipes {
  pipe(layer: Layer): Pipes;
}
/** Behind one another, as only the program sees it: what the layers make of the shape is not known here. */
const piped = (x: unknown, ...layers: readonly Layer[]) =>
  layers.reduce((from, layer) => from.pipe(layer), x as Pipes) as never;

/** The block, called `block`, on an input of that shape. */
export const blockAlone = (block: Layer, shape: Shape): Graph =>
  network({ input: shape, layers: { block }, forward: (x, l) => piped(x, l.block) }).graph;

/** With a layer before it, so that the gradient of the block's input counts too. */
export const blockBehind = (stem: Layer, block: Layer, shape: Shape): Graph =>
  network({ input: shape, layers: { stem, block }, forward: (x, l) => piped(x, l.stem, l.block) }).graph;

/** `name = op(inputs)` of every node. */
export const outline = (graph: Graph): string[] =>
  graph.nodes.map(({ name, op, inputs }) => `${name} = ${op}(${inputs.join(", ")})`);
