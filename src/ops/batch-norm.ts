/**
 * batchNorm: every channel to mean 0 and variance 1 over batch and space, then a learned scale and shift (Ioffe and
 * Szegedy 2015). While training the batch's own statistics; else the running ones, kept as PyTorch keeps them.
 */
import {
  attributes,
  axes,
  type BackwardCall,
  between,
  type Call,
  type Emit,
  type FromPyTorch,
  type In,
  type Layer,
  layerOf,
  op,
  orLazy,
  rounded,
  type Tensor,
  type Value,
  weighedFirst,
} from "../op/index.js";
import {
  type At,
  type BelowOne,
  type BelowOneArg,
  type FirstWrong,
  type HasShape,
  type Out,
  product,
  type Shape,
  ShapeMismatch,
  type Wrong,
} from "../shape/index.js";

export interface BatchNormAttrs {
  /** Added to the variance. */
  readonly eps: number;
  /** Share of the newest batch in the running statistics. */
  readonly momentum: number;
}

/** Where a batch stands: its values' shape per sample, and whether the batch is their last axis. */
interface Place {
  readonly shape: Shape;
  readonly batchLast: boolean;
}
const placeOf = ({ inputs, batchLast = false }: Call<BatchNormAttrs>): Place => ({ shape: inputs[0]!, batchLast });
const reducedAxes = ({ shape, batchLast }: Place): number[] =>
  batchLast ? axes(1, shape.length) : [0, ...axes(2, shape.length - 1)];
/** [C] as [C, 1...], to stand beside a batch. */
function perChannel(emit: Emit, value: Value, { shape, batchLast }: Place): Value {
  const ones = (batchLast ? shape : shape.slice(1)).map(() => 1);
  return ones.length === 0 ? value : emit.op("Reshape", [value, emit.ints([-1, ...ones])]);
}

const inPytorch = (names: readonly string[], more = ""): FromPyTorch => ({
  signatures: names.map(
    name => `nn.${name}(num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True${more})`,
  ),
  states: { parameter: "num_features", axis: 0 },
  attrs: ({ eps, momentum, process_group: _ }) => ({ eps, momentum }),
});

export const batchNorm = op<BatchNormAttrs>({
  name: "batchNorm",
  attrs: attributes({ eps: between("eps", 0, 1).default(1e-5), momentum: between("momentum", 0, 1).default(0.1) }),
  args: (options?: Partial<BatchNormAttrs>) => ({ ...options }),
  arity: 1,
  shape: ([x]) => {
    if (x!.length === 0) throw new ShapeMismatch("batchNorm: input needs at least one axis, got []; reshape it to [1]");
    return x!;
  },
  weights: ([x]) => {
    const spec = (role: string, value: number, trainable: boolean) =>
      ({ role, shape: [x![0]!], init: { kind: "constant", value }, trainable }) as const;
    return [
      spec("weight", 1, true),
      spec("bias", 0, true),
      spec("runningMean", 0, false),
      spec("runningVar", 1, false),
    ];
  },
  cost: ({ inputs: [x] }) => ({ macs: 0, autogradOps: 1, saved: 2 * x![0]!, storage: "own" }),
  batchLast: () => "takes",
  forward: (emit, call) => (call.training ? forwardInTraining(emit, call) : forwardInUse(emit, call)),
  backward: (emit, call) => (call.training ? backwardInTraining(emit, call) : backwardInUse(emit, call)),
  channels: weighedFirst(["weight", "bias", "runningMean", "runningVar"]),
  sample: (_, [x]) => (x!.length === 0 ? undefined : { eps: 1e-5, momentum: 0.1 }),
  fromOnnx: [
    {
      operators: ["BatchNormalization"],
      read: site => {
        const [weight, bias, runningMean, runningVar] = [1, 2, 3, 4].map(at => site.constant(at));
        const isInUse = site.outputs === 1 && site.int("training_mode", 0) === 0 && site.int("spatial", 1) === 1;
        if (!isInUse || !weight || !bias || !runningMean || !runningVar) return undefined;
        return {
          attrs: { eps: site.float("epsilon", 1e-5), momentum: rounded(1 - site.float("momentum", 0.9)) },
          weights: { weight, bias, runningMean, runningVar },
        };
      },
    },
  ],
  fromPytorch: [
    ...orLazy(inPytorch([1, 2, 3].map(rank => `BatchNorm${rank}d`))),
    // Who trains in several processes shares its statistics among them.
    inPytorch(["SyncBatchNorm"], ", process_group=None"),
  ],
  spellings: {
    // Its momentum is the share of the old statistics.
    keras: ({ attrs: a }) => ({
      layer: `layers.BatchNormalization(axis=1, momentum=${Number((1 - a.momentum).toPrecision(12))}, epsilon=${a.eps})`,
    }),
    flux: ({ attrs: a, inputs: [x] }) => ({ layer: `BatchNorm(${x![0]}; eps=${a.eps}, momentum=${a.momentum})` }),
  },
  pytorch: ({ inputs: [x], attrs }) => {
    // PyTorch has them for up to three spatial axes; more are one long axis.
    const named = x!.length <= 4;
    const module = `nn.BatchNorm${named ? Math.max(1, x!.length - 1) : 1}d(${x![0]}, eps=${attrs.eps}, momentum=${attrs.momentum})`;
    return named ? { module } : { module, call: (m, [input]) => `${m}(${input}.flatten(2)).reshape(${input}.shape)` };
  },
});

