/** Laws of edits on random networks of all ops: what undoes what, what may be done in any order, what a seed decides. */
import { expect, it } from "vitest";
import "../src/ops/index.js";
import { type Graph, print } from "../src/graph/index.js";
import { allOps, analyse, takes } from "../src/op/index.js";
import { type Random, random } from "../src/random.js";
import { sameShape } from "../src/shape/index.js";
import { classesOf } from "../src/surgery/classes.js";
import { type Edited, type Operation, operate, SurgeryError } from "../src/surgery/index.js";
import { initialWeights, type Weights } from "../src/train/index.js";
import { type Drawn, drawEdit } from "./battery/edits/draw.js";
import { randomNetwork } from "./battery/random-network.js";

interface Subject {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly source: Random;
}
function subject(seed: number): Subject {
  const source = random(seed);
  const graph = randomNetwork(source, `network-${seed}`, {
    nodes: 20,
    wants: (op, { inputs, attrs }) => op.weights(inputs, attrs).length > 0 || source.chance(0.3),
  });
  return { graph, weights: initialWeights(graph, seed), source };
}

/** What is done; undefined where it is refused. */
const done = (operation: Operation): Promise<Edited | undefined> =>
  operation.apply().catch(error => (error instanceof SurgeryError ? undefined : Promise.reject(error)));

/** Nodes may be told in another order. */
const lines = (graph: Graph): string[] => print(graph).split("\n").sort();

function expectSame(found: Edited | undefined, graph: Graph, weights: Weights | undefined, what: string): void {
  expect(found && lines(found.graph), what).toEqual(lines(graph));
  expect(found?.weights, what).toEqual(weights);
}

it("to insert a layer and to remove it gives the network back", async () => {
  let proved = 0;
  for (let seed = 0; proved < 100; seed++) {
    const { graph, weights, source } = subject(seed);
    const { shapes } = analyse(graph);
    const after = source.pick([...shapes.keys()]);
    const added = like(source, graph, after);
    if (!added) continue;
    const there = await done(operate({ graph, weights }, { seed }).insert(after, added));
    if (!there) continue;
    const said = `network ${seed}: ${JSON.stringify(added)} behind ${after}`;
    expect(there.graph.nodes.length, said).toBe(graph.nodes.length + 1);
    expectSame(await done(operate(there, { seed }).remove(added.name)), graph, weights, said);
    proved++;
  }
}, 120_000);

/** A layer that gives what has the shape of what it reads, for all that read a tensor or for some. */
function like(source: Random, graph: Graph, after: string) {
  const shape = analyse(graph).shapes.get(after)!;
  const all = graph.nodes.filter(({ inputs }) => inputs.includes(after)).map(({ name }) => name);
  const readers = all.length > 1 && source.chance() ? { readers: all.slice(1) } : {};
  const ops = [...allOps.values()].filter(op => takes(op.arity, 1) && !op.indices);
  for (let tries = 0; tries < 10; tries++) {
    const op = source.pick(ops);
    const attrs = op.sample(source, [shape], { output: shape });
    if (attrs && sameShape(op.shape([shape], attrs), shape)) return { name: "new", op: op.name, attrs, ...readers };
  }
  return undefined;
}

it("to connect and to disconnect gives the network back, where nothing else had to change", async () => {
  let proved = 0;
  for (let seed = 0; proved < 30; seed++) {
    const { graph, weights, source } = subject(seed);
    const many = graph.nodes.filter(({ op }) => ["add", "concat"].includes(op));
    if (many.length === 0) continue;
    const to = source.pick(many);
    const names = [...graph.inputs, ...graph.nodes].map(({ name }) => name);
    const from = source.pick(names.slice(0, names.indexOf(to.name)));
    const at = source.int(0, to.inputs.length);
    const there = await done(operate({ graph, weights }, { seed, outputs: "free" }).connect(from, to.name, { at }));
    if (!there || changesBefore(graph, there, to.name)) continue;
    const nr = 1 + to.inputs.slice(0, at).filter(name => name === from).length;
    const said = `network ${seed}: ${from} to ${to.name} at ${at}`;
    const back = await done(operate(there, { seed, outputs: "free" }).disconnect(from, to.name, { nr }));
    expectSame(back, graph, weights, said);
    proved++;
  }
}, 120_000);

