/** Every op against PyTorch's autograd, on random attributes and shapes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allOps, draws, type Op } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { deriveSeed, type Random, random } from "../../src/random.js";
import { product, type Shape, ShapeMismatch } from "../../src/shape/index.js";
import { type Arrays, opSession, type Placed, placeOp } from "../battery/op-model.js";
import { factor, inputCounts } from "../battery/sampled.js";
import { batchOf, inputOf } from "../battery/values.js";
import { askPyTorch, type OpAnswer, type OpCase, receive, send, spelled, worstError } from "./pytorch.js";

const casesPerOp = 48;
const [absolute, relative] = [1e-5, 1e-4];

const begun = Date.now();
const report: string[] = [];
const all = { cases: 0, error: 0, units: 0 };
const row = (name: string, cases: number, error: number, units: number): string =>
  `${name.padEnd(18)} ${String(cases).padStart(5)}  ${error.toExponential(1).padStart(13)}  ${units.toFixed(3)}`;
const cases = new Map([...allOps.values()].map(op => [op, casesOf(op)]));
/** Those that PyTorch has. */
const ops = [...cases.keys()].filter(op => spellable(cases.get(op)![0]!.at));
const answers = new Map<Op, readonly OpAnswer[]>();

beforeAll(() => {
  const given = askPyTorch<OpAnswer>(ops.flatMap(op => cases.get(op)!.map(question)));
  for (const [i, op] of ops.entries()) answers.set(op, given.slice(i * casesPerOp, (i + 1) * casesPerOp));
});
afterAll(() => {
  const head = `${"op".padEnd(18)} cases  largest error  of the tolerance`;
  const foot = `${row("in all", all.cases, all.error, all.units)}, ${report.length} ops, in ${Math.round((Date.now() - begun) / 1000)} s`;
  console.log(["", head, ...report, foot].join("\n"));
});

describe.each(ops)("$name", op => {
  it("has PyTorch's output, gradients and carried statistics", async () => {
    let worst = { units: 0, error: 0 };
    for (const [i, answer] of answers.get(op)!.entries()) {
      const { at } = cases.get(op)![i]!;
      const found = await netpick(cases.get(op)![i]!);
      for (const [name, expected] of Object.entries(flatten(answer, cases.get(op)![i]!.training))) {
        const one = worstError(found[name]!, receive(expected), absolute, relative);
        const where = `${name} of ${op.name} ${JSON.stringify(at.attrs)} on ${JSON.stringify(at.inputs)}`;
        expect(one.units, `${where}: off by ${one.error}`).toBeLessThanOrEqual(1);
        if (one.units > worst.units) worst = one;
      }
    }
    expect(answers.get(op)).toHaveLength(casesPerOp);
    report.push(row(op.name, casesPerOp, worst.error, worst.units));
    all.cases += casesPerOp;
    all.error = Math.max(all.error, worst.error);
    all.units = Math.max(all.units, worst.units);
  });
});

interface Case {
  readonly at: Placed;
  readonly batch: number;
  readonly feeds: Arrays;
  /** Random ops are compared in use: PyTorch draws other numbers. Ops with statistics now and then, too: they are constants. */
  readonly training: boolean;
}

function casesOf(op: Op): Case[] {
  const source = random(deriveSeed("peers", op.name));
  return Array.from({ length: casesPerOp }, (_, i) => randomCase(op, source, i));
}

/** Attributes from the op's own sample; every second case varies what samples leave alone. */
function randomCase(op: Op, source: Random, count: number): Case {
  let tries = 0;
  for (;;) {
    const inputs = randomInputs(op, source);
    const attrs = op.sample(source, inputs, { maxChannels: 12 });
    if (attrs === undefined) continue;
    const at = tryPlace(op, count % 2 === 0 ? attrs : vary(attrs, inputs[0]!, source), inputs);
    if (at === undefined) continue;
    // Some attributes have no spelling; an op that has none at all is left out.
    if (count > 0 && !spellable(at) && tries++ < 100) continue;
    const batch = source.int(3, 5);
    const seed = source.int(0, 1e6);
    // A learned weight's gradient is a sum over positions: so it stays near 1, and its rounding within the tolerance.
    const positions = at.weights.length > 0 ? product(at.output.slice(1)) : 1;
    const dy = batchOf(batch, at.output, seed).map(value => value / Math.sqrt(positions));
    const feeds: Record<string, Float32Array> = { dy };
    // What is nearly constant, brought to variance 1, has gradients of which float32 keeps few digits, PyTorch's too.
    // Of two inputs one may be a denominator.
    // The gradient of attention's keys is what is left of a sum that cancels: small numbers leave small errors.
    const layout =
      "affine" in at.attrs ? "alternating" : "heads" in at.attrs ? "small" : op.arity === 2 ? "offZero" : "smooth";
    for (const [i, shape] of inputs.entries()) feeds[`x/${i}`] = inputOf(at, batch, shape, seed + 1 + i, layout);
    // Larger weights would let states and their rounding grow from step to step.
    const { hiddenSize = 1 } = at.attrs as { hiddenSize?: number };
    for (const [i, { role, shape, trainable }] of at.weights.entries()) {
      const drawn = batchOf(1, shape, seed + 20 + i).map(value => value / Math.sqrt(hiddenSize));
      feeds[`w/${role}`] = trainable ? drawn : drawn.map(value => Math.abs(value) + 0.5);
    }
    const inUse = at.weights.some(({ trainable }) => !trainable) && count % 3 === 0;
    return { at, batch, feeds, training: !draws(op, at.attrs) && !inUse };
  }
}