function forwardInUse(emit: Emit, call: Call<BatchNormAttrs>) {
  const { w, attrs } = call;
  const inputs = [channelsSecond(emit, call), w.weight!, w.bias!, w.runningMean!, w.runningVar!];
  return { y: asGiven(emit, call, emit.op("BatchNormalization", inputs, { epsilon: { float: attrs.eps } })) };
}

/** [C, ..., N] as one sample [1, C, ... N]. */
const channelsSecond = (emit: Emit, { x, inputs, batchLast }: Call<BatchNormAttrs>): Value =>
  batchLast ? emit.op("Reshape", [x[0]!, emit.ints([1, inputs[0]![0]!, -1])]) : x[0]!;
const asGiven = (emit: Emit, { inputs, batchLast }: Call<BatchNormAttrs>, y: Value): Value =>
  batchLast ? emit.op("Reshape", [y, emit.ints([...inputs[0]!, -1])]) : y;

/** The runtime's own, which gives the batch's statistics as running ones that remember nothing. */
function forwardInTraining(emit: Emit, call: Call<BatchNormAttrs>) {
  const { x, w, attrs } = call;
  // Values of their own for its running statistics: the runtime writes over them, whoever else reads them.
  const own = [w.runningMean!, w.runningVar!].map(value => emit.op("Neg", [value]));
  const [y, mean, variance] = emit.ops(
    "BatchNormalization",
    [channelsSecond(emit, call), w.weight!, w.bias!, ...own],
    3,
    {
      epsilon: { float: attrs.eps },
      momentum: { float: 0 },
      training_mode: 1,
    },
  ) as [Value, Value, Value];
  const count = elementsPerChannel(emit, x[0]!, placeOf(call));
  // PyTorch's running variance is the unbiased one.
  const unbiased = emit.op("Div", [count, emit.op("Max", [emit.op("Sub", [count, emit.float(1)]), emit.float(1)])]);
  const running = (old: Value, now: Value): Value =>
    emit.op("Add", [
      emit.op("Mul", [old, emit.float(1 - attrs.momentum)]),
      emit.op("Mul", [now, emit.float(attrs.momentum)]),
    ]);
  return {
    y: asGiven(emit, call, y),
    saved: { mean, variance, count },
    carried: {
      runningMean: running(w.runningMean!, mean),
      runningVar: running(w.runningVar!, emit.op("Mul", [variance, unbiased])),
    },
  };
}

/** Batch times space, as a float: the batch is known only when the graph runs. */
function elementsPerChannel(emit: Emit, x: Value, { shape, batchLast }: Place): Value {
  const axis = batchLast ? shape.length : 0;
  const batch = emit.op("Slice", [emit.op("Shape", [x]), emit.ints([axis]), emit.ints([axis + 1])]);
  return emit.op("Mul", [emit.op("Cast", [batch], { to: 1 }), emit.float(product(shape.slice(1)))]);
}

