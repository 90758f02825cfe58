/** The two ways to describe a whole network: `network` with named layers, `graph` with inputs by name. */
import { type Graph, GraphError } from "../graph/index.js";
import type { Layer, Tensor } from "../op/index.js";
import "../ops/index.js";
import type { HasShape, NoSizeIn, Plain, Shape, ShapeError, Show } from "../shape/index.js";
import { Description } from "./description.js";
import { Network, type Shapes } from "./network.js";
import { addMethods, TensorValue, typed } from "./tensor.js";

type Layers = Readonly<Record<string, Layer>>;
type Inputs = Readonly<Record<string, Shape>>;
type Result = HasShape | Readonly<Record<string, HasShape>>;

/** Tensors for shapes: one for one, named ones for named ones. */
type Tensors<I> = I extends Shape ? Tensor<Plain<I>> : { readonly [K in keyof I]: Tensors<I[K]> };
type Plains<I> = I extends Shape ? Plain<I> : { -readonly [K in keyof I]: Plains<I[K]> };
type ShapesOf<O> = O extends HasShape<infer S> ? S : { [K in keyof O]: ShapesOf<O[K]> };

/** `I` itself where all sizes can be; else the refusal in place of each wrong shape. */
type CheckInputs<I> = [AnyNoSize<I>] extends [never]
  ? I
  : I extends Shape
    ? CheckInput<"x", I>
    : { readonly [K in keyof I]: CheckInput<K, I[K]> };
type AnyNoSize<I> = I extends Shape ? NoSizeIn<I> : { [K in keyof I]: AnyNoSize<I[K]> }[keyof I];
type CheckInput<Name, S> = S extends Shape
  ? [NoSizeIn<S>] extends [never]
    ? S
    : ShapeError<`graph: sizes of input ${Name & string} must be whole numbers from 1, got ${Show<S>}; correct its shape`>
  : S;

export interface Spec<I extends Shapes, L extends Layers, O extends Result> {
  readonly name?: string;
  /** The shape of one sample, channels first, or the shapes of several inputs by name. */
  readonly input: CheckInputs<I>;
  /** Layers by name; used twice, a layer shares its weights. */
  readonly layers?: L;
  readonly forward: (x: Tensors<I>, layers: L) => O;
}

/** A network from named layers and a function that connects them. */
export function network<const I extends Shapes, const L extends Layers, O extends Result>(
  spec: Spec<I, L, O>,
): Network<Plains<I>, ShapesOf<O>> {
  const { name = "network", input, layers = {} as L, forward } = spec;
  if (typeof input !== "object" || input === null) {
    throw new GraphError(
      `network: there is no input, got ${Object.keys(spec).join(", ")}; give input: the shape of one sample, e.g. [1, 28, 28]`,
    );
  }
  checkFunction(name, forward, "forward: (x, layers) => x.pipe(layers.a)");
  return describe(name, input, layers, x => forward(x as Tensors<I>, layers)) as never;
}

/** A network of any inputs and outputs, by name. */
export function graph<const I extends Inputs, O extends Result>(
  inputs: CheckInputs<I>,
  forward: (x: Tensors<I>) => O,
  options: { readonly name?: string } = {},
): Network<Plains<I>, ShapesOf<O>> {
  checkFunction("graph", forward, "one behind the inputs, as ({ x }) => x.linear(10)");
  return describe(options.name ?? "network", inputs, {}, x => forward(x as Tensors<I>)) as never;
}

function describe(name: string, inputs: Shapes, layers: Layers, forward: (x: unknown) => unknown): Network {
  addMethods();
  const description = new Description(name, layers);
  const tensor = (key: string, shape: Shape) => typed(new TensorValue(description, description.input(key, shape)));
  const x = isShape(inputs) ? tensor("x", inputs) : mapValues(inputs, (shape, key) => tensor(key, shape));
  const result = forward(x);
  if (result instanceof TensorValue) {
    const made = description.finish([own(description, result).name]);
    return new Network(made, given(made, inputs), result.shape);
  }
  if (typeof result !== "object" || result === null) throw noTensor(name, result);
  const outputs = mapValues(result as Readonly<Record<string, unknown>>, value => {
    if (!(value instanceof TensorValue)) throw noTensor(name, value);
    return own(description, value);
  });
  const keys = Object.keys(outputs);
  const names = keys.map(key => outputs[key]!.name);
  const made = description.finish(names, keys);
  const shapes = mapValues(outputs, output => output.shape);
  return new Network(made, given(made, inputs), shapes, keys);
}

/** The inputs' shapes as the graph keeps them, in the form in which they were given. */
const given = (made: Graph, inputs: Shapes): Shapes =>
  isShape(inputs) ? made.inputs[0]!.shape : Object.fromEntries(made.inputs.map(({ name, shape }) => [name, shape]));

const isShape = (inputs: Shapes): inputs is Shape => Array.isArray(inputs);

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A, key: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]));

function own(description: Description, tensor: TensorValue): TensorValue {
  if (tensor.description === description) return tensor;
  throw new GraphError(
    `${description.name}: an output must be one of its own tensors, got ${tensor}; return what the function made`,
  );
}

function checkFunction(where: string, forward: unknown, example: string): void {
  if (typeof forward === "function") return;
  throw new GraphError(`${where}: there is no function, got ${String(forward)}; give ${example}`);
}

const noTensor = (name: string, value: unknown): GraphError =>
  new GraphError(`${name}: the function must return a tensor, or several by name, got ${String(value)}; return one`);
