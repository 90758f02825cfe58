/** What is operated on, held against its network before anything is done. */
import type { Graph } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { analyse } from "../op/index.js";
import { product, type Shape, show } from "../shape/index.js";
import { SurgeryError } from "./error.js";
import type { Weights } from "./rebuild.js";

export interface Subject {
  readonly graph: Graph;
  /** Values of the parameters by name. */
  readonly weights?: Weights | undefined;
  /** What stands beside each value, by any name: an optimizer's averages, of the same shapes. */
  readonly beside?: Readonly<Record<string, Weights>>;
}

/** Every value is of a parameter of the network and as large as that, and no parameter is without one. */
export function checkSubject({ graph, weights, beside = {} }: Subject): void {
  if (!weights && Object.keys(beside).length === 0) return;
  const shapes = new Map(
    analyse(graph).placed.flatMap(({ node, weights: specs }) =>
      node.shares === undefined ? specs.map(({ role, shape }) => [`${node.name}.${role}`, shape] as const) : [],
    ),
  );
  if (weights) {
    checkValues(shapes, weights, "weights");
    for (const [name, shape] of shapes) {
      if (!Object.hasOwn(weights, name)) throw wrong(name, shape, "none");
    }
  }
  for (const [name, values] of Object.entries(beside)) checkValues(shapes, values, `beside.${name}`);
}

function checkValues(shapes: ReadonlyMap<string, Shape>, values: Weights, where: string): void {
  for (const [name, own] of Object.entries(values)) {
    const shape = shapes.get(name);
    if (!shape) {
      throw new SurgeryError(
        `operate: ${where} are of this network's parameters, got ${name}; ${nearest(name, [...shapes.keys()])}`,
      );
    }
    if (!(own instanceof Float32Array)) {
      throw new SurgeryError(
        `operate: ${name} in ${where} is a Float32Array, got something else; give new Float32Array([...])`,
      );
    }
    if (own.length !== product(shape)) throw wrong(name, shape, String(own.length), where);
  }
}

const wrong = (name: string, shape: Shape, got: string, where = "weights"): SurgeryError =>
  new SurgeryError(
    `operate: ${name} in ${where} has ${product(shape)} numbers, ${show(shape)}, got ${got}; give those of this very network`,
  );
