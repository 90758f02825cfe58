/** Methods of tensors that are made of other methods: they place several nodes, and may return several tensors. */
import type { Tensor } from "./tensor.js";

/** The arguments are as the user gave them. */
export type Composed = (x: Tensor, ...args: readonly unknown[]) => unknown;

const registry = new Map<string, Composed>();

export function composed(name: string, method: Composed): Composed {
  if (registry.has(name)) throw new Error(`${name}: a method of this name exists already; choose another name`);
  registry.set(name, method);
  return method;
}

/** All composed methods, by name. */
export const allComposed: ReadonlyMap<string, Composed> = registry;
