/** Well-typed networks, drawn backwards: from the shape that comes out to the shapes that go in, as typed descriptions. */
import { allOps, type Op } from "../../src/op/index.js";
import { permutation, type Random, random } from "../../src/random.js";
import { product, type Shape, sameShape } from "../../src/shape/index.js";
import { inputCounts } from "../battery/sampled.js";
import { literal, type Spelling, spelling } from "./random-shapes.js";

export interface Written {
  /** A call of `graph`. */
  readonly text: string;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly output: Shape;
  readonly ops: readonly string[];
}

const mostNodes = 12;
/** Largest tensor, and how often shapes are proposed before another op is taken. */
const [mostElements, proposals] = [4000, 30];

/** A description whose output has that shape. */
export function writeBackwards(
  source: Random,
  output: Shape,
  spellings: readonly Spelling[],
  uses: Map<string, number>,
): Written {
  const inputs: Record<string, Shape> = {};
  const lines: string[] = [];
  const ops: string[] = [];
  const made: { name: string; shape: Shape }[] = [];

  function given(shape: Shape): string {
    const name = `x${Object.keys(inputs).length}`;
    inputs[name] = shape;
    made.push({ name, shape });
    return name;
  }
  /** The name of a value of that shape, with what makes it written down before. */
  function grow(shape: Shape): string {
    const old = made.filter(one => sameShape(one.shape, shape));
    if (old.length > 0 && source.chance(0.3)) return source.pick(old).name;
    const step = ops.length < mostNodes ? stepTo(source, shape, spellings, uses) : undefined;
    if (step === undefined) return given(shape);
    const { name: op } = step.spelling.op;
    uses.set(op, (uses.get(op) ?? 0) + 1);
    ops.push(op);
    const [first, ...others] = step.inputs.map(grow);
    const name = `v${lines.length}`;
    lines.push(`const ${name} = ${first}${callOf(source, step, others)};`);
    made.push({ name, shape });
    return name;
  }
  const last = grow(output);
  const names = Object.keys(inputs).join(", ");
  const text = `graph(${literal(inputs)}, ({ ${names} }) => { ${lines.join(" ")} return ${last}; })`;
  return { text, inputs, output, ops };
}

interface Step {
  readonly spelling: Spelling;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Shape[];
}

/** An op, its attributes and input shapes that give the output. */
function stepTo(
  source: Random,
  output: Shape,
  spellings: readonly Spelling[],
  uses: ReadonlyMap<string, number>,
): Step | undefined {
  const used = ({ op }: Spelling): number => uses.get(op.name) ?? 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    // Of two, what has been used less: what seldom fits gets its turns.
    const [one, other] = [source.pick(spellings), source.pick(spellings)];
    const chosen = used(one) <= used(other) ? one : other;
    for (let i = 0; i < proposals; i++) {
      const inputs = propose(source, chosen.op, output);
      if (inputs.some(shape => shape.length > 5 || product(shape) > mostElements)) continue;
      // What does not choose its output may hit it.
      const sampled = chosen.op.sample(source, inputs, { output }) ?? chosen.op.sample(source, inputs, {});
      if (sampled === undefined || !sameShape(chosen.op.shape(inputs, sampled), output)) continue;
      return { spelling: chosen, attrs: sampled as Step["attrs"], inputs };
    }
  }
  return undefined;
}

/** Shapes from which an output might come: of one input, of several equal ones, of parts, of factors. */
function propose(source: Random, op: Op, output: Shape): Shape[] {
  const count = source.pick(inputCounts(op.arity));
  if (count === 1) return [before(source, output)];
  const axis = source.int(0, Math.max(0, output.length - 1));
  const inner = source.int(1, 8);
  const like = source.pick<(i: number) => Shape>([
    () => output,
    () => output.map(dim => (source.chance(0.3) ? 1 : dim)),
    () => output.toSpliced(axis, 1),
    () => (output.length === 0 ? output : output.with(-1, source.int(1, 8))),
    i => parts(output, axis, count, i),
    i => [...output.slice(0, -2), ...(i === 0 ? [output.at(-2) ?? 1, inner] : [inner, output.at(-1) ?? 1])],
  ]);
  return Array.from({ length: count }, (_, i) => like(i));
}

