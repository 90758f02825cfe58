/** Edits drawn at random for a network: any kind, anywhere, under any strategy; many of them cannot be. */
import type { Graph } from "../../../src/graph/index.js";
import { allOps, analyse, findOp, takes } from "../../../src/op/index.js";
import type { Random } from "../../../src/random.js";
import type { Shape } from "../../../src/shape/index.js";
import { classesOf } from "../../../src/surgery/classes.js";
import {
  batchNormScale,
  type Change,
  l1,
  l2,
  type Operation,
  randomUtility,
  type Strategy,
  type Utility,
} from "../../../src/surgery/index.js";

export interface Drawn {
  readonly kind: string;
  readonly said: string;
  /** It must change no output. */
  readonly preserves?: boolean;
  /** The layer that begins anew. */
  readonly anew?: string;
  readonly edit: (operation: Operation) => Operation;
}

export function drawEdit(random: Random, graph: Graph, nr: number): Drawn {
  const kind = random.pick(kinds);
  const strategy = drawStrategy(random, graph);
  const { said, ...made } = makers[kind]!(random, graph, strategy, nr);
  const spelled = JSON.stringify(strategy, (_, one) => (typeof one === "function" ? one.name : one));
  return { kind, ...made, said: `${said} ${spelled}` };
}

type Maker = (random: Random, graph: Graph, strategy: Strategy, nr: number) => Omit<Drawn, "kind">;

const layer = (random: Random, graph: Graph): string => random.pick(graph.nodes).name;

/** Any; mostly one whose channels may change, were the outputs free: else most sizes could not be had. */
function sized(random: Random, graph: Graph): string {
  if (random.chance(0.2)) return layer(random, graph);
  const { lists, fixed } = classesOf(graph, name => graph.nodes.some(node => node.name === name));
  const may = graph.nodes.filter(({ name }) => lists.get(name)!.some(list => list.classes.some(one => !fixed[one])));
  return may.length > 0 ? random.pick(may).name : layer(random, graph);
}

function change(random: Random): Change {
  const by = random.pick([-4, -3, -2, -1, -1, 1, 1, 2, 3, 8]);
  return random.pick<() => Change>([
    () => by,
    () => ({ by, relaxed: true }),
    () => ({ to: random.int(1, 12) }),
    () => ({ to: random.int(1, 12), relaxed: true }),
  ])();
}

const resized =
  (changes: Readonly<Record<string, Change>>): Maker =>
  (_, __, strategy) => ({
    said: `resize ${JSON.stringify(changes)}`,
    edit: operation => operation.resize(changes, strategy),
  });

/** A layer that can read a shape; mostly one that gives another that is wanted. */
function replacement(random: Random, shape: Shape, wanted: Shape): { op: string; attrs: object } {
  const ops = [...allOps.values()].filter(op => takes(op.arity, 1) && !op.indices);
  const output = random.chance(0.7) ? { output: wanted } : {};
  for (let i = 0; i < 20; i++) {
    const op = random.pick(ops);
    const attrs = op.sample(random, [shape], { maxChannels: 12, ...output });
    if (attrs) return { op: op.name, attrs };
  }
  return { op: "relu", attrs: {} };
}

