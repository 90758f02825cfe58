/** Edits drawn at random for a network: any kind, anywhere, under any strategy; many of them cannot be. */
import type { Graph } from "../../../src/graph/index.js";
import { allOps, analyse, figures, findOp, takes } from "../../../src/op/index.js";
import type { Random } from "../../../src/random.js";
import type { Shape } from "../../../src/shape/index.js";
import {
  batchNormScale,
  type Change,
  type Edited,
  l1,
  l2,
  type Operation,
  randomUtility,
  type Strategy,
  type Utility,
} from "../../../src/surgery/index.js";
import { others } from "./draw-others.js";
import { isSized, layer, sized } from "./sizes.js";

export interface Drawn {
  readonly kind: string;
  readonly said: string;
  /** It must change no output. */
  readonly preserves?: boolean;
  /** Channels may come of one. */
  readonly copies?: boolean;
  /** Layers that begin anew, or work along what changes. */
  readonly anew?: readonly string[];
  /** What was asked for and is not there. */
  readonly missing?: (before: Graph, done: Edited) => string | undefined;
  readonly edit: (operation: Operation) => Operation;
}

/** Of any kind, or of one of those that are told. */
export function drawEdit(random: Random, graph: Graph, nr: number, of: readonly string[] = kinds): Drawn {
  const kind = random.pick(of);
  const strategy = drawStrategy(random, graph);
  const { said, ...made } = all[kind]!(random, graph, strategy, nr);
  const spelled = JSON.stringify(strategy, (_, one) => (typeof one === "function" ? one.name : one));
  return { kind, ...made, said: `${said} ${spelled}` };
}

export type Maker = (random: Random, graph: Graph, strategy: Strategy, nr: number) => Omit<Drawn, "kind">;

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
    missing: (before, { graph, report }) => {
      const relaxed = report.steps.flatMap(step => step.relaxed);
      const exact = Object.entries(changes).filter(
        ([name, asked]) => !relaxed.includes(name) && (typeof asked === "number" || !asked.relaxed),
      );
      return exact.find(([name, asked]) => !isSized(before, graph, name, asked))?.[0];
    },
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
    const [what, share] = [random.pick(["params", "macs", "channels"] as const), 0.3 + 0.65 * random.float()];
    const budget = { [what]: share };
    return {
      said: `prune ${JSON.stringify(budget)}`,
      missing: (before, { graph }) =>
        what !== "channels" && figures(graph)[what] > share * figures(before)[what] ? what : undefined,
      edit: operation => operation.prune(budget, strategy),
    };
  },
  align: (random, _, strategy) => {
    const utility: Utility = ({ channels }) => Array.from({ length: channels }, () => random.float() - 0.2);
    return { said: "align", edit: operation => operation.align({ ...strategy, utility }) };
  },
  remove: (random, graph, strategy) => {
    const name = layer(random, graph);
    return {
      said: `remove ${name}`,
      missing: (_, { graph: after }) => after.nodes.find(node => node.name === name)?.name,
      edit: operation => operation.remove(name, strategy),
    };
  },
  insert: (random, graph, strategy, nr) => {
    const after = random.pick([...graph.inputs, ...graph.nodes]).name;
    const shape = analyse(graph).shapes.get(after)!;
    const drawn = replacement(random, shape, shape);
    const all = graph.nodes.filter(({ inputs }) => inputs.includes(after)).map(({ name }) => name);
    const readers = all.length > 1 && random.chance() ? { readers: [random.pick(all)] } : {};
    const added = { name: `added${nr}`, ...drawn, ...readers };
    return {
      missing: (_, { graph: after }) => (after.nodes.some(({ name }) => name === added.name) ? undefined : added.name),
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
      anew: [name],
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
const all: Readonly<Record<string, Maker>> = { ...makers, ...others(makers) };
/** Sizes are what is hardest: they come more often. */
const kinds = [...Object.keys(all), "resize", "resize", "resize several", "prune", "prune", "together"];

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
    ...(random.chance(0.15) && { alignment: random.pick(["shrink", "grow"] as const) }),
    ...(random.chance(0.2) && { resolve: "path" as const }),
    ...(random.chance(0.1) && { onFailure: random.pick(["skip", "undo"] as const) }),
    ...(random.chance(0.1) && { bounds: { [layer(random, graph)]: [random.int(1, 3), random.int(4, 20)] as const } }),
  };
}
