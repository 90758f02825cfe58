/**
 * What rnn, lstm and gru have in common: layers and directions that step along a sequence, as nn.RNN, nn.LSTM and nn.GRU
 * of PyTorch with `batch_first`. docs/notes/recurrent.md says why they are lowered so.
 */
import type * as z from "zod";
import {
  ArgumentError,
  alone,
  attributes,
  between,
  type Channels,
  choice,
  type Emit,
  flag,
  listed,
  type OnnxAttrs,
  type Op,
  op,
  python,
  type Site,
  upTo,
  type Value,
  type WeightAxis,
  type WeightSpec,
  whole,
} from "../op/index.js";
import type { Random } from "../random.js";
import { product, type Shape, ShapeMismatch, show } from "../shape/index.js";
import { backwardLayers, directions, forwardLayers, role } from "./recurrent-layers.js";
import { recurrentOf } from "./recurrent-onnx.js";
import { type CellSpellings, recurrentSpellings } from "./recurrent-spellings.js";

export interface RecurrentAttrs {
  /** Features of the state. */
  readonly hiddenSize: number;
  /** Layers, each over the states of the one before. */
  readonly layers: number;
  /** Every layer goes also from the end to the beginning; the states of both directions stand side by side. */
  readonly bidirectional: boolean;
  readonly bias: boolean;
  /** Probability of an element between two layers to be dropped while training. */
  readonly dropout: number;
  /** The last layer's state at every step, or where each direction ends: forwards the last step, backwards the first. */
  readonly output: "sequence" | "last";
}

/** What goes on in one step. */
export interface Cell<A extends RecurrentAttrs> {
  readonly name: string;
  /** Operator of ONNX, and its attributes for one direction or two. */
  readonly onnx: string;
  readonly onnxAttrs: (attrs: A, directions: number) => OnnxAttrs;
  /** PyTorch's gates in ONNX's order. */
  readonly order: readonly number[];
  /** Gradients of what the gates sum up. */
  readonly backward: (emit: Emit, way: Way, attrs: A) => GateGradients;
  /** Nodes that PyTorch's autograd records for one step. */
  readonly autogradOps: number;
  readonly module: string;
  /** Attributes of its own from ONNX's activations of one direction and `linear_before_reset`; undefined where it is another cell. */
  readonly fromActivations: (activations: readonly string[], linearBeforeReset: number) => object | undefined;
  /** Attributes of its own: schema, choice, and PyTorch's arguments. */
  readonly fields: z.ZodRawShape;
  readonly draw: (random: Random) => Omit<A, keyof RecurrentAttrs>;
  readonly moduleArgs: (attrs: A) => readonly string[];
  readonly spellings: CellSpellings<A>;
}

/** One direction of one layer, all steps together: N samples of T steps. */
export interface Way {
  /** What the layer was given, [T N, features], and the state that it had, [T N, hiddenSize]. */
  readonly x: Value;
  readonly before: Value;
  /** The state that it got [T, N, hiddenSize], and the gradient that arrives at it from outside. */
  readonly states: Value;
  readonly dy: Value;
  readonly weightIh: Value;
  readonly weightHh: Value;
  readonly biasIh: Value | undefined;
  readonly biasHh: Value | undefined;
  readonly length: number;
  readonly hiddenSize: number;
  /** From the end to the beginning. */
  readonly reverse: boolean;
}
/** [T N, gates hiddenSize], for what came from the input and for what came from the state before. */
export interface GateGradients {
  readonly input: Value;
  readonly state: Value;
}

const fields = {
  hiddenSize: whole("hiddenSize", 1),
  layers: whole("layers", 1).default(1),
  bidirectional: flag("bidirectional").default(false),
  bias: flag("bias").default(true),
  dropout: between("dropout", 0, 1).default(0),
  output: choice("output", ["sequence", "last"]).default("sequence"),
};

