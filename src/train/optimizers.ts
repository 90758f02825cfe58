/**
 * Optimizers: new weights from gradients. What depends on the step alone (bias corrections, the learning rate) is
 * computed here in double precision and fed to the graph as coefficients, a row per step.
 */
import type { Emit, Value } from "../op/index.js";
import { TrainError } from "./pass.js";

export interface Optimizer {
  readonly name: string;
  /** Names of the tensors it keeps beside every weight; all start at 0. */
  readonly slots: readonly string[];
  /** Numbers for the graph at one step, counted from 1. */
  readonly coefficients: (step: number) => readonly number[];
  readonly update: (emit: Emit, parts: UpdateParts) => { weight: Value; slots: readonly Value[] };
  /** As it was asked for, to be stored and made again by `optimizer`. */
  readonly settings: OptimizerSettings;
}
export interface UpdateParts {
  readonly weight: Value;
  readonly gradient: Value;
  readonly slots: readonly Value[];
  readonly coefficients: readonly Value[];
}

export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
}
export interface AdamSettings {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly amsgrad?: boolean;
}
export type OptimizerSettings = ({ readonly name: "sgd" } & SgdSettings) | ({ readonly name: "adam" } & AdamSettings);

/** The optimizer that these settings describe. */
export function optimizer(settings: OptimizerSettings): Optimizer {
  if (!Object.hasOwn(makers, settings.name)) {
    const known = Object.keys(makers).join(" or ");
    throw new TrainError(`train: there is no such optimizer, got ${settings.name}; choose ${known}`);
  }
  return makers[settings.name](settings as never);
}

/** Stochastic gradient descent; buffer = momentum * buffer + gradient, weight -= learningRate * buffer, as PyTorch's. */
export function sgd({ learningRate, momentum = 0, weightDecay = 0 }: SgdSettings): Optimizer {
  check("sgd", "learningRate", learningRate, learningRate >= 0, "0 or more");
  check("sgd", "momentum", momentum, momentum >= 0, "0 or more");
  check("sgd", "weightDecay", weightDecay, weightDecay >= 0, "0 or more");
  return {
    name: "sgd",
    settings: { name: "sgd", learningRate, momentum, weightDecay },
    slots: momentum > 0 ? ["momentum"] : [],
    coefficients: () => [learningRate],
    update: (emit, { weight, gradient, slots: [buffer], coefficients: [rate] }) => {
      const decayed =
        weightDecay > 0 ? emit.op("Add", [gradient, emit.op("Mul", [weight, emit.float(weightDecay)])]) : gradient;
      const moved = buffer ? emit.op("Add", [emit.op("Mul", [buffer, emit.float(momentum)]), decayed]) : decayed;
      return {
        weight: emit.op("Sub", [weight, emit.op("Mul", [moved, rate!])]),
        slots: buffer ? [moved] : [],
      };
    },
  };
}

/**
 * Adam (Kingma and Ba 2014), with AMSGrad's largest second moment when asked (Reddi et al. 2018):
 * weight -= learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), as PyTorch's.
 */
export function adam(settings: AdamSettings = {}): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, amsgrad = false } = settings;
  check("adam", "learningRate", learningRate, learningRate >= 0, "0 or more");
  check("adam", "beta1", beta1, beta1 >= 0 && beta1 < 1, "from 0 to below 1");
  check("adam", "beta2", beta2, beta2 >= 0 && beta2 < 1, "from 0 to below 1");
  check("adam", "eps", eps, eps >= 0, "0 or more");
  return {
    name: "adam",
    settings: { name: "adam", learningRate, beta1, beta2, eps, amsgrad },
    slots: amsgrad ? ["mean", "variance", "largestVariance"] : ["mean", "variance"],
    coefficients: step => [learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)],
    update: (emit, { weight, gradient, slots, coefficients: [rate, correction] }) => {
      const blend = (old: Value, now: Value, beta: number): Value =>
        emit.op("Add", [emit.op("Mul", [old, emit.float(beta)]), emit.op("Mul", [now, emit.float(1 - beta)])]);
      const mean = blend(slots[0]!, gradient, beta1);
      const variance = blend(slots[1]!, emit.op("Mul", [gradient, gradient]), beta2);
      const used = amsgrad ? emit.op("Max", [slots[2]!, variance]) : variance;
      const root = emit.op("Mul", [emit.op("Sqrt", [used]), correction!]);
      const step = emit.op("Div", [emit.op("Mul", [mean, rate!]), emit.op("Add", [root, emit.float(eps)])]);
      return {
        weight: emit.op("Sub", [weight, step]),
        slots: amsgrad ? [mean, variance, used] : [mean, variance],
      };
    },
  };
}

const makers = { sgd, adam } as const;

function check(name: string, field: string, value: number, good: boolean, wanted: string): void {
  if (!(good && Number.isFinite(value))) {
    throw new TrainError(`${name}: ${field} must be ${wanted}, got ${value}; give another`);
  }
}
