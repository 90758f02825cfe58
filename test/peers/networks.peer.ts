/** 1,000 random networks over all ops that PyTorch has, while training: every output and every gradient. */
import { afterAll, describe, expect, it } from "vitest";
import { type Graph, print } from "../../src/graph/index.js";
import { allOps, analyse, draws, type Op, type Site } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { deriveSeed, random } from "../../src/random.js";
import { initialWeights, parameters } from "../../src/train/index.js";
import { everyGradient } from "../battery/every-gradient.js";
import type { Arrays } from "../battery/op-model.js";
import { randomInputs, randomNetwork } from "../battery/random-network.js";
import { batchOf } from "../battery/values.js";
import { askPyTorch, type NetworkAnswer, type NetworkCase, networkNodes, receive, send } from "./pytorch.js";

/** NETPICK_NETWORKS=100 proves that many. */
const count = Number(process.env.NETPICK_NETWORKS ?? 1000);
const perTest = 100;
const batch = 3;
/** See docs/notes/proofs.md. */
const [absolute, relative, strayed, soundShare, mostDraws] = [1e-5, 1e-4, 4, 1e-2, 4];

const begun = Date.now();
const total = { networks: 0, nodes: 0, tensors: 0, ownError: 0, moved: 0, redrawn: 0, replaced: 0, units: 0, error: 0 };
const uses = new Map<string, number>();
/** Ops that stood somewhere where PyTorch has no such op, or draws numbers of its own. */
const refused = new Set<string>();

function wants(op: Op, site: Site<object>): boolean {
  const comparable = !("none" in op.pytorch(site)) && !draws(op, site.attrs);
  if (!comparable) refused.add(op.name);
  return comparable;
}

interface Candidate {
  readonly graph: Graph;
  readonly draw: number;
  readonly feeds: Arrays;
}
const candidate = (graph: Graph, draw: number): Candidate => ({
  graph,
  draw,
  feeds: feedsOf(graph, deriveSeed(graph.name, draw)),
});

/** Values for inputs, weights and arriving gradients; what begins constant is moved away from there. */
function feedsOf(graph: Graph, seed: number): Arrays {
  const { shapes } = analyse(graph);
  const first = initialWeights(graph, seed);
  const weights = parameters(graph).map(({ name, shape, init, trainable }, i) => {
    if (init.kind !== "constant") return [name, first[name]!] as const;
    const moved = batchOf(1, shape, seed + 100 + i).map(value =>
      trainable ? init.value + value / 2 : Math.abs(value) + 0.5,
    );
    return [name, moved] as const;
  });
  const arriving = graph.outputs.map(
    (name, i) => [`dy/${name}`, batchOf(batch, shapes.get(name)!, seed + 50 + i)] as const,
  );
  return { ...randomInputs(graph, batch, seed), ...Object.fromEntries([...weights, ...arriving]) };
}

function question({ graph, feeds }: Candidate): NetworkCase {
  const { shapes } = analyse(graph);
  const sent = (feed: string, name: string) => [name, send(feeds[feed]!, [batch, ...shapes.get(name)!])] as const;
  return {
    nodes: networkNodes(graph, feeds),
    inputs: Object.fromEntries(graph.inputs.map(({ name }) => sent(name, name))),
    dy: Object.fromEntries(graph.outputs.map(name => sent(`dy/${name}`, name))),
  };
}

const largest = (values: ArrayLike<number>): number =>
  Array.prototype.reduce.call(values, (most, value) => Math.max(most as number, Math.abs(value)), 0) as number;

/** Whether PyTorch's own float32 keeps two digits of everything: else the values stand at a kink, or overflow. */
const isSound = ({ exact, strays }: NetworkAnswer): boolean =>
  Object.entries(exact).every(([name, sent]) => strays[name]! <= soundShare * Math.max(1, largest(receive(sent))));

/** False where the values turn out to stand at a kink: moved by the last digit, PyTorch's float32 keeps less than two. */
async function compare({ graph, feeds }: Candidate, { exact, strays, moved }: NetworkAnswer): Promise<boolean> {
  const found = await everyGradient(graph, batch, feeds);
  expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(exact)));
  for (const [name, values] of Object.entries(found)) {
    // PyTorch gives none to what the outputs do not depend on.
    const expected = exact[name] ? receive(exact[name]) : new Float64Array(values.length);
    expect(values.length, name).toBe(expected.length);
    const most = largest(expected);
    const scale = Math.min(1, Math.max(1e-3, most));
    /** Largest error in units of what is allowed, where float32 strays so far. */
    const units = (stray: number): number =>
      expected.reduce((worst, value, i) => {
        const error = Math.abs(values[i]! - value);
        const unit = error / (absolute * scale + relative * Math.abs(value) + strayed * stray);
        return unit <= worst ? worst : unit;
      }, 0);
    const stray = strays[name] ?? 0;
    let worst = units(stray);
    if (worst > 1 && moved[name]! > soundShare * Math.max(1, most)) return false;
    if (worst > 1 && moved[name] !== undefined) {
      worst = units(Math.max(stray, moved[name]!));
      total.moved++;
    }
    const where = `${name}, PyTorch's float32 is off by ${stray} and ${moved[name]}, in\n${print(graph)}`;
    expect(worst, where).toBeLessThanOrEqual(1);
    total.tensors++;
    total.units = Math.max(total.units, worst);
    if (units(0) > 1) total.ownError++;
    else total.error = Math.max(total.error, units(0));
  }
  total.networks++;
  total.nodes += graph.nodes.length;
  for (const { op } of graph.nodes) uses.set(op, (uses.get(op) ?? 0) + 1);
  return true;
}

describe("random networks", () => {
  it.each(Array.from({ length: Math.ceil(count / perTest) }, (_, i) => i))(
    "have PyTorch's outputs and gradients, part %i",
    async part => {
      let made = 0;
      const fresh = (): Candidate => {
        const name = `network ${part}.${made++}`;
        return candidate(randomNetwork(random(deriveSeed("peers", name)), name, { wants }), 0);
      };
      let open = Array.from({ length: Math.min(perTest, count - part * perTest) }, fresh);
      while (open.length > 0) {
        const answers = askPyTorch<NetworkAnswer>(open.map(question));
        const again: Candidate[] = [];
        for (const [i, one] of open.entries()) {
          if (isSound(answers[i]!) && (await compare(one, answers[i]!))) continue;
          if (one.draw + 1 < mostDraws) again.push(candidate(one.graph, one.draw + 1));
          else again.push(fresh());
        }
        total.redrawn += again.filter(({ draw }) => draw > 0).length;
        total.replaced += again.filter(({ draw }) => draw === 0).length;
        open = again;
      }
    },
  );

  it("use every op that can be compared, and mostly at first draw", () => {
    expect([...allOps.keys()].filter(name => !uses.has(name) && !refused.has(name))).toEqual([]);
    expect(total.replaced).toBeLessThan(count / 20);
  });
});

afterAll(() => {
  const { networks, nodes, tensors, ownError, moved, redrawn, replaced, units, error } = total;
  console.log(
    [
      `${networks} networks, ${nodes} nodes of ${uses.size} ops, in ${Math.round((Date.now() - begun) / 1000)} s`,
      `${tensors} outputs, gradients and statistics; ${tensors - ownError} within the plain tolerance, at most ${error.toFixed(2)} of it`,
      `${ownError} within PyTorch's own error, ${moved} of them where every result is moved; ${units.toFixed(2)} of what is allowed`,
      `${redrawn} draws of values at a kink or beyond float32, ${replaced} networks replaced`,
    ].join("\n"),
  );
});
