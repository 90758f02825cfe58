/** Graphs as Grenade (Haskell): the type of a network, its layers and the shapes between them. */
import type { Graph } from "../graph/index.js";
import type { Shape } from "../shape/index.js";
import { identifier } from "./pytorch/names.js";
import { cannot, inLine, SpellingError, spelled } from "./spelled.js";

/**
 * Haskell source of a network whose layers follow one another; an op that Grenade does not have, or a shape of more than three
 * axes, is a SpellingError. Grenade draws the first weights itself.
 */
export function writeGrenade(graph: Graph): string {
  const { nodes } = spelled(graph, "grenade", "Grenade");
  inLine(graph, "Grenade", nodes);
  const title = `Net_${identifier(graph.name)}`;
  const [input] = graph.inputs;
  const first = shapeType(input!.shape);
  if (first === undefined)
    throw new SpellingError(`${input!.name}: Grenade cannot say its shape, got [${input!.shape}]; give 1 to 3 axes`);
  const shapes = nodes.map(({ one }) => {
    const shape = shapeType(one.site.output);
    if (shape === undefined) throw cannot("Grenade", one, "shapes have 1 to 3 axes");
    return shape;
  });
  const layers = nodes.map(({ spelling }) => ("layer" in spelling ? spelling.layer : ""));
  return [
    "{-# LANGUAGE DataKinds #-}",
    `module ${title} where`,
    "",
    "import Control.Monad.Random (MonadRandom)",
    "import Grenade",
    "",
    `type ${title} = Network`,
    `  '[ ${layers.join("\n   , ")} ]`,
    `  '[ ${[first, ...shapes].join("\n   , ")} ]`,
    "",
    `random${title} :: MonadRandom m => m ${title}`,
    `random${title} = randomNetwork`,
    "",
  ].join("\n");
}

/** Channels stand last in Grenade's shapes. */
function shapeType(shape: Shape): string | undefined {
  if (shape.length < 1 || shape.length > 3) return undefined;
  const sizes = shape.length === 3 ? [...shape.slice(1), shape[0]!] : shape;
  return `'D${shape.length} ${sizes.join(" ")}`;
}
