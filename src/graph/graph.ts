/** A network as frozen plain data: what every other room reads, or makes a new one of. */
import type { Shape } from "../shape/index.js";

/** Attributes are JSON: numbers, booleans, text and lists of these. */
export type Attrs = Readonly<Record<string, AttrValue>>;
export type AttrValue = number | boolean | string | readonly AttrValue[];

export interface Node {
  /** Unique in its graph; its output is called the same. */
  readonly name: string;
  readonly op: string;
  /** Names of graph inputs or of earlier nodes. */
  readonly inputs: readonly string[];
  readonly attrs: Attrs;
  /** Name of an earlier node of the same op whose weights this one uses instead of its own. */
  readonly shares?: string;
}

export interface Input {
  readonly name: string;
  readonly shape: Shape;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** In an order in which each can be computed. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly string[];
}

/** What is wrong with a graph as a graph; what is wrong with an op in it is that op's own error. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

/** Freeze a graph and everything in it. */
export function freeze(graph: Graph): Graph {
  deepFreeze(graph);
  return graph;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
}
