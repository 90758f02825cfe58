import { describe, expect, it } from "vitest";
import { values } from "../../test/battery/values.js";
import { modelBytes, onnxBuilder } from "../formats/onnx/index.js";
import { random } from "../random.js";
import { nativeSession } from "../runtime/native.js";
import { float32 } from "../runtime/session.js";
import { adagrad, adam, adamW, lion, nadam, type Optimizer, rmsprop, sgd } from "./optimizers.js";

const [size, steps] = [6, 12];
const start = values(size, random(1));
/** Of all sizes, 0 among them. */
const gradients = Array.from({ length: steps }, (_, step) =>
  values(size, random(step + 2)).map((value, i) => value * [1, 1e-3, 30, 0, 0.1, step % 3][i]!),
);

/** Weights after every step, through the emitted nodes. */
async function run(rule: Optimizer): Promise<Float32Array[]> {
  const emit = onnxBuilder();
  const inputs = ["weight", "gradient", ...rule.slots];
  const factors = rule.coefficients(1).map((_, i) => `c${i}`);
  const updated = rule.update(emit, {
    weight: "weight",
    gradient: "gradient",
    slots: rule.slots,
    coefficients: factors,
  });
  emit.rename(updated.weight, "next/weight");
  for (const [i, slot] of rule.slots.entries()) emit.rename(updated.slots[i]!, `next/${slot}`);
  const port = (name: string, dims: readonly number[]) => ({ name, type: "float32", dims }) as const;
  const graph = emit.graph(
    "update",
    [...inputs.map(name => port(name, [size])), ...factors.map(name => port(name, []))],
    ["weight", ...rule.slots].map(name => port(`next/${name}`, [size])),
  );
  const session = await nativeSession(modelBytes(graph));
  let state: Record<string, Float32Array> = { weight: start };
  for (const slot of rule.slots) state[slot] = new Float32Array(size);
  const history: Float32Array[] = [];
  for (const [step, gradient] of gradients.entries()) {
    const numbers = rule.coefficients(step + 1);
    const found = await session.run({
      ...Object.fromEntries(Object.entries(state).map(([name, data]) => [name, float32(data, [size])])),
      gradient: float32(gradient, [size]),
      ...Object.fromEntries(factors.map((name, i) => [name, float32(Float32Array.of(numbers[i]!), [])])),
    });
    state = Object.fromEntries(Object.keys(state).map(name => [name, found[`next/${name}`]!.data as Float32Array]));
    history.push(state.weight!);
  }
  await session.release();
  return history;
}

/** One weight's way in double precision: `update` gets the gradient and the step, and gives what to take away. */
function reference(update: () => (gradient: number, step: number, weight: number) => number): number[][] {
  const ways = Array.from(start, (first, i) => {
    const next = update();
    let weight = first;
    return gradients.map((gradient, step) => {
      weight -= next(gradient[i]!, step + 1, weight);
      return weight;
    });
  });
  return gradients.map((_, step) => ways.map(way => way[step]!));
}

function expectSame(found: readonly Float32Array[], expected: readonly (readonly number[])[]): void {
  for (const [step, weights] of expected.entries())
    for (const [i, weight] of weights.entries())
      expect(Math.abs(found[step]![i]! - weight), `step ${step}, weight ${i}`).toBeLessThan(
        1e-5 * (1 + Math.abs(weight)),
      );
}

describe("sgd", () => {
  it("goes against the gradient", async () => {
    expectSame(
      await run(sgd({ learningRate: 0.1 })),
      reference(() => gradient => 0.1 * gradient),
    );
  });
  it("with momentum and weight decay", async () => {
    const update = () => {
      let buffer = 0;
      return (gradient: number, _: number, weight: number) => {
        buffer = 0.9 * buffer + gradient + 0.01 * weight;
        return 0.05 * buffer;
      };
    };
    expectSame(await run(sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 })), reference(update));
  });
  it.each([
    [0.9, 0.3, false],
    [0.8, 0, true],
  ])("with momentum %d, dampening %d, nesterov %s", async (momentum, dampening, nesterov) => {
    const update = () => {
      let buffer = 0;
      return (gradient: number, step: number, weight: number) => {
        const whole = gradient + 0.01 * weight;
        buffer = step === 1 ? whole : momentum * buffer + (1 - dampening) * whole;
        return 0.05 * (nesterov ? whole + momentum * buffer : buffer);
      };
    };
    const rule = sgd({ learningRate: 0.05, momentum, dampening, nesterov, weightDecay: 0.01 });
    expectSame(await run(rule), reference(update));
  });
  it("keeps a buffer only where there is momentum", () => {
    expect(sgd({ learningRate: 0.1 }).slots).toEqual([]);
    expect(sgd({ learningRate: 0.1, momentum: 0.5 }).slots).toEqual(["momentum"]);
  });
});

