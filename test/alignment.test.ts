/**
 * Cutting channels in a network equals masking them in the original, output for output. The masked network is the
 * original with a factor of 0 or 1 behind every layer; it knows nothing of how the channels were chosen.
 */
import { expect, it } from "vitest";
import "../src/ops/index.js";
import { random } from "../src/random.js";
import { classesOf } from "../src/surgery/classes.js";
import { operate, SurgeryError } from "../src/surgery/index.js";
import { initialWeights } from "../src/train/index.js";
import { expectMasked, expectSame, mixes } from "./battery/masked.js";
import { randomInputs, randomNetwork } from "./battery/random-network.js";

const networks = 60;

it(`${networks} random networks of all ops compute the same after cutting as with masks`, async () => {
  let [proved, grown] = [0, 0];
  for (let seed = 0; proved < networks && seed < 20 * networks; seed++) {
    const source = random(seed);
    const graph = randomNetwork(source, `network-${seed}`, {
      nodes: 25,
      // Layers that make channels more often than others: else little could be cut.
      wants: (op, { inputs, attrs }) => op.weights(inputs, attrs).length > 0 || source.chance(0.3),
    });
    // The outputs may change too: most of what a random network makes is one.
    const isInput = new Set(graph.inputs.map(({ name }) => name));
    const classes = classesOf(graph, name => !isInput.has(name));
    const layers = graph.nodes
      .map(({ name }) => name)
      .filter(name => classes.lists.get(name)!.some(list => list.classes.some(one => !classes.fixed[one])));
    if (layers.length === 0) continue;
    const weights = initialWeights(graph, seed);
    const inputs = randomInputs(graph, 2, seed);
    const name = source.pick(layers);
    const cut = await attempt(
      operate({ graph, weights }, { join: 0, outputs: "free" })
        .resize({ [name]: -source.int(1, 3) })
        .apply(),
    );
    const cutName = `network ${seed}, ${name} cut`;
    if (cut && !mixes(graph, cut.report.lineage) && (await expectMasked(graph, weights, cut, inputs, cutName)))
      proved++;
    // Growing keeps the function.
    const more = await attempt(
      operate({ graph, weights }, { seed, outputs: "free" })
        .resize({ [name]: source.int(1, 3) })
        .apply(),
    );
    const moreName = `network ${seed}, ${name} grown`;
    if (more && !mixes(graph, more.report.lineage) && (await expectSame(graph, weights, more, inputs, moreName)))
      grown++;
  }
  expect(proved).toBe(networks);
  expect(grown).toBeGreaterThan(networks / 10);
}, 300_000);

const attempt = <T>(done: Promise<T>): Promise<T | undefined> =>
  done.catch(error => (error instanceof SurgeryError ? undefined : Promise.reject(error)));