export const recurrent = <A extends RecurrentAttrs>(cell: Cell<A>): Op<A> =>
  op<A>({
    name: cell.name,
    attrs: attributes({ ...fields, ...cell.fields }) as unknown as z.ZodType<A>,
    args: (hiddenSize: unknown, options?: object) => ({ hiddenSize, ...options }),
    arity: 1,
    shape: ([x], attrs) => {
      if (x!.length !== 2) {
        throw new ShapeMismatch(`${cell.name}: input must be [length, features], got ${show(x!)}; reshape it`);
      }
      const width = directions(attrs) * attrs.hiddenSize;
      return attrs.output === "last" ? [width] : [x![0]!, width];
    },
    weights: ([x], attrs) => weights(cell.order.length, x!, attrs),
    cost: site => ({ macs: macs(cell.order.length, site), ...kept(cell.autogradOps, site), storage: "own" }),
    random: ({ dropout, layers }) => dropout > 0 && layers > 1,
    forward: (emit, call) => forwardLayers(emit, cell, call),
    backward: (emit, call) => backwardLayers(emit, cell, call),
    channels: site => channels(cell.order.length, site),
    sample: (random, [x], { output, maxChannels = 64 }) => {
      if (x!.length !== 2 || (output && output.length !== 1 && output.length !== 2)) return undefined;
      const width = output?.at(-1);
      const bidirectional = random.chance() && (width === undefined ? maxChannels > 1 : width % 2 === 0);
      const ways = bidirectional ? 2 : 1;
      return {
        hiddenSize: width === undefined ? random.int(1, Math.floor(maxChannels / ways)) : width / ways,
        layers: random.int(1, 3),
        bidirectional,
        bias: random.chance(),
        dropout: 0,
        output: (output ? output.length === 1 : random.chance()) ? "last" : "sequence",
        ...cell.draw(random),
      } as A;
    },
    fromOnnx: [{ operators: [cell.onnx], batch: 1, read: site => recurrentOf(cell, site) }],
    fromPytorch: [
      {
        signatures: [
          `nn.${cell.module}(input_size, hidden_size, num_layers=1, ${"nonlinearity" in cell.fields ? "nonlinearity='tanh', " : ""}bias=True, batch_first=False, dropout=0, bidirectional=False, proj_size=0)`,
        ],
        states: { parameter: "input_size", axis: -1 },
        call: "call(input, hx=None)",
        batch: ({ batch_first }) => (batch_first === true ? 0 : 1),
        attrs: args => {
          if (args.hx !== null && listed(args.hx).some(state => state !== 0)) {
            throw new ArgumentError(
              `nn.${cell.module}: the first states can only be zeros, got others; leave them out, or make them of torch.zeros`,
            );
          }
          return {
            ...{ hiddenSize: args.hidden_size, layers: args.num_layers, bias: args.bias },
            ...{ dropout: args.dropout, bidirectional: args.bidirectional },
            ...(args.nonlinearity === undefined ? {} : { nonlinearity: args.nonlinearity }),
          };
        },
        sequence: ({ num_layers, bidirectional, hidden_size: size }) => ({
          states: Number(num_layers) * (bidirectional ? 2 : 1),
          // The last states of both directions are no one place of the sequence.
          ...(bidirectional
            ? {
                ends: [
                  { step: -1, features: [0, Number(size)] },
                  { step: 0, features: [Number(size), 2 * Number(size)] },
                ],
              }
            : { last: { output: "last" } }),
          cells: cell.module === "LSTM",
        }),
      },
    ],
    spellings: recurrentSpellings(cell.spellings),
    pytorch: ({ inputs: [x], attrs }) => ({
      module: `nn.${cell.module}(${x![1]}, ${attrs.hiddenSize}, ${attrs.layers}, ${[
        `bias=${python(attrs.bias)}`,
        "batch_first=True",
        `dropout=${attrs.dropout}`,
        `bidirectional=${python(attrs.bidirectional)}`,
        ...cell.moduleArgs(attrs),
      ].join(", ")})`,
      call: (module, [input]) => taken(`${module}(${input})[0]`, attrs),
    }),
  });

