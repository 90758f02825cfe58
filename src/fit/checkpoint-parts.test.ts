/** The optimizer's state through surgery: what stands beside a weight goes where the weight goes. */
import { expect, test } from "vitest";
import { graph, Network } from "../build/index.js";
import { random } from "../random.js";
import { type Edited, operate } from "../surgery/index.js";
import { adam, type Optimizer, sgd } from "../train/index.js";
import { type Checkpoint, checkpointParts, editedCheckpoint, type FitOptions } from "./index.js";

const net = graph({ x: [6] }, ({ x }) => ({
  y: x.linear(8).batchNorm().relu().linear(7).relu().linear(1),
}));
const source = random(1);
const inputs = Float32Array.from({ length: 6 * 64 }, () => source.float());
const data = { inputs, targets: Float32Array.from({ length: 64 }, (_, i) => inputs[6 * i]! * inputs[6 * i + 1]!) };

async function trained(network: Network, options: FitOptions) {
  const checkpoints: Checkpoint[] = [];
  const losses: number[] = [];
  const model = await network.fit(data, {
    ...{ batchSize: 16, checkpoints: true, ...options },
    onEvent: event => {
      if (event.kind !== "epoch") return;
      checkpoints.push(event.checkpoint!);
      losses.push(event.loss);
    },
  });
  return { model, last: checkpoints.at(-1)!, losses };
}
const optimizers: Readonly<Record<string, [Optimizer, slots: string[]]>> = {
  adam: [adam({ learningRate: 0.01, amsgrad: true }), ["gradients", "largestSquares", "squares"]],
  sgd: [sgd({ learningRate: 0.01, momentum: 0.9 }), ["momentum"]],
};

/** Rows and columns of a matrix, by the lineage of what it makes and of what it reads. */
function gathered({ report }: Edited, values: Float32Array, made: string, read: string, width: number): number[] {
  const places = (name: string): number[] => [...report.lineage.get(name)![0]!];
  return places(made).flatMap(row => places(read).map(column => values[row * width + column]!));
}

test.each(Object.entries(optimizers))(
  "%s: averages follow their weights, zeros stand beside new ones",
  async (_, [optimizer, slots]) => {
    const { last } = await trained(net as Network, { epochs: 2, optimizer });
    const { weights, beside } = checkpointParts(last);
    expect(Object.keys(beside).sort()).toEqual(slots);
    expect(Object.keys(weights).sort()).toEqual(
      ["linear_1.bias", "linear_1.weight", "linear_2.bias", "linear_2.weight", "y.bias", "y.weight"]
        .concat(["bias", "runningMean", "runningVar", "weight"].map(role => `batchNorm_1.${role}`))
        .sort(),
    );
    const cut = await operate({ graph: net.graph, weights, beside }).prune({ params: 0.6 }).apply();
    for (const slot of slots) {
      const values = beside[slot]!["linear_2.weight"]!;
      expect(values.some(value => value !== 0)).toBe(true);
      expect([...cut.beside[slot]!["linear_2.weight"]!]).toEqual(gathered(cut, values, "linear_2", "linear_1", 8));
    }
    const grown = await operate({ graph: net.graph, weights, beside }).resize({ linear_1: +2 }).apply();
    for (const slot of slots) {
      const [old, now] = [beside[slot]!["linear_1.bias"]!, grown.beside[slot]!["linear_1.bias"]!];
      const places = [...grown.report.lineage.get("linear_1")![0]!];
      expect([...now]).toEqual(places.map(place => (place < 0 ? 0 : old[place])));
      expect(places.filter(place => place < 0)).toHaveLength(2);
    }
    // Both go on from there: two epochs more.
    for (const edited of [cut, grown]) {
      const from = editedCheckpoint(edited, last);
      const more = await trained(Network.of(edited.graph), { epochs: 4, optimizer, from });
      expect(more.losses).toHaveLength(2);
      expect(more.losses.every(Number.isFinite)).toBe(true);
      expect(more.last.history).toHaveLength(4);
    }
  },
);

test("what nobody edited goes on bit for bit as if it had never stopped", async () => {
  const optimizer = optimizers.adam![0];
  const whole = await trained(net as Network, { epochs: 3, optimizer });
  const { last } = await trained(net as Network, { epochs: 1, optimizer });
  const same = await operate({ graph: net.graph, ...checkpointParts(last) })
    .align()
    .apply();
  const more = await trained(Network.of(same.graph), { epochs: 3, optimizer, from: editedCheckpoint(same, last) });
  expect(more.model.weights).toEqual(whole.model.weights);
});

test("what is no checkpoint is refused, and one of another network", async () => {
  expect(() => checkpointParts({} as Checkpoint)).toThrow("fit: from must be a checkpoint, got something else");
  const { last } = await trained(net as Network, { epochs: 1, optimizer: optimizers.sgd![0] });
  expect(() => editedCheckpoint({ weights: undefined, beside: {} }, last)).toThrow(
    "editedCheckpoint: there are no weights, got a network alone; operate on what checkpointParts gives",
  );
  const cut = await operate({ graph: net.graph, ...checkpointParts(last) })
    .prune({ params: 0.6 })
    .apply();
  const options = { from: last, epochs: 2, optimizer: optimizers.sgd![0] };
  await expect(trained(Network.of(cut.graph), options)).rejects.toThrow(
    /^train: the checkpoint must hold \d+ numbers of linear_1.weight, got 48; go on with the network/,
  );
});
