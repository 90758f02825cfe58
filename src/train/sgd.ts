/** Stochastic gradient descent. */
import { checks, decayed, type Optimizer, stored } from "./optimizer.js";
import { TrainError } from "./pass.js";

export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum?: number;
  /** Share of a gradient that does not enter the momentum, from the second step on. */
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/**
 * buffer = momentum * buffer + (1 - dampening) * gradient (the first buffer is the gradient), and
 * weight -= learningRate * buffer, or with Nesterov learningRate * (gradient + momentum * buffer), as PyTorch's.
 */
export function sgd(asked: SgdSettings): Optimizer {
  const { atLeast0, below1 } = checks("sgd", asked, ["momentum", "dampening", "nesterov"]);
  const { learningRate, momentum = 0, weightDecay = 0, dampening = 0, nesterov = false } = asked;
  atLeast0({ learningRate, momentum, weightDecay });
  below1({ dampening });
  if (nesterov && (momentum === 0 || dampening > 0)) {
    throw new TrainError(
      `sgd: nesterov needs momentum and no dampening, got momentum ${momentum} and dampening ${dampening}; give momentum alone`,
    );
  }
  return {
    name: "sgd",
    settings: stored(
      { name: "sgd", learningRate, momentum, weightDecay, dampening, nesterov },
      { dampening: 0, nesterov: false },
    ),
    slots: momentum > 0 ? ["momentum"] : [],
    coefficients: (step, factor = 1) => [
      learningRate * factor,
      ...(dampening > 0 ? [step === 1 ? 1 : 1 - dampening] : []),
    ],
    update: (emit, parts) => {
      const {
        weight,
        slots: [buffer],
        coefficients: [rate, share],
      } = parts;
      const gradient = decayed(emit, parts, weightDecay);
      const entering = share ? emit.op("Mul", [gradient, share]) : gradient;
      const moved = buffer ? emit.op("Add", [emit.op("Mul", [buffer, emit.float(momentum)]), entering]) : gradient;
      const step = nesterov ? emit.op("Add", [gradient, emit.op("Mul", [moved, emit.float(momentum)])]) : moved;
      return {
        weight: emit.op("Sub", [weight, emit.op("Mul", [step, rate!])]),
        slots: buffer ? [moved] : [],
      };
    },
  };
}
