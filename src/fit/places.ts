/** Numbers that ops look up: what stands outside is refused, with the op and its range. */
import type { Values } from "../data/data-set.js";
import type { Graph } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { RuntimeFailure, type Session } from "../runtime/session.js";
import { TrainError } from "../train/index.js";

/** Where an op looks the numbers of an input up, each must be there. */
export function checkPlaces(graph: Graph, input: string, values: Values, elements: number): void {
  for (const { node, op, site } of analyse(graph).placed) {
    if (!op.indices || !node.inputs.includes(input)) continue;
    if (values instanceof Uint8Array) {
      throw new TrainError(
        `${op.name}: places must come as they are, got bytes, which are normalised, for ${input}; give an Int32Array`,
      );
    }
    const count = op.indices(site.attrs);
    const strange = values.findIndex(value => !(Number.isInteger(value) && value >= 0 && value < count));
    if (strange < 0) continue;
    throw new TrainError(
      `${op.name}: places must be whole numbers from 0 to below ${count}, got ${values[strange]} in sample ${Math.floor(strange / elements)} of ${input}; correct the data`,
    );
  }
}

/** A session of that network whose failures tell of places outside, where numbers are looked up behind other ops. */
export const tellingPlaces = (graph: Graph, session: Session): Session => ({
  run: async feeds => {
    try {
      return await session.run(feeds);
    } catch (error) {
      throw (error instanceof RuntimeFailure && outside(graph, error.message)) || error;
    }
  },
  release: () => session.release(),
});

/** The runtime looks places up from the end, too, and names both bounds. */
function outside(graph: Graph, said: string): TrainError | undefined {
  const [, place, most] = /indices element out of data bounds, idx=(-?\d+) .*\[-\d+,(\d+)\]/.exec(said) ?? [];
  const found = analyse(graph).placed.find(({ op, site }) => op.indices?.(site.attrs) === Number(most) + 1);
  if (!found) return undefined;
  const { op, node } = found;
  return new TrainError(
    `${op.name}: places must be whole numbers from 0 to below ${Number(most) + 1}, got ${place} from ${node.inputs[0]}; correct the data`,
  );
}
