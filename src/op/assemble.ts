/** Put a graph together node by node, every shape known as soon as its node stands. */
import { freeze, type Graph, GraphError, type Node, verify } from "../graph/index.js";
import type { Shape } from "../shape/index.js";
import { checkShared, type Placed, place } from "./analyse.js";
import { findOp, readAttrs, toAttrs } from "./record.js";

export interface Assembler {
  /** A new input; returns its name. */
  input(name: string, shape: Shape): string;
  /** A new node; returns its name, which is the op's with a number unless told. */
  node(op: string, inputs: readonly string[], attrs?: object, options?: NodeOptions): string;
  shape(name: string): Shape;
  /** The frozen graph with these outputs. */
  finish(...outputs: readonly string[]): Graph;
}
export interface NodeOptions {
  readonly name?: string;
  readonly shares?: string;
  /** The attributes are complete and as the op's schema would read them: they are taken as they are, which is faster. */
  readonly canonical?: boolean;
}

export function assemble(name: string): Assembler {
  const inputs: { name: string; shape: Shape }[] = [];
  const placed: Placed[] = [];
  const shapes = new Map<string, Shape>();
  const counts = new Map<string, number>();

  function freshName(op: string): string {
    for (;;) {
      const count = (counts.get(op) ?? 0) + 1;
      counts.set(op, count);
      if (!shapes.has(`${op}_${count}`)) return `${op}_${count}`;
    }
  }
  function claim(part: string, shape: Shape): string {
    if (shapes.has(part)) throw new GraphError(`graph: a name stands for two things, got ${part} twice; rename one`);
    shapes.set(part, shape);
    return part;
  }
  return {
    input: (part, shape) => {
      claim(part, shape);
      inputs.push({ name: part, shape: [...shape] });
      return part;
    },
    node: (op, from, attrs = {}, { name: given, shares, canonical = false } = {}) => {
      const node: Node = {
        name: given ?? freshName(op),
        op,
        inputs: [...from],
        attrs: toAttrs(canonical ? attrs : readAttrs(findOp(op), attrs)),
        ...(shares === undefined ? {} : { shares }),
      };
      const one = place(node, shapes);
      claim(node.name, one.site.output);
      placed.push(one);
      return node.name;
    },
    shape: part => shapes.get(part)!,
    finish: (...outputs) => {
      // Every node has been placed already; what is kept of that would cost more than to analyse again when asked.
      checkShared(placed);
      return freeze(verify({ name, inputs: [...inputs], nodes: placed.map(one => one.node), outputs }));
    },
  };
}
