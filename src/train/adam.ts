/** Adam and its kin: steps scaled by the mean and the mean square of the gradients so far. */
import type { Emit, Value } from "../op/index.js";
import { blend, checks, decayed, type Optimizer, stored, type UpdateParts } from "./optimizer.js";

export interface AdamSettings {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly amsgrad?: boolean;
  readonly weightDecay?: number;
}
export interface NadamSettings {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly momentumDecay?: number;
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma and Ba 2014), with AMSGrad's largest second moment when asked (Reddi et al. 2018):
 * weight -= learningRate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps), as PyTorch's. Weight decay is
 * added to the gradient.
 */
export function adam(settings: AdamSettings = {}): Optimizer {
  const full = complete("adam", settings, 0);
  return {
    ...adamOf("adam", full, (emit, parts) => decayed(emit, parts, full.weightDecay)),
    settings: stored({ name: "adam", ...full }, { weightDecay: 0 }),
  };
}

/** AdamW (Loshchilov and Hutter 2017): Adam whose decay, weight *= 1 - learningRate * weightDecay, is apart from the gradient. */
export function adamW(settings: AdamSettings = {}): Optimizer {
  const full = complete("adamW", settings, 1e-2);
  const rule = adamOf("adamW", full, (_, { gradient }) => gradient);
  return {
    ...rule,
    settings: { name: "adamW", ...full },
    coefficients: (step, factor = 1) => [
      ...rule.coefficients(step, factor),
      1 - full.learningRate * factor * full.weightDecay,
    ],
    update: (emit, parts) =>
      rule.update(emit, { ...parts, weight: emit.op("Mul", [parts.weight, parts.coefficients[2]!]) }),
  };
}

/**
 * NAdam (Dozat 2016): Adam with Nesterov's look ahead, and momentum mu_t = beta1 (1 - 0.96^(t momentumDecay) / 2), as
 * PyTorch's. Weight decay is added to the gradient.
 */
export function nadam(settings: NadamSettings = {}): Optimizer {
  const {
    learningRate = 2e-3,
    beta1 = 0.9,
    beta2 = 0.999,
    eps = 1e-8,
    momentumDecay = 4e-3,
    weightDecay = 0,
  } = settings;
  const { atLeast0, below1 } = checks("nadam", settings, ["beta1", "beta2", "eps", "momentumDecay"]);
  atLeast0({ learningRate, eps, momentumDecay, weightDecay });
  below1({ beta1, beta2 });
  const momentum = (step: number): number => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
  // Products of the momenta up to every step so far.
  const products = [1];
  const product = (step: number): number => {
    while (products.length <= step) products.push(products.at(-1)! * momentum(products.length));
    return products[step]!;
  };
  return {
    name: "nadam",
    settings: { name: "nadam", learningRate, beta1, beta2, eps, momentumDecay, weightDecay },
    slots: ["mean", "variance"],
    coefficients: (step, factor = 1) => [
      (learningRate * factor * (1 - momentum(step))) / (1 - product(step)),
      (learningRate * factor * momentum(step + 1)) / (1 - product(step + 1)),
      1 / Math.sqrt(1 - beta2 ** step),
    ],
    update: (emit, parts) => {
      const {
        weight,
        slots: [oldMean, oldVariance],
        coefficients: [now, ahead, correction],
      } = parts;
      const gradient = decayed(emit, parts, weightDecay);
      const mean = blend(emit, oldMean!, gradient, beta1);
      const variance = blend(emit, oldVariance!, emit.op("Mul", [gradient, gradient]), beta2);
      const root = emit.op("Add", [emit.op("Mul", [emit.op("Sqrt", [variance]), correction!]), emit.float(eps)]);
      const moved = emit.op("Add", [emit.op("Mul", [gradient, now!]), emit.op("Mul", [mean, ahead!])]);
      return { weight: emit.op("Sub", [weight, emit.op("Div", [moved, root])]), slots: [mean, variance] };
    },
  };
}

const complete = (name: "adam" | "adamW", settings: AdamSettings, usualDecay: number): Required<AdamSettings> => {
  const { atLeast0, below1 } = checks(name, settings, ["beta1", "beta2", "eps", "amsgrad"]);
  const {
    learningRate = 1e-3,
    beta1 = 0.9,
    beta2 = 0.999,
    eps = 1e-8,
    amsgrad = false,
    weightDecay = usualDecay,
  } = settings;
  atLeast0({ learningRate, eps, weightDecay });
  below1({ beta1, beta2 });
  return { learningRate, beta1, beta2, eps, amsgrad, weightDecay };
};

/** share * old + now. */
const faded = (emit: Emit, old: Value, now: Value, share: number): Value =>
  emit.op("Add", [emit.op("Mul", [old, emit.float(share)]), now]);

/** Adam with the gradient that `gradientOf` makes of the parts. */
function adamOf(
  name: "adam" | "adamW",
  { learningRate, beta1, beta2, eps, amsgrad }: Required<AdamSettings>,
  gradientOf: (emit: Emit, parts: UpdateParts) => Value,
): Omit<Optimizer, "settings"> {
  return {
    name,
    slots: amsgrad ? ["gradients", "squares", "largestSquares"] : ["gradients", "squares"],
    // The means of the formula, divided by (1 - beta): fading sums, which cost two passes over memory less.
    coefficients: (step, factor = 1) => {
      const scale = Math.sqrt((1 - beta2 ** step) / (1 - beta2));
      return [(learningRate * factor * (1 - beta1) * scale) / (1 - beta1 ** step), eps * scale];
    },
    update: (emit, parts) => {
      const {
        weight,
        slots,
        coefficients: [rate, floor],
      } = parts;
      const gradient = gradientOf(emit, parts);
      const gradients = faded(emit, slots[0]!, gradient, beta1);
      const squares = faded(emit, slots[1]!, emit.op("Mul", [gradient, gradient]), beta2);
      const used = amsgrad ? emit.op("Max", [slots[2]!, squares]) : squares;
      const step = emit.op("Div", [gradients, emit.op("Add", [emit.op("Sqrt", [used]), floor!])]);
      return {
        weight: emit.op("Sub", [weight, emit.op("Mul", [step, rate!])]),
        slots: amsgrad ? [gradients, squares, used] : [gradients, squares],
      };
    },
  };
}
