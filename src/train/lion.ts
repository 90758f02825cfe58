/** Lion: steps of one size, by sign alone. */
import { blend, checks, type Optimizer } from "./optimizer.js";

export interface LionSettings {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly weightDecay?: number;
}

/**
 * Lion (Chen et al. 2023): weight = (1 - learningRate * weightDecay) weight - learningRate * sign(beta1 m + (1 - beta1)
 * gradient), then m = beta2 m + (1 - beta2) gradient.
 */
export function lion(settings: LionSettings = {}): Optimizer {
  const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = settings;
  const { atLeast0, below1 } = checks("lion", settings, ["beta1", "beta2"]);
  atLeast0({ learningRate, weightDecay });
  below1({ beta1, beta2 });
  return {
    name: "lion",
    settings: { name: "lion", learningRate, beta1, beta2, weightDecay },
    slots: ["mean"],
    coefficients: (_, factor = 1) => [
      learningRate * factor,
      ...(weightDecay > 0 ? [1 - learningRate * factor * weightDecay] : []),
    ],
    update: (emit, { weight, gradient, slots: [mean], coefficients: [rate, kept] }) => {
      const step = emit.op("Mul", [emit.op("Sign", [blend(emit, mean!, gradient, beta1)]), rate!]);
      const shrunk = kept ? emit.op("Mul", [weight, kept]) : weight;
      return { weight: emit.op("Sub", [shrunk, step]), slots: [blend(emit, mean!, gradient, beta2)] };
    },
  };
}