const makers: Readonly<Record<string, Maker>> = {
  resize: (random, graph, ...rest) => resized({ [sized(random, graph)]: change(random) })(random, graph, ...rest),
  "resize several": (random, graph, ...rest) => {
    const count = random.int(2, 4);
    const changes = Array.from({ length: count }, () => [sized(random, graph), change(random)] as const);
    return resized(Object.fromEntries(changes))(random, graph, ...rest);
  },
  prune: (random, _, { steps: __, ...strategy }) => {
    const budget = { [random.pick(["params", "macs", "channels"])]: 0.3 + 0.65 * random.float() };
    return { said: `prune ${JSON.stringify(budget)}`, edit: operation => operation.prune(budget, strategy) };
  },
  align: (random, _, strategy) => {
    const utility: Utility = ({ channels }) => Array.from({ length: channels }, () => random.float() - 0.2);
    return { said: "align", edit: operation => operation.align({ ...strategy, utility }) };
  },
  remove: (random, graph, strategy) => {
    const name = layer(random, graph);
    return { said: `remove ${name}`, edit: operation => operation.remove(name, strategy) };
  },
  insert: (random, graph, strategy, nr) => {
    const after = random.pick([...graph.inputs, ...graph.nodes]).name;
    const shape = analyse(graph).shapes.get(after)!;
    const drawn = replacement(random, shape, shape);
    const all = graph.nodes.filter(({ inputs }) => inputs.includes(after)).map(({ name }) => name);
    const readers = all.length > 1 && random.chance() ? { readers: [random.pick(all)] } : {};
    const added = { name: `added${nr}`, ...drawn, ...readers };
    return {
      said: `insert ${JSON.stringify(added)} behind ${after}`,
      edit: operation => operation.insert(after, added, strategy),
    };
  },
  replace: (random, graph, strategy) => {
    const name = layer(random, graph);
    const { inputs } = graph.nodes.find(node => node.name === name)!;
    const { shapes } = analyse(graph);
    const by = Array.from({ length: random.int(1, 2) }, () =>
      replacement(random, shapes.get(inputs[0]!)!, shapes.get(name)!),
    );
    return {
      anew: name,
      said: `replace ${name} by ${JSON.stringify(by)}`,
      edit: operation => operation.replace(name, by, strategy),
    };
  },
  kernel: (random, graph, strategy) => {
    const windowed = graph.nodes.filter(({ attrs }) => "kernelSize" in attrs);
    const { name, attrs } = random.pick(windowed.length > 0 ? windowed : graph.nodes);
    const size = random.int(1, 5);
    const padding = random.chance(0.3) ? { padding: random.int(0, 2) } : {};
    const learns = analyse(graph).placed.some(({ node, weights }) => node.name === name && weights.length > 0);
    const grows = ((attrs.kernelSize ?? []) as number[]).every(old => old <= size);
    return {
      preserves: learns && grows && !("padding" in padding),
      said: `kernel of ${name} to ${size}`,
      edit: operation => operation.kernel(name, size, { ...strategy, ...padding }),
    };
  },
  connect: (random, graph, strategy) => {
    const names = [...graph.inputs, ...graph.nodes].map(({ name }) => name);
    const many = graph.nodes.filter(({ op }) => takes(findOp(op).arity, 3));
    const to = many.length > 0 && random.chance(0.8) ? random.pick(many).name : layer(random, graph);
    // Mostly forwards.
    const first = random.chance(0.9) ? names.slice(0, names.indexOf(to)) : names;
    const from = random.pick(first);
    const at = random.chance() ? { at: random.int(0, 2) } : {};
    return {
      said: `connect ${from} to ${to} ${JSON.stringify(at)}`,
      edit: operation => operation.connect(from, to, { ...strategy, ...at }),
    };
  },
  disconnect: (random, graph, strategy) => {
    const several = graph.nodes.filter(({ inputs }) => inputs.length > 1);
    const node = random.pick(several.length > 0 ? several : graph.nodes);
    const from = random.pick(node.inputs);
    return {
      said: `disconnect ${from} from ${node.name}`,
      edit: operation => operation.disconnect(from, node.name, strategy),
    };
  },
};
/** Sizes are what is hardest: they come more often. */
const kinds = [...Object.keys(makers), "resize", "resize", "resize several", "prune", "prune"];

function drawStrategy(random: Random, graph: Graph): Strategy {
  const some = (): string[] => Array.from({ length: random.int(1, 2) }, () => layer(random, graph));
  const seed = random.int(0, 1000);
  const utilities = [l1, l2, batchNormScale, randomUtility(seed), undefined, undefined];
  const utility = random.pick(utilities);
  return {
    seed,
    ...(utility && { utility }),
    ...(random.chance(0.75) && { outputs: "free" as const }),
    ...(random.chance(0.2) && { fallback: "refuse" as const }),
    ...(random.chance(0.1) && { frozen: some() }),
    ...(random.chance(0.1) && { neverShrink: some() }),
    ...(random.chance(0.1) && { steps: { [layer(random, graph)]: random.int(2, 3) } }),
    ...(random.chance(0.1) && { join: random.int(0, 3) }),
    ...(random.chance(0.1) && { without: { [layer(random, graph)]: [0] } }),
    ...(random.chance(0.2) && { newOutputs: "zeros" as const }),
  };
}