/** Algorithm 1 of Kingma and Ba with the corrections written out; `amsgrad` divides by the largest second moment. */
const adamReference =
  (rate: number, beta1: number, beta2: number, eps: number, amsgrad: boolean, coupled = 0, apart = 0) =>
  () => {
    let [mean, variance, largest] = [0, 0, 0];
    return (alone: number, step: number, weight: number) => {
      const gradient = alone + coupled * weight;
      mean = beta1 * mean + (1 - beta1) * gradient;
      variance = beta2 * variance + (1 - beta2) * gradient ** 2;
      largest = Math.max(largest, variance);
      const corrected = (amsgrad ? largest : variance) / (1 - beta2 ** step);
      return apart * rate * weight + (rate * (mean / (1 - beta1 ** step))) / (Math.sqrt(corrected) + eps);
    };
  };

describe("adam", () => {
  it("with its defaults", async () => {
    expectSame(await run(adam()), reference(adamReference(1e-3, 0.9, 0.999, 1e-8, false)));
  });
  it("with AMSGrad", async () => {
    const settings = { learningRate: 2e-3, amsgrad: true };
    expectSame(await run(adam(settings)), reference(adamReference(2e-3, 0.9, 0.999, 1e-8, true)));
  });
  it("with AMSGrad remembers the largest second moment when gradients shrink", async () => {
    const settings = { learningRate: 0.05, beta1: 0.5, beta2: 0.6, eps: 1e-3, amsgrad: true };
    const found = await run(adam(settings));
    expectSame(found, reference(adamReference(0.05, 0.5, 0.6, 1e-3, true)));
    expect(found.at(-1)).not.toEqual((await run(adam({ ...settings, amsgrad: false }))).at(-1));
  });
});

describe("Adam's kin", () => {
  it("adam adds decay to the gradient", async () => {
    const settings = { learningRate: 0.01, weightDecay: 0.1 };
    expectSame(await run(adam(settings)), reference(adamReference(0.01, 0.9, 0.999, 1e-8, false, 0.1)));
  });
  it.each([false, true])("adamW keeps decay apart (amsgrad %s)", async amsgrad => {
    const settings = { learningRate: 0.01, weightDecay: 0.3, amsgrad };
    expectSame(await run(adamW(settings)), reference(adamReference(0.01, 0.9, 0.999, 1e-8, amsgrad, 0, 0.3)));
    expectSame(await run(adamW({ amsgrad })), reference(adamReference(1e-3, 0.9, 0.999, 1e-8, amsgrad, 0, 0.01)));
  });
  it.each([0, 0.05])("nadam looks ahead (decay %d)", async weightDecay => {
    const update = () => {
      let [mean, variance, product] = [0, 0, 1];
      return (alone: number, step: number, weight: number) => {
        const gradient = alone + weightDecay * weight;
        const [now, next] = [0.9 * (1 - 0.5 * 0.96 ** (step * 0.02)), 0.9 * (1 - 0.5 * 0.96 ** ((step + 1) * 0.02))];
        product *= now;
        mean = 0.9 * mean + 0.1 * gradient;
        variance = 0.99 * variance + 0.01 * gradient ** 2;
        const ahead = (next * mean) / (1 - product * next) + ((1 - now) * gradient) / (1 - product);
        return (0.01 * ahead) / (Math.sqrt(variance / (1 - 0.99 ** step)) + 1e-6);
      };
    };
    const settings = { learningRate: 0.01, beta2: 0.99, eps: 1e-6, momentumDecay: 0.02, weightDecay };
    expectSame(await run(nadam(settings)), reference(update));
  });
  it("nadam's momenta do not depend on which steps were asked for before", () => {
    const [once, often] = [nadam(), nadam()];
    for (let step = 1; step < 40; step++) often.coefficients(step);
    expect(once.coefficients(40)).toEqual(often.coefficients(40));
    expect(often.coefficients(3)).toEqual(nadam().coefficients(3));
  });
});

