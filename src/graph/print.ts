/** A graph as text, one line per node: what tests assert on and what people read. */
import { show } from "../shape/index.js";
import type { Attrs, Graph, Node } from "./graph.js";

/**
 *     network lenet
 *     x = input [1, 28, 28]
 *     conv2d1 = conv2d(x) outChannels=20 kernelSize=[5, 5]
 *     return conv2d1
 */
export function print(graph: Graph): string {
  return [
    `network ${graph.name}`,
    ...graph.inputs.map(input => `${input.name} = input ${show(input.shape)}`),
    ...graph.nodes.map(printNode),
    `return ${graph.outputs.join(", ")}`,
  ].join("\n");
}

const printNode = (node: Node): string =>
  [
    `${node.name} = ${node.op}(${node.inputs.join(", ")})`,
    printAttrs(node.attrs),
    node.shares && `shares ${node.shares}`,
  ]
    .filter(Boolean)
    .join(" ");

/** `outChannels=20 kernelSize=[5, 5]` */
export const printAttrs = (attrs: Attrs): string =>
  Object.entries(attrs)
    .map(([key, value]) => `${key}=${JSON.stringify(value).replaceAll(",", ", ")}`)
    .join(" ");
