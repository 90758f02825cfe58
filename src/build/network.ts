/** What a description gives: a graph that remembers, in types, what goes in and what comes out. */
import { type Graph, print } from "../graph/index.js";
import { analyse } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { summary } from "./summary.js";

/** One shape, or named shapes. */
export type Shapes = Shape | Readonly<Record<string, Shape>>;

/** Other rooms add methods (`fit`, `predict`) by `declare module`. */
export class Network<Inputs = Shapes, Outputs = Shapes> {
  constructor(
    readonly graph: Graph,
    /** The shape of the input, or the shapes of several by name. */
    readonly inputs: Inputs,
    /** The shape of the output, or the shapes of several by name. */
    readonly outputs: Outputs,
    /** What the graph's outputs are called, in the graph's order: the keys of `outputs` where there are several. */
    readonly outputNames: readonly string[] = graph.outputs,
  ) {}

  /** A graph whose shapes are known only now: read from a file, drawn, edited. */
  static of(graph: Graph): Network<Readonly<Record<string, Shape>>, Readonly<Record<string, Shape>>> {
    const { shapes } = analyse(graph);
    const named = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, shapes.get(name)!]));
    return new Network(graph, named(graph.inputs.map(input => input.name)), named(graph.outputs));
  }

  get name(): string {
    return this.graph.name;
  }

  /** Every layer with the shape of its output, parameters and multiply-accumulates, and the totals: a table of so many columns. */
  summary(width?: number): string {
    return summary(this.graph, width);
  }

  toString(): string {
    return print(this.graph);
  }
}