/** The i-th of `count` parts along an axis. */
function parts(shape: Shape, axis: number, count: number, i: number): Shape {
  if (shape.length === 0) return shape;
  const size = Math.max(1, Math.floor(shape[axis]! / count));
  return shape.with(axis, i === count - 1 ? Math.max(1, shape[axis]! - size * i) : size);
}

/** The shape itself, or one that is larger, has an axis more or less, other channels, or its elements in another order. */
function before(source: Random, shape: Shape): Shape {
  const axis = source.int(0, Math.max(0, shape.length - 1));
  const channels = source.int(1, 12);
  const [more, times] = [source.int(0, 4), source.int(2, 3)];
  const elements = product(shape);
  return source.pick<() => Shape>([
    () => shape,
    () => [channels, ...shape.slice(1).map(dim => dim + more)],
    () => [shape[0] ?? 1, ...shape.slice(1).map(dim => dim + more)],
    () => [shape[0] ?? 1, ...shape.slice(1).map(dim => Math.max(1, dim - more))],
    () => [shape[0] ?? 1, ...shape.slice(1).map(dim => dim * times)],
    () => [(shape[0] ?? 1) * times * times, ...shape.slice(1).map(dim => Math.ceil(dim / times))],
    () => [Math.ceil((shape[0] ?? 1) / times ** 2), ...shape.slice(1).map(dim => dim * times)],
    () => [channels, ...shape.slice(1).map(dim => Math.max(1, dim - more))],
    () => (shape.length === 0 ? [channels] : shape.with(axis, shape[axis]! * times)),
    () => (shape.length === 0 ? [channels] : shape.with(axis, shape[axis]! + more)),
    () => (shape.length === 0 ? [channels] : shape.with(-1, channels)),
    () => shape.toSpliced(source.int(0, shape.length), 0, source.chance(0.3) ? 1 : channels),
    () => [...shape, ...Array.from({ length: source.int(1, 3) }, () => source.int(1, 6))],
    () => shape.toSpliced(axis, 1),
    () =>
      shape.toSpliced(
        axis,
        2,
        shape.slice(axis, axis + 2).reduce((all, dim) => all * dim, 1),
      ),
    () => Array.from(permutation(shape.length, source), from => shape[from]!),
    () => [elements],
    () => (elements % times === 0 ? [times, elements / times] : [1, elements]),
  ])();
}

/** `.conv2d(5, 3, { bias: false })` or `.pipe(Conv2d(5, 3, { bias: false }))`. */
function callOf(source: Random, { spelling: one, attrs }: Step, others: readonly string[]): string {
  const { op, positional, options, maker } = one;
  const told = options.filter(name => attrs[name] !== undefined);
  const rest = told.length === 0 ? [] : [literal(Object.fromEntries(told.map(name => [name, attrs[name]])))];
  const given = positional.map(name => (attrs[name] === undefined ? "undefined" : literal(attrs[name])));
  while (rest.length === 0 && given.at(-1) === "undefined") given.pop();
  const text = [...others, ...given, ...rest].join(", ");
  return maker !== undefined && others.length === 0 && source.chance(0.3)
    ? `.pipe(${maker}(${text}))`
    : `.${op.name}(${text})`;
}

export function writtenNetworks(count: number, seed: number): Written[] {
  const source = random(seed);
  const spellings = [...allOps.values()].map(spelling).sort((a, b) => (a.op.name < b.op.name ? -1 : 1));
  const uses = new Map<string, number>();
  return Array.from({ length: count }, () => {
    const output = Array.from({ length: source.int(0, 4) }, () => source.int(1, 10));
    return writeBackwards(source, output, spellings, uses);
  });
}
