/** A network while its function runs: gives names, shares the weights of layers used again, assembles the graph. */
import { freeze, type Graph, verify } from "../graph/index.js";
import { assemble, findOp, type Ground, type Layer, OpError, readAttrs } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import { checkLayer } from "./check-layer.js";

export class Description implements Ground {
  readonly #assembler;
  readonly #taken: Set<string>;
  /** Names that the user gave to layers. */
  readonly #given: ReadonlyMap<Layer, string>;
  /** Where each layer was placed first: a layer is one set of weights. */
  readonly #first = new Map<Layer, string>();
  /** Which node's weights a node uses. */
  readonly #owner = new Map<string, string>();
  readonly #unnamed = new Set<string>();
  #finished = false;

  constructor(
    readonly name: string,
    layers: Readonly<Record<string, Layer>>,
  ) {
    this.#assembler = assemble(name);
    this.#taken = new Set(Object.keys(layers));
    // The first of several names of one layer holds.
    this.#given = new Map(
      Object.entries(layers)
        .map(([key, layer]) => [layer, key] as const)
        .reverse(),
    );
  }

  input(name: string, shape: Shape): string {
    this.#taken.add(name);
    // At once and not when the graph stands: no op should complain of what its input's shape is guilty of.
    verify({ name: this.name, inputs: [{ name, shape }], nodes: [], outputs: [name] });
    return this.#assembler.input(name, [...shape]);
  }

  shape(name: string): Shape {
    return this.#assembler.shape(name);
  }

  /** A node that nobody named. */
  add(op: string, inputs: readonly string[], attrs: object): string {
    const name = this.node(op, inputs, attrs, { name: this.#fresh(op, 1) });
    this.#unnamed.add(name);
    return name;
  }

  node(op: string, inputs: readonly string[], attrs: object, options: { name: string; shares?: string }): string {
    if (this.#finished) {
      throw new OpError(`${op}: the network is finished, got ${this.name}; describe it inside its function`);
    }
    this.#taken.add(options.name);
    const name = this.#assembler.node(op, inputs, attrs, options);
    this.#owner.set(name, options.shares ?? name);
    return name;
  }

  /** A layer behind `x`, called as the user named it, or after its kind. */
  pipe(layer: Layer, x: string): string {
    checkLayer("pipe", layer);
    const given = this.#given.get(layer);
    const again = this.#first.has(layer);
    if (given === undefined) {
      const name = this.#fresh(layer.kind, 1);
      this.#unnamed.add(name);
      return this.layer(layer, x, name);
    }
    return this.layer(layer, x, again ? this.#fresh(given, 2) : given);
  }

  layer(layer: Layer, x: string, name: string): string {
    const first = this.#first.get(layer);
    if (first !== undefined) return layer.place(this.#sharing(first, name), x, name);
    this.#first.set(layer, name);
    return layer.place(this, x, name);
  }

  /** A ground on which what is called `name...` uses the weights of what is called `first...`. */
  #sharing(first: string, name: string): Ground {
    const ground: Ground = {
      shape: part => this.shape(part),
      layer: (inner, x, part) => inner.place(ground, x, part),
      node: (op, inputs, attrs, options) => {
        const original = first + options.name.slice(name.length);
        const shares = this.#owner.get(original) ?? original;
        return this.node(op, inputs, attrs, this.#learns(op, inputs, attrs) ? { ...options, shares } : options);
      },
    };
    return ground;
  }

  #learns(op: string, inputs: readonly string[], attrs: object): boolean {
    const record = findOp(op);
    const shapes = inputs.map(input => this.shape(input));
    return record.weights(shapes, readAttrs(record, attrs)).length > 0;
  }

  #fresh(word: string, from: number): string {
    for (let count = from; ; count++) {
      const name = `${word}_${count}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }

  /** The graph with these outputs; one that nobody named yet is called as its output, where that name is free. */
  finish(outputs: readonly string[], keys: readonly string[] = outputs): Graph {
    this.#finished = true;
    const called = new Map<string, string>();
    outputs.forEach((name, i) => {
      const key = keys[i]!;
      if (!this.#unnamed.has(name) || this.#taken.has(key) || called.has(name)) return;
      this.#taken.add(key);
      called.set(name, key);
    });
    const made = this.#assembler.finish(...outputs);
    return called.size === 0 ? made : renamed(made, name => called.get(name) ?? name);
  }
}

const renamed = (graph: Graph, now: (name: string) => string): Graph =>
  freeze(
    verify({
      ...graph,
      nodes: graph.nodes.map(node => ({
        ...node,
        name: now(node.name),
        inputs: node.inputs.map(now),
        ...(node.shares === undefined ? {} : { shares: now(node.shares) }),
      })),
      outputs: graph.outputs.map(now),
    }),
  );
