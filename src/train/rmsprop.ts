/** Optimizers that divide a gradient by the root of its squares so far. */
import { blend, checks, decayed, type Optimizer } from "./optimizer.js";

export interface RmspropSettings {
  readonly learningRate?: number;
  /** Share of the old mean of squares that is kept. */
  readonly alpha?: number;
  readonly eps?: number;
  readonly momentum?: number;
  /** Divide by the deviation, not by the root of the mean square. */
  readonly centered?: boolean;
  readonly weightDecay?: number;
}
export interface AdagradSettings {
  readonly learningRate?: number;
  readonly learningRateDecay?: number;
  readonly initialAccumulator?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
}

/**
 * RMSprop (Tieleman and Hinton 2012): gradient / (sqrt(mean square) + eps), as PyTorch's, weight decay added to the
 * gradient. Centred (Graves 2013), a variance that rounding made negative counts as 0, where PyTorch's becomes NaN.
 */
export function rmsprop(settings: RmspropSettings = {}): Optimizer {
  const { learningRate = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, weightDecay = 0 } = settings;
  const { atLeast0, below1 } = checks("rmsprop", settings, ["alpha", "eps", "momentum", "centered"]);
  atLeast0({ learningRate, eps, momentum, weightDecay });
  below1({ alpha });
  return {
    name: "rmsprop",
    settings: { name: "rmsprop", learningRate, alpha, eps, momentum, centered, weightDecay },
    slots: ["square", ...(centered ? ["mean"] : []), ...(momentum > 0 ? ["momentum"] : [])],
    coefficients: (_, factor = 1) => [learningRate * factor],
    update: (emit, parts) => {
      const { weight, slots, coefficients } = parts;
      const gradient = decayed(emit, parts, weightDecay);
      const square = blend(emit, slots[0]!, emit.op("Mul", [gradient, gradient]), alpha);
      const next = [square];
      let variance = square;
      if (centered) {
        const mean = blend(emit, slots[1]!, gradient, alpha);
        next.push(mean);
        variance = emit.op("Relu", [emit.op("Sub", [square, emit.op("Mul", [mean, mean])])]);
      }
      let step = emit.op("Div", [gradient, emit.op("Add", [emit.op("Sqrt", [variance]), emit.float(eps)])]);
      if (momentum > 0) {
        step = emit.op("Add", [emit.op("Mul", [slots.at(-1)!, emit.float(momentum)]), step]);
        next.push(step);
      }
      return { weight: emit.op("Sub", [weight, emit.op("Mul", [step, coefficients[0]!])]), slots: next };
    },
  };
}

/**
 * Adagrad (Duchi et al. 2011): learningRate / (1 + (t - 1) learningRateDecay) * gradient / (sqrt(sum of squares) + eps),
 * as PyTorch's, weight decay added to the gradient.
 */
export function adagrad(settings: AdagradSettings = {}): Optimizer {
  const { learningRate = 1e-2, learningRateDecay = 0, initialAccumulator = 0, eps = 1e-10, weightDecay = 0 } = settings;
  const { atLeast0 } = checks("adagrad", settings, ["learningRateDecay", "initialAccumulator", "eps"]);
  atLeast0({ learningRate, learningRateDecay, initialAccumulator, eps, weightDecay });
  return {
    name: "adagrad",
    settings: { name: "adagrad", learningRate, learningRateDecay, initialAccumulator, eps, weightDecay },
    slots: ["sum"],
    coefficients: (step, factor = 1) => [(learningRate * factor) / (1 + (step - 1) * learningRateDecay)],
    update: (emit, parts) => {
      const {
        weight,
        slots: [before],
        coefficients: [rate],
      } = parts;
      const gradient = decayed(emit, parts, weightDecay);
      const sum = emit.op("Add", [before!, emit.op("Mul", [gradient, gradient])]);
      // Slots start at 0, so what the sum starts with is added where it is used.
      const whole = initialAccumulator > 0 ? emit.op("Add", [sum, emit.float(initialAccumulator)]) : sum;
      const step = emit.op("Div", [gradient, emit.op("Add", [emit.op("Sqrt", [whole]), emit.float(eps)])]);
      return { weight: emit.op("Sub", [weight, emit.op("Mul", [step, rate!])]), slots: [sum] };
    },
  };
}