function randomInputs({ arity }: Op, source: Random): Shape[] {
  const count = source.pick(inputCounts(arity));
  const axes = source.int(1, 5);
  const first = Array.from({ length: axes }, () => source.int(1, axes < 5 ? 10 : 4));
  const equal = source.chance();
  const behind = typeof arity === "number" ? [] : [source.int(1, 6), source.pick([first.at(-1)!, source.int(1, 10)])];
  const like = source.pick([
    ...(typeof arity === "number" ? [] : [(i: number) => (i === 0 ? first : behind)]),
    () => (equal ? first : [source.int(1, 6), ...first.slice(1)]),
    () => first.map(dim => (source.chance(0.3) ? 1 : dim)),
    () => first.with(-1, source.int(1, 10)),
    (i: number) => factor(first, source.int(1, 6), i),
  ]);
  return Array.from({ length: count }, (_, i) => like(i));
}

function vary(attrs: object, [, ...spatial]: Shape, source: Random): object {
  const changed: Record<string, unknown> = { ...attrs };
  const perAxis = (value: unknown, most: number) => (value as number[]).map(() => source.int(1, most));
  if ("dilation" in attrs) changed.dilation = perAxis(attrs.dilation, 3);
  // PyTorch's avg_pool3d refuses kernels larger than the input even where padding makes room.
  if ("kernelSize" in attrs) changed.kernelSize = spatial.map(size => source.int(1, Math.min(size, 3)));
  if ("kernelSize" in attrs && "padding" in attrs)
    changed.padding = (changed.kernelSize as number[]).map(size => source.int(0, size >> 1));
  if ("inPlace" in attrs) changed.inPlace = true;
  if ("eps" in attrs) changed.eps = source.pick([1e-5, 1e-3, 0.1]);
  if ("momentum" in attrs) changed.momentum = source.pick([0.1, 0.5, 0.9]);
  return changed;
}

function spellable({ op, ...at }: Placed): boolean {
  return !("none" in op.pytorch(at));
}

function tryPlace(op: Op, attrs: object, inputs: readonly Shape[]): Placed | undefined {
  try {
    return placeOp(op, attrs, inputs);
  } catch (error) {
    if (error instanceof ShapeMismatch) return undefined;
    throw error;
  }
}

const question = ({ at, batch, feeds, training }: Case): OpCase => ({
  spelling: spelled(at.op.pytorch(at), at.inputs.length),
  training,
  x: at.inputs.map((shape, i) => send(feeds[`x/${i}`]!, [batch, ...shape])),
  weights: Object.fromEntries(at.weights.map(({ role, shape }) => [role, send(feeds[`w/${role}`]!, shape)])),
  dy: send(feeds.dy!, [batch, ...at.output]),
});

/** By netpick's names; what takes places has no gradient. */
const flatten = ({ y, dx, dw, carried }: OpAnswer, training: boolean) => ({
  y,
  ...Object.fromEntries(dx.flatMap((value, i) => (value === null ? [] : [[`dx/${i}`, value]]))),
  ...Object.fromEntries(Object.entries(dw).map(([role, value]) => [`dw/${role}`, value])),
  ...Object.fromEntries(Object.entries(training ? carried : {}).map(([role, value]) => [`carried/${role}`, value])),
});

async function netpick({ at, batch, feeds, training }: Case): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await opSession(at, { training, needs: at.inputs.map(() => true), ...(training && { batch }) });
  const outputs = await session.run(batch, feeds);
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}
