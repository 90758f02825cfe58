/** Random networks over all ops that PyTorch has: every output, and while training every gradient. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Graph, print } from "../../src/graph/index.js";
import { allOps, analyse, draws, type Op, type Site } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { deriveSeed, random } from "../../src/random.js";
import { initialWeights, parameters } from "../../src/train/index.js";
import { everyGradient } from "../battery/every-gradient.js";
import type { Arrays } from "../battery/op-model.js";
import { randomInputs, randomNetwork } from "../battery/random-network.js";
import { batchOf } from "../battery/values.js";
import {
  type NetworkAnswer,
  type NetworkCase,
  networkNodes,
  type Peer,
  receive,
  send,
  startPyTorch,
} from "./pytorch.js";

/** NETPICK_NETWORKS=100 proves that many while training, and a fifth as many in use. */
const all = 1000;
const count = Number(process.env.NETPICK_NETWORKS ?? all);
const perTest = 100;
const batch = 3;
/** See docs/notes/proofs.md. */
const [absolute, relative, strayed, soundShare, leastScale, mostDraws] = [1e-5, 1e-4, 4, 1e-2, 1e-3, 4];

const begun = Date.now();
const total = {
  networks: 0,
  nodes: 0,
  tensors: 0,
  ownError: 0,
  moved: 0,
  redrawn: 0,
  replaced: 0,
  unclear: 0,
  units: 0,
  error: 0,
};
const uses = new Map<string, number>();
/** Ops that PyTorch has, at least with some attributes. */
const known = new Set<string>();

/** While training PyTorch draws other numbers than netpick. */
const wants = (training: boolean) => (op: Op, site: Site<object>) => {
  const spelled = !("none" in op.pytorch(site));
  if (spelled) known.add(op.name);
  return spelled && !(training && draws(op, site.attrs));
};

interface Candidate {
  readonly graph: Graph;
  readonly training: boolean;
  readonly feeds: Arrays;
}

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

function question({ graph, training, feeds }: Candidate): NetworkCase {
  const { shapes } = analyse(graph);
  const sent = (feed: string, name: string) => [name, send(feeds[feed]!, [batch, ...shapes.get(name)!])] as const;
  return {
    training,
    nodes: networkNodes(graph, feeds),
    inputs: Object.fromEntries(graph.inputs.map(({ name }) => sent(name, name))),
    dy: Object.fromEntries(graph.outputs.map(name => sent(`dy/${name}`, name))),
  };
}

const largest = (values: ArrayLike<number>): number =>
  Array.prototype.reduce.call(values, (most, value) => Math.max(most as number, Math.abs(value)), 0) as number;

/** Whether PyTorch's own float32 keeps two digits of everything: else the values stand at a kink, or are infinite. */
const isSound = ({ exact, strays }: NetworkAnswer): boolean =>
  Object.entries(exact).every(([name, sent]) => {
    const most = largest(receive(sent));
    return most < Number.POSITIVE_INFINITY && strays[name]! <= soundShare * Math.max(1, most);
  });

/**
 * False where the values turn out to stand at a kink, or to cancel all but rounding: moved by its last digit, PyTorch's
 * float32 keeps less than two of what differs.
 */
async function compare(
  { graph, training, feeds }: Candidate,
  { exact, strays, moved }: NetworkAnswer,
): Promise<boolean> {
  const found = await everyGradient(graph, batch, feeds, training);
  expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(exact)));
  for (const [name, values] of Object.entries(found)) {
    // PyTorch gives none to what the outputs do not depend on.
    const expected = exact[name] ? receive(exact[name]) : new Float64Array(values.length);
    expect(values.length, name).toBe(expected.length);
    const most = Math.max(leastScale, largest(expected));
    const scale = Math.min(1, most);
    /** Largest error in units of what is allowed, where float32 strays so far. */
    const units = (stray: number): number =>
      expected.reduce((worst, value, i) => {
        const error = Math.abs(values[i]! - value);
        const unit = error / (absolute * scale + relative * Math.abs(value) + strayed * stray);
        return unit <= worst ? worst : unit;
      }, 0);
    const stray = strays[name] ?? 0;
    let worst = units(stray);
    if (worst > 1 && moved[name]! > soundShare * most) return false;
    if (worst > 1 && moved[name] !== undefined) {
      worst = units(Math.max(stray, moved[name]));
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

let peer: Peer;
beforeAll(() => {
  peer = startPyTorch();
});

/** A network of that name with values that PyTorch's float32 can judge; else another network. */
async function prove(name: string, training: boolean): Promise<void> {
  const graph = randomNetwork(random(deriveSeed("peers", name)), name, { wants: wants(training) });
  for (let draw = 0; draw < mostDraws; draw++) {
    if (draw > 0) total.redrawn++;
    const one = { graph, training, feeds: feedsOf(graph, deriveSeed(name, draw)) };
    const answer = await peer.ask<NetworkAnswer>(question(one));
    if (!isSound(answer)) continue;
    if (await compare(one, answer)) return;
    total.unclear++;
    // Where values cancel, other values of the same network most often do, too.
    break;
  }
  total.replaced++;
  return prove(`${name} again`, training);
}

/** Names of the networks of each test. */
const parts = (what: string, networks: number) =>
  Array.from({ length: Math.ceil(networks / perTest) }, (_, part) => ({
    part: part + 1,
    names: Array.from({ length: Math.min(perTest, networks - part * perTest) }, (_, i) => `${what} ${part}.${i}`),
  }));

describe("random networks have PyTorch's outputs and gradients", () => {
  it.each(parts("network", count))("while training, part $part", async ({ names }) => {
    await Promise.all(names.map(name => prove(name, true)));
  });
  it.each(parts("network in use", Math.ceil(count / 5)))("in use, part $part", async ({ names }) => {
    await Promise.all(names.map(name => prove(name, false)));
  });

  // A few networks do not reach every op.
  it.runIf(count >= all)("with every op that PyTorch has, and mostly at first draw", () => {
    expect([...known].filter(name => !uses.has(name))).toEqual([]);
    expect(total.replaced).toBeLessThan(total.networks / 20);
    expect(total.unclear).toBeLessThan(total.networks / 100);
  });
});

afterAll(async () => {
  await peer.close();
  const { networks, nodes, tensors, ownError, moved, redrawn, replaced, unclear, units, error } = total;
  const unused = [...allOps.keys()].filter(name => !uses.has(name));
  console.log(
    [
      `${networks} networks, ${nodes} nodes of ${uses.size} ops, in ${Math.round((Date.now() - begun) / 1000)} s; without ${unused.join(", ")}`,
      `${tensors} outputs, gradients and statistics; ${tensors - ownError} within the plain tolerance, at most ${error.toFixed(2)} of it`,
      `${ownError} within PyTorch's own error, ${moved} of them where every result is moved; ${units.toFixed(2)} of what is allowed`,
      `${redrawn} draws of values at a kink or beyond float32, ${unclear} after a difference, ${replaced} networks replaced`,
    ].join("\n"),
  );
});