/** Whether a channel went, or a tensor changed that does not come of a layer. */
function changesBefore(graph: Graph, { graph: now, report }: Edited, name: string): boolean {
  const behind = new Set([name]);
  for (const node of graph.nodes) if (node.inputs.some(input => behind.has(input))) behind.add(node.name);
  const { shapes } = analyse(now);
  return [...analyse(graph).shapes].some(([tensor, shape]) => {
    const stays = sameShape(shape, shapes.get(tensor)!);
    if (!behind.has(tensor)) return !stays;
    const places = report.lineage.get(tensor);
    return places?.some((axis, i) => axis.filter(place => place >= 0).length < shape[i]!) ?? !stays;
  });
}

/** Budgets are of the whole network: edits that keep them are never independent. */
const local = [..."resize|resize several|insert|remove|replace|kernel|widen|deepen|connect|disconnect".split("|")];

it("edits that touch nothing in common may be done in any order", async () => {
  const proved = new Map<string, number>();
  let count = 0;
  for (let seed = 0; count < 100; seed++) {
    const { graph, weights, source } = subject(seed);
    const from = (edited: { graph: Graph; weights: Weights | undefined }, { edit }: Drawn) =>
      done(edit(operate(edited)));
    const [a, b] = [drawEdit(source, graph, 1, local), drawEdit(source, graph, 2, local)];
    const [first, second] = [await from({ graph, weights }, a), await from({ graph, weights }, b)];
    if (!first || !second || first.graph === graph || second.graph === graph) continue;
    if (!areApart(graph, weights, [first, a.said], [second, b.said])) continue;
    const said = `network ${seed}: ${a.said} and ${b.said}`;
    const [ab, ba] = [await from(first, b), await from(second, a)];
    expect(ab, said).toBeDefined();
    expectSame(ba, ab!.graph, ab!.weights, said);
    for (const { kind } of [a, b]) proved.set(kind, (proved.get(kind) ?? 0) + 1);
    count++;
  }
  expect(proved.size).toBeGreaterThan(8);
}, 240_000);

/** Whether no channel is tied to what both touch, no parameter is touched by both, and neither speaks of what the other touches. */
function areApart(graph: Graph, weights: Weights, ...both: readonly (readonly [Edited, said: string])[]): boolean {
  const classes = classesOf(graph, () => true);
  const all = [...classes.lists.keys()];
  const touched = both.map(([one, said]) => {
    const names = [...touchedBy(graph, one), ...all.filter(name => said.split(/[^\w.]+/).includes(name))];
    const tied = names.flatMap(name => classes.lists.get(name) ?? []).flatMap(list => [...list.classes]);
    const parameters = Object.keys({ ...weights, ...one.weights }).filter(
      name => weights[name]?.join() !== one.weights![name]?.join(),
    );
    return new Set<number | string>([...names, ...tied, ...parameters]);
  });
  return [...touched[0]!].every(one => !touched[1]!.has(one));
}

/** Tensors that came, went, have another size, or are read by others. */
function touchedBy(graph: Graph, { graph: now }: Edited): string[] {
  const [old, made] = [graph, now].map(one => new Map(one.nodes.map(node => [node.name, node])));
  const [before, after] = [analyse(graph).shapes, analyse(now).shapes];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(name => {
    const [was, is] = [old!.get(name), made!.get(name)];
    const stays = JSON.stringify(was) === JSON.stringify(is) && before.get(name)?.join() === after.get(name)?.join();
    return stays ? [] : [name, ...(was?.inputs ?? []), ...(is?.inputs ?? [])];
  });
}

it("a seed decides what comes of an edit of any kind", async () => {
  const kinds = new Set<string>();
  for (let seed = 0; seed < 150; seed++) {
    const twice = await Promise.all(
      [0, 1].map(async () => {
        const { graph, weights, source } = subject(seed);
        const drawn = drawEdit(source, graph, 0);
        return { drawn, edited: await done(drawn.edit(operate({ graph, weights }))) };
      }),
    );
    const [one, other] = twice.map(({ edited }) => edited);
    expect(other?.graph).toEqual(one?.graph);
    expect(other?.weights).toEqual(one?.weights);
    expect(other?.report.lineage).toEqual(one?.report.lineage);
    if (one) kinds.add(twice[0]!.drawn.kind);
  }
  expect(kinds.size).toBeGreaterThan(12);
}, 120_000);
