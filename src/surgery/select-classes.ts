/** Only some of the classes that a network tells apart, in any order. */
import { freeze, type Graph, type Node } from "../graph/index.js";
import { analyse, type Placed, upTo } from "../op/index.js";
import { sameShape } from "../shape/index.js";
import { type Classes, classesOf, type List } from "./classes.js";
import { SurgeryError } from "./error.js";
import { plainView, type Selection } from "./groups.js";
import { rebuild } from "./rebuild.js";
import { rewired } from "./rewire.js";
import { channelList, type State, type Strategy, settled } from "./state.js";

/**
 * The output keeps the classes of these places, in this order. What only passes them on behind the layer that makes
 * them, as a softmax, is then taken over those that are left.
 */
export function selectClasses(
  state: State,
  places: readonly number[],
  { output, ...strategy }: Strategy & { readonly output?: string },
): State {
  const edit = `classes ${places.join(", ") || "none"}`;
  const { graph } = state;
  const name = outputOf(graph, output, edit);
  const inputs = new Set(graph.inputs.map(input => input.name));
  const all = classesOf(graph, one => !inputs.has(one));
  const { classifier, axis, tail } = behind(graph, name, one => channelList(all, one).axis);

  const outputs = graph.outputs.map(one => (one === name ? classifier : one));
  const front = freeze({ ...graph, nodes: graph.nodes.filter(node => !tail.has(node)), outputs });
  const isFree = (one: string): boolean => !inputs.has(one) && (one === classifier || strategy.outputs === "free");
  const classes = classesOf(front, isFree);
  const list = classes.lists.get(classifier)![axis] ?? channelList(classes, classifier);
  refuse(list, classes, places, classifier, edit);
  const wanted = places.map(place => list.classes[place]!);
  const own = new Set(list.classes);
  const kept = new Set(wanted);
  const selection: Selection = {
    view: plainView(classes),
    keep: one => !own.has(one) || kept.has(one),
    join: () => 0,
    lead: () => 0,
  };
  // At the place of the first class that stays stands the first one that is wanted, and so on.
  const instead = new Map([...list.classes].filter(one => kept.has(one)).map((one, i) => [one, wanted[i]!]));
  const rebuilt = rebuild(front, selection, one => ordered(one, selection, instead, edit));
  const planned = { relaxed: [], status: "direct" } as const;
  const cut = settled({ ...state, graph: front }, edit, strategy, classes, rebuilt, planned);
  const whole = rewired(
    freeze({ ...cut.graph, outputs: cut.graph.outputs.map((one, i) => (graph.outputs[i] === name ? name : one)) }),
    edit,
    nodes => [...nodes, ...tail.keys()],
  );
  // What only passes classes on has the same ones.
  const lineage = new Map(cut.lineage);
  const kinds = lineage.get(classifier)![list.axis]!;
  for (const [node, at] of tail) {
    const before = state.lineage.get(node.name);
    const places = analyse(whole)
      .shapes.get(node.name)!
      .map((size, i) => before?.[i] ?? upTo(size).slice());
    lineage.set(node.name, places.with(at, kinds));
  }
  return { ...cut, graph: whole, lineage };
}

function outputOf(graph: Graph, output: string | undefined, edit: string): string {
  const [first, ...others] = graph.outputs;
  if (output === undefined && others.length === 0) return first!;
  if (output !== undefined && graph.outputs.includes(output)) return output;
  throw new SurgeryError(
    `${edit}: it must be told which output's, got ${output ?? "none"}; name one of ${graph.outputs.join(", ")}`,
  );
}

/** The layer that makes an output's classes, along which axis, and what passes them on, each along which. */
function behind(
  graph: Graph,
  output: string,
  axisOf: (name: string) => number,
): { classifier: string; axis: number; tail: ReadonlyMap<Node, number> } {
  const placed = new Map(analyse(graph).placed.map(one => [one.node.name, one]));
  const line: Placed[] = [];
  let name = output;
  for (let one = placed.get(name); one; one = placed.get(name)) {
    const isRead = graph.nodes.filter(({ inputs }) => inputs.includes(name)).length > (name === output ? 0 : 1);
    const [from] = one.node.inputs as [string];
    if (isRead || graph.outputs.includes(from) || one.weights.length > 0 || one.node.inputs.length > 1) break;
    line.unshift(one);
    name = from;
  }
  let found = { classifier: name, axis: axisOf(name), tail: new Map<Node, number>() };
  let axis = found.axis;
  for (const one of line) {
    const at = passedOn(one, axis);
    // Where others stand in their place, or in another order, the classes are those.
    if (at === undefined) found = { classifier: one.node.name, axis: axisOf(one.node.name), tail: new Map() };
    else found.tail.set(one.node, at);
    axis = at ?? found.axis;
  }
  return found;
}

/** The axis of the output on which all that stands along an axis of the input stands, in the same order. */
function passedOn({ op, site }: Placed, axis: number): number | undefined {
  const rule = op.channels?.(site, [site.inputs[0]!.map((_, i) => i === axis)], op.forward);
  const labels = rule?.inputs[0]?.[axis];
  if (labels) {
    // Of groups others would be normalised together.
    if (new Set(labels).size < labels.length) return undefined;
    const at = rule!.output.findIndex(one => one?.join() === labels.join());
    return at < 0 ? undefined : at;
  }
  // What works along the axis gives one for each.
  return rule && sameShape(site.inputs[0]!, site.output) ? axis : undefined;
}

function refuse(list: List, classes: Classes, places: readonly number[], classifier: string, edit: string): void {
  const count = list.classes.length;
  const isPlace = (place: number, i: number): boolean =>
    Number.isInteger(place) && place >= 0 && place < count && places.indexOf(place) === i;
  const wrong = places.find((place, i) => !isPlace(place, i));
  if (places.length === 0 || wrong !== undefined) {
    throw new SurgeryError(
      `${edit}: classes are whole numbers from 0 to ${count - 1}, each once, got ${wrong ?? "none"}; choose among them`,
    );
  }
  const held = list.classes.find(one => classes.fixed[one] === 1);
  if (held !== undefined) {
    throw new SurgeryError(
      `${edit}: the classes of ${classifier} cannot change, got ${classes.holder(held)} that holds them; free it first`,
    );
  }
  if (new Set(list.classes).size < count) {
    throw new SurgeryError(
      `${edit}: ${classifier} does not make every class by itself, got ${new Set(list.classes).size} channels for ${count} classes; choose a layer that does`,
    );
  }
}

/** Places of what is kept, those of one class at the place of another. */
function ordered(
  { tensor, classes }: List,
  { keep }: Selection,
  instead: ReadonlyMap<number, number>,
  edit: string,
): Int32Array {
  const places = new Map<number, number[]>();
  classes.forEach((one, i) => {
    if (instead.has(one)) places.set(one, [...(places.get(one) ?? []), i]);
  });
  const seen = new Map<number, number>();
  const made: number[] = [];
  classes.forEach((one, i) => {
    if (!keep(one)) return;
    const nth = seen.get(one) ?? 0;
    seen.set(one, nth + 1);
    const place = instead.has(one) ? places.get(instead.get(one)!)?.[nth] : i;
    if (place === undefined) {
      throw new SurgeryError(
        `${edit}: ${tensor} makes some of these classes, got places that others make between them; keep those of each layer at its places`,
      );
    }
    made.push(place);
  });
  return Int32Array.from(made);
}
