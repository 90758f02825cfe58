/** What a graph computes, without its names: two graphs with one fingerprint are the same network. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Attrs, Graph } from "./graph.js";

/** Canonical text: inputs and nodes by position, attributes in order of name. */
export function fingerprint(graph: Graph): string {
  const position = new Map<string, number>();
  for (const part of [...graph.inputs, ...graph.nodes]) position.set(part.name, position.size);
  const at = (name: string): number => position.get(name)!;
  return JSON.stringify([
    graph.inputs.map(input => input.shape),
    graph.nodes.map(node => [
      node.op,
      node.inputs.map(at),
      sorted(node.attrs),
      ...(node.shares === undefined ? [] : [at(node.shares)]),
    ]),
    graph.outputs.map(at),
  ]);
}

const sorted = (attrs: Attrs): unknown[] =>
  Object.keys(attrs)
    .sort()
    .map(key => [key, attrs[key]]);

/** SHA-256 of the fingerprint, in hexadecimal. */
export const hash = (graph: Graph): string => bytesToHex(sha256(utf8ToBytes(fingerprint(graph))));
