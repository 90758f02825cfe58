/** Draws edits of whole networks, those that keep the function, and several edits as one. */

import type { Graph } from "../../../src/graph/index.js";
import { analyse, figures } from "../../../src/op/index.js";
import { localResponseNorm } from "../../../src/ops/local-response-norm.js";
import { logSoftmax } from "../../../src/ops/log-softmax.js";
import { softmax } from "../../../src/ops/softmax.js";
import type { Maker } from "./draw.js";
import { isSized, layer, sized } from "./sizes.js";

/** Makers beside those of plain edits, which `together` draws from. */
export const others = (plain: Readonly<Record<string, Maker>>): Readonly<Record<string, Maker>> => ({
  widen: (random, graph, strategy) => {
    const [name, by] = [sized(random, graph), random.int(1, 6)];
    return {
      preserves: true,
      copies: true,
      said: `widen ${name} +${by}`,
      missing: (before, { graph: after }) => (isSized(before, after, name, by) ? undefined : name),
      edit: operation => operation.widen({ [name]: by }, strategy),
    };
  },
  deepen: (random, graph, strategy, nr) => {
    const [after, name] = [layer(random, graph), `deeper${nr}`];
    const op = random.chance(0.3) ? { op: random.pick(["linear", "conv2d", "scale", "identity"]) } : {};
    const options = { ...op, name, ...(random.chance(0.3) && { activation: false }) };
    return {
      preserves: true,
      said: `deepen behind ${after} ${JSON.stringify(options)}`,
      missing: (_, done) => (done.graph.nodes.some(node => node.name === name) ? undefined : name),
      edit: operation => operation.deepen(after, { ...strategy, ...options }),
    };
  },
  grow: (random, graph, strategy) => {
    const { params, macs } = figures(graph);
    const most = random.pick([
      { times: 1 + random.float() },
      { params: Math.floor((1 + random.float()) * params) },
      { macs: Math.floor((1 + random.float()) * macs), times: 1.5 },
    ]);
    return {
      said: `grow ${JSON.stringify(most)}`,
      missing: (_, done) => {
        const now = figures(done.graph);
        return Object.entries(most).find(([what, limit]) => what !== "times" && now[what as "params"] > limit)?.[0];
      },
      edit: operation => operation.grow(most, strategy),
    };
  },
  classes: (random, graph, strategy) => {
    const output = random.pick(graph.outputs);
    const axes = analyse(graph).shapes.get(output)!;
    // Mostly along the axis that has several.
    const count = axes.find(size => size > 1) ?? 1;
    const order = Array.from({ length: count }, (_, i) => [random.float(), i] as const).sort(([a], [b]) => a - b);
    const places = order.slice(0, random.int(1, count)).map(([, i]) => i);
    return {
      anew: tailOf(graph, output),
      said: `classes ${places} of ${output}`,
      missing: (before, { graph: after, report }) => {
        const own = report.lineage.get(output);
        const is = own?.some(axis => axis.join() === places.join());
        const at = analyse(after).shapes.get(output)!;
        return is && at.length === analyse(before).shapes.get(output)!.length ? undefined : `${own?.map(String)}`;
      },
      edit: operation => operation.classes(places, { ...strategy, output }),
    };
  },
  fitSpatial: (random, graph, strategy) => {
    const { shapes } = analyse(graph);
    const spatial = graph.nodes.filter(({ name }) => shapes.get(name)!.length > 1);
    const windowed = spatial.filter(({ attrs }) => "kernelSize" in attrs);
    const { name } = random.pick(windowed.length > 0 ? windowed : spatial.length > 0 ? spatial : graph.nodes);
    const size = shapes
      .get(name)!
      .slice(1)
      .map(one => Math.max(1, one + random.pick([-1, 0, 0, 1, 2])));
    return {
      said: `fit ${name} to ${size}`,
      missing: (_, { graph: after }) =>
        analyse(after).shapes.get(name)!.slice(1).join() === size.join() ? undefined : name,
      edit: operation => operation.fitSpatial({ of: name, size }, strategy),
    };
  },
  together: (random, graph, strategy, nr) => {
    const kinds = ["resize", "remove", "insert", "replace", "connect", "disconnect", "resize several", "prune"];
    const all = Array.from({ length: random.int(2, 3) }, (_, i) =>
      plain[random.pick(kinds)]!(random, graph, strategy, 100 * (i + 1) + nr),
    );
    return {
      anew: all.flatMap(({ anew = [] }) => anew),
      said: `together ${all.map(({ said }) => said).join("; ")}`,
      edit: operation => operation.together(inner => all.reduce((done, { edit }) => edit(done), inner), strategy),
    };
  },
});

/** Of what only passes an output's classes on, what works along them: a softmax is then one of those that are left. */
function tailOf(graph: Graph, output: string): string[] {
  const { placed } = analyse(graph);
  const one = placed.find(({ node }) => node.name === output);
  if (!one || one.weights.length > 0 || one.node.inputs.length !== 1) return [];
  return [...(mixing.includes(one.op.name) ? [output] : []), ...tailOf(graph, one.node.inputs[0]!)];
}
const mixing = [softmax, logSoftmax, localResponseNorm].map(({ name }) => name);
