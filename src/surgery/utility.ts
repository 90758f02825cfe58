/** What channels are worth: those of most worth stay. */
import type { Classes } from "./classes.js";
import { SurgeryError } from "./error.js";
import type { View } from "./groups.js";
import { channelList, makes, type State } from "./state.js";

/** The worth of every channel of a layer, or of each the same; `undefined` for a layer that does not count. */
export type LayerUtility = (layer: Layer) => readonly number[] | Float32Array | number | undefined;
/** A named one, or a function of the layer. Only layers that make channels are asked. */
export type Utility = LayerUtility;

export interface Layer {
  readonly name: string;
  readonly op: string;
  /** Number of its channels. */
  readonly channels: number;
  /** Its weights by role. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

const one: LayerUtility = () => 1;

/** The sum over all layers, for every class. */
export function utilityOf(state: State, classes: Classes, view: View, utility: Utility = one): Float64Array {
  const sums = new Float64Array(classes.count);
  for (const { name, op } of state.graph.nodes) {
    if (utility === one && !makes(classes, name)) continue;
    const list = channelList(classes, name);
    const channels = list.classes.length;
    const given = utility({ name, op, channels, weights: weightsOf(state, name) });
    if (given === undefined) continue;
    if (typeof given !== "number" && given.length !== channels) {
      throw new SurgeryError(
        `utility: ${name} has ${channels} channels, got ${given.length} values; give one for each`,
      );
    }
    list.classes.forEach((own, i) => {
      const value = typeof given === "number" ? given : given[i]!;
      if (Number.isNaN(value)) {
        throw new SurgeryError(`utility: a value of ${name} is not a number, got NaN for channel ${i}; give a number`);
      }
      sums[view.standsFor(own)]! += value;
    });
  }
  return sums;
}

function weightsOf({ graph, weights = {} }: State, name: string): Record<string, Float32Array> {
  const node = graph.nodes.find(other => other.name === name)!;
  const prefix = `${node.shares ?? name}.`;
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([parameter]) => parameter.startsWith(prefix))
      .map(([parameter, values]) => [parameter.slice(prefix.length), values]),
  );
}