/** What is taken of the states of the last layer. */
function taken(states: string, { output, bidirectional, hiddenSize }: RecurrentAttrs): string {
  if (output === "sequence") return states;
  if (!bidirectional) return `${states}[:, -1]`;
  return `(lambda y: torch.cat([y[:, -1, :${hiddenSize}], y[:, 0, ${hiddenSize}:]], 1))(${states})`;
}

/** Features that a layer is given. */
const featuresOf = (layer: number, [, features]: Shape, attrs: RecurrentAttrs): number =>
  layer === 0 ? features! : directions(attrs) * attrs.hiddenSize;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** PyTorch's names in camelCase, in its order: weight_ih_l0_reverse is weightIhL0Reverse. */
function weights(gates: number, x: Shape, attrs: RecurrentAttrs): WeightSpec[] {
  const { hiddenSize, bias } = attrs;
  const init = { kind: "uniform", bound: 1 / Math.sqrt(hiddenSize) } as const;
  const rows = gates * hiddenSize;
  return range(attrs.layers).flatMap(layer =>
    range(directions(attrs)).flatMap(direction => {
      const shapes: [string, Shape][] = [
        ["weightIh", [rows, featuresOf(layer, x, attrs)]],
        ["weightHh", [rows, hiddenSize]],
        ...(bias
          ? ([
              ["biasIh", [rows]],
              ["biasHh", [rows]],
            ] as [string, Shape][])
          : []),
      ];
      return shapes.map(([kind, shape]) => ({ role: role(kind, layer, direction), shape, init, trainable: true }));
    }),
  );
}

/**
 * Features of the input are summed away by the first layer. A unit of the state stands at the same place of every layer
 * and direction, which all have one size; every layer reads it again, and it has a row in every gate.
 */
function channels(gates: number, { inputs: [x], output, attrs }: Site<RecurrentAttrs>): Channels {
  const [ways, axis] = [directions(attrs), output.length - 1];
  const features = x![1]!;
  const unit = { of: "output", axis, parts: ways } as const;
  const rows: WeightAxis = { ...unit, times: gates };
  const read = (layer: number): WeightAxis => (layer === 0 ? { of: 0, axis: 1 } : { of: "output", axis });
  const axes = range(attrs.layers).flatMap(layer =>
    range(ways).flatMap((way): [string, WeightAxis[]][] => [
      [role("weightIh", layer, way), [rows, read(layer)]],
      [role("weightHh", layer, way), [rows, unit]],
      [role("biasIh", layer, way), [rows]],
      [role("biasHh", layer, way), [rows]],
    ]),
  );
  return {
    inputs: [alone(x!, 1, upTo(features))],
    output: alone(
      output,
      axis,
      upTo(output[axis]!).map(place => features + (place % attrs.hiddenSize)),
    ),
    weights: Object.fromEntries(axes),
    attrs: next => ({ ...attrs, hiddenSize: next.output[axis]! / ways }),
  };
}

const macs = (gates: number, { inputs: [x], attrs }: Site<RecurrentAttrs>): number =>
  weights(gates, x!, { ...attrs, bias: false }).reduce((sum, { shape }) => sum + x![0]! * product(shape), 0);

/** Counted in PyTorch 1.13 for sequences of two steps or more; the gates are computed again from the states. */
function kept(autogradOps: number, { inputs: [x], attrs, output }: Site<RecurrentAttrs>) {
  const [length, ways, { layers }] = [x![0]!, directions(attrs), attrs];
  const joined = attrs.bidirectional ? 2 + layers : 0;
  const last = attrs.output === "sequence" ? 0 : attrs.bidirectional ? 7 : 2;
  const states = layers * length * ways * attrs.hiddenSize;
  return {
    autogradOps: 4 + layers * ways * (6 + autogradOps * length) + joined + last - (attrs.bias ? 0 : ways),
    saved: states - (attrs.output === "sequence" ? product(output) : 0),
  };
}