/** dx = weight * inverse * (dy - mean(dy) - centred * inverse^2 * mean(dy * centred)), centred = x - mean(x). */
function backwardInTraining(emit: Emit, call: BackwardCall<BatchNormAttrs>) {
  const { x, w, dy, attrs, saved, needs } = call;
  const place = placeOf(call);
  const over = emit.ints(reducedAxes(place));
  const { mean, variance, count } = saved as Record<"mean" | "variance" | "count", Value>;
  const inverse = emit.op("Reciprocal", [
    emit.op("Sqrt", [emit.op("Add", [perChannel(emit, variance, place), emit.float(attrs.eps)])]),
  ]);
  const centred = emit.op("Sub", [x[0]!, perChannel(emit, mean, place)]);
  const meanDy = emit.op("ReduceMean", [dy, over]);
  const share = emit.op("Mul", [emit.op("ReduceMean", [emit.op("Mul", [dy, centred]), over]), inverse]);
  const total = (value: Value): Value => emit.op("Reshape", [emit.op("Mul", [value, count]), emit.ints([-1])]);
  const weights = { weight: total(share), bias: total(meanDy) };
  if (!needs[0]) return { inputs: [undefined], weights };
  const shared = emit.op("Add", [meanDy, emit.op("Mul", [centred, emit.op("Mul", [share, inverse])])]);
  const factor = emit.op("Mul", [perChannel(emit, w.weight!, place), inverse]);
  return { inputs: [emit.op("Mul", [factor, emit.op("Sub", [dy, shared])])], weights };
}

/** With the running statistics as constants: dx = weight * inverse * dy. */
function backwardInUse(emit: Emit, call: BackwardCall<BatchNormAttrs>) {
  const { x, w, dy, attrs, needs } = call;
  const place = placeOf(call);
  const deviation = emit.op("Sqrt", [emit.op("Add", [w.runningVar!, emit.float(attrs.eps)])]);
  const inverse = emit.op("Reciprocal", [deviation]);
  const centred = emit.op("Sub", [x[0]!, perChannel(emit, w.runningMean!, place)]);
  const normal = emit.op("Mul", [centred, perChannel(emit, inverse, place)]);
  const total = (value: Value): Value => emit.op("ReduceSum", [value, emit.ints(reducedAxes(place))], { keepdims: 0 });
  const weights = { weight: total(emit.op("Mul", [dy, normal])), bias: total(dy) };
  const factor = perChannel(emit, emit.op("Mul", [w.weight!, inverse]), place);
  return { inputs: [needs[0] ? emit.op("Mul", [dy, factor]) : undefined], weights };
}

type Rule<S extends Shape, E extends number, M extends number> =
  FirstWrong<[BelowOne<"batchNorm", "eps", E>, BelowOne<"batchNorm", "momentum", M>]> extends infer W
    ? [W] extends [never]
      ? S extends readonly []
        ? Wrong<"input", "batchNorm: input needs at least one axis, got []; reshape it to [1]">
        : S
      : W
    : never;
interface BatchNormOptions<E, M> {
  /** Added to the variance; 1e-5 unless told. */
  readonly eps?: E;
  /** Share of the newest batch in the running statistics; 0.1 unless told. */
  readonly momentum?: M;
}

export interface BatchNormLayer<E extends number, M extends number> extends Layer {
  readonly out: Rule<In<this>, E, M>;
}
export const BatchNorm: <E extends number = 0.1, M extends number = 0.1>(
  options?: BatchNormOptions<BelowOneArg<"batchNorm", "eps", E>, BelowOneArg<"batchNorm", "momentum", M>>,
) => BatchNormLayer<E, M> = layerOf(batchNorm);

declare module "../op/tensor.js" {
  interface Operators {
    /** Every channel to mean 0 and variance 1 over batch and space, then a learned scale and shift. */
    batchNorm<S extends Shape, E extends number = 0.1, M extends number = 0.1>(
      this: At<Rule<S, E, M>, "input", HasShape<S>>,
      options?: BatchNormOptions<At<Rule<S, E, M>, "eps", E>, At<Rule<S, E, M>, "momentum", M>>,
    ): Tensor<Out<Rule<S, E, M>>>;
  }
}