describe("rmsprop", () => {
  it.each([
    [0, false, 0],
    [0.8, false, 0.02],
    [0.8, true, 0.02],
  ])("with momentum %d, centred %s, decay %d", async (momentum, centered, weightDecay) => {
    const update = () => {
      let [square, mean, buffer] = [0, 0, 0];
      return (alone: number, _: number, weight: number) => {
        const gradient = alone + weightDecay * weight;
        square = 0.9 * square + 0.1 * gradient ** 2;
        mean = 0.9 * mean + 0.1 * gradient;
        buffer = momentum * buffer + gradient / (Math.sqrt(centered ? square - mean ** 2 : square) + 1e-2);
        return 0.01 * buffer;
      };
    };
    const settings = { learningRate: 0.01, alpha: 0.9, eps: 1e-2, momentum, centered, weightDecay };
    expectSame(await run(rmsprop(settings)), reference(update));
  });
  it("centred, stays finite where the gradient is always the same", async () => {
    const emit = onnxBuilder();
    const rule = rmsprop({ centered: true });
    const parts = { weight: "w", gradient: "g", slots: ["square", "mean"], coefficients: ["rate"] };
    emit.rename(rule.update(emit, parts).weight, "next");
    const port = (name: string) => ({ name, type: "float32", dims: [3] }) as const;
    const names = ["w", "g", "square", "mean", "rate"];
    const session = await nativeSession(modelBytes(emit.graph("g", names.map(port), [port("next")])));
    // The mean square is a little below the squared mean, as rounding may leave it.
    const numbers = { w: 0, g: 0.3, square: 0.0899, mean: 0.3, rate: 0.01 };
    const feeds = Object.entries(numbers).map(([name, value]) => [name, float32(new Float32Array(3).fill(value), [3])]);
    const { next } = await session.run(Object.fromEntries(feeds));
    await session.release();
    expect((next!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });
});

it.each([
  [0, 0, 0],
  [0.1, 0.5, 0.02],
])("adagrad with decay of the rate %d, first sum %d, weight decay %d", async (decay, initial, weightDecay) => {
  const update = () => {
    let sum = initial;
    return (alone: number, step: number, weight: number) => {
      const gradient = alone + weightDecay * weight;
      sum += gradient ** 2;
      return ((0.05 / (1 + (step - 1) * decay)) * gradient) / (Math.sqrt(sum) + 1e-4);
    };
  };
  const settings = {
    learningRate: 0.05,
    learningRateDecay: decay,
    initialAccumulator: initial,
    eps: 1e-4,
    weightDecay,
  };
  expectSame(await run(adagrad(settings)), reference(update));
});

it.each([0, 0.2])("lion goes by sign alone (decay %d)", async weightDecay => {
  const update = () => {
    let mean = 0;
    return (gradient: number, _: number, weight: number) => {
      const direction = Math.sign(0.9 * mean + 0.1 * gradient);
      mean = 0.99 * mean + 0.01 * gradient;
      return 0.01 * (direction + weightDecay * weight);
    };
  };
  expectSame(await run(lion({ learningRate: 0.01, weightDecay })), reference(update));
});

it("a schedule's factor multiplies the learning rate alone", async () => {
  const [usual, half] = [0.02, 0.01];
  const makers = [sgd, adam, adamW, nadam, rmsprop, adagrad, lion];
  for (const make of makers) {
    const settings = { learningRate: usual, weightDecay: 0.1 };
    const expected = make({ ...settings, learningRate: half }).coefficients(7);
    expect(make(settings).coefficients(7, 0.5), make.name).toEqual(expected);
  }
});
