/** The battery: what every op record must fulfil, proved on a table of small cases. */
import { describe, expect, it } from "vitest";
import { graphFromJson, hash } from "../../src/graph/index.js";
import { allOps, assemble, draws, findOp, type Op, readAttrs, resolve } from "../../src/op/index.js";
import type { Tensors } from "../../src/runtime/session.js";
import { product, type Shape, show } from "../../src/shape/index.js";
import { compareGradient } from "./differences.js";
import { type Arrays, type Mode, opSession, type Placed, placeOp } from "./op-model.js";
import type { Reference } from "./reference.js";
import { checkSamples } from "./sampled.js";
import { batchOf, inputOf, type Layout } from "./values.js";

export interface Row {
  /** As a person writes them. */
  readonly attrs?: object;
  readonly inputs: readonly Shape[];
  /** Worked out by hand. */
  readonly output?: Shape;
  /** Multiply-accumulates, worked out by hand. */
  readonly macs?: number;
  /** The whole sentence with which the op refuses. */
  readonly error?: string;
}
export interface Options {
  /** Layout of the inputs' values that keeps differences away from kinks. */
  readonly layout?: Layout;
  /** Output in use, as plain loops. */
  readonly reference?: Reference;
  /** Samples in the batch whose gradient is compared; 2 unless told. */
  readonly batch?: number;
}

export function testOp<A extends object>(record: Op<A>, rows: readonly Row[], options: Options = {}): void {
  const op = findOp(record.name);
  describe(op.name, () => {
    it("is registered and has rows that run", () => {
      expect(allOps.get(op.name)).toBe(record);
      expect(rows.some(row => row.error === undefined)).toBe(true);
    });
    it("samples valid attributes, and the wanted output", () => {
      expect(checkSamples(op)).toBeGreaterThan(0);
    });
    for (const row of rows) {
      describe(`${row.inputs.map(show).join(" and ")} ${JSON.stringify(row.attrs ?? {})}`, () => {
        if (row.error === undefined) testRow(op, row, options);
        else
          it("is refused", () => {
            expect(refusal(op, row)).toBe(row.error);
          });
      });
    }
  });
}

function refusal(op: Op, row: Row): string {
  try {
    placeOp(op, row.attrs ?? {}, row.inputs);
  } catch (error) {
    return (error as Error).message;
  }
  return "not refused";
}

function testRow(op: Op, row: Row, options: Options): void {
  const at = placeOp(op, row.attrs ?? {}, row.inputs);
  it("has the shapes, weights and cost that it says", () => {
    if (row.output) expect(at.output).toEqual(row.output);
    const { macs, autogradOps, saved } = op.cost(at);
    if (row.macs !== undefined) expect(macs).toBe(row.macs);
    for (const figure of [macs, autogradOps, saved]) expect(figure).toBeGreaterThanOrEqual(0);
  });
  it("runs in batches of 1, 2 and 3", () => testForward(at, options));
  it("has the gradients that finite differences have", () => testGradients(at, options));
  it("leaves out the gradients that nobody needs", () => testNeeds(at, options));
  it("is the same after JSON", () => testJson(at, row));
}

/** Values for every input and weight, and for the gradient of the output. */
function feedsFor(at: Placed, batch: number, layout?: Layout): Arrays {
  const feeds: Record<string, Float32Array> = { dy: batchOf(batch, at.output, 5) };
  for (const [i, shape] of at.inputs.entries()) feeds[`x/${i}`] = inputOf(at, batch, shape, 11 + i, layout);
  for (const [i, { role, shape, trainable }] of at.weights.entries()) {
    const drawn = batchOf(1, shape, 101 + i);
    // Carried statistics may be variances: positive.
    feeds[`w/${role}`] = trainable ? drawn : drawn.map(value => Math.abs(value) + 0.5);
  }
  return feeds;
}

const repeatable = ({ op, attrs, weights }: Placed): boolean =>
  !draws(op, attrs) && weights.every(spec => spec.trainable);

async function testForward(at: Placed, { layout, reference }: Options): Promise<void> {
  const use = await opSession(at, { training: false });
  const training = await opSession(at, { training: true });
  for (const batch of [2, 1, 3]) {
    const feeds = feedsFor(at, batch, layout);
    const { y } = await use.run(batch, feeds);
    const trained = await training.run(batch, feeds);
    expect(y!.dims).toEqual([batch, ...at.output]);
    expect(trained.y!.dims).toEqual([batch, ...at.output]);
    for (const { role, shape, trainable } of at.weights) {
      if (!trainable) expect(trained[`carried/${role}`]!.dims).toEqual(shape);
    }
    if (repeatable(at)) expect(trained.y!.data).toEqual(y!.data);
    if (reference) expectNear(y!.data as Float32Array, referenceOf(at, batch, feeds, reference));
  }
  await Promise.all([use.release(), training.release()]);
}

function referenceOf(at: Placed, batch: number, feeds: Arrays, reference: Reference): number[] {
  const w = Object.fromEntries(at.weights.map(({ role }) => [role, feeds[`w/${role}`]!]));
  return Array.from({ length: batch }, (_, i) => {
    const x = at.inputs.map((shape, k) => feeds[`x/${k}`]!.subarray(i * product(shape), (i + 1) * product(shape)));
    return reference({ ...at, x, w });
  }).flat();
}

function expectNear(found: Float32Array, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => {
    const error = Math.abs(found[i]! - value);
    expect(error <= 1e-5 * (1 + Math.abs(value)), `element ${i}: ${found[i]} instead of ${value}`).toBe(true);
  });
}

async function testGradients(at: Placed, { layout, batch = 2 }: Options): Promise<void> {
  const feeds = feedsFor(at, batch, layout);
  const isRandom = draws(at.op, at.attrs);
  // What is drawn depends on how batches stand: random ops are differentiated as they train.
  const mode = { training: true, ...(isRandom && { batch }) };
  const needs = at.inputs.map(() => true);
  const gradients = await runOnce(at, { ...mode, needs }, batch, feeds);
  if (!isRandom) {
    const known = await runOnce(at, { ...mode, needs, batch }, batch, feeds);
    for (const [name, { data }] of Object.entries(gradients)) {
      expectNear(known[name]!.data as Float32Array, [...(data as Float32Array)]);
    }
  }
  const repeated = isRandom ? undefined : await opSession(at, mode);
  const forward = async (changed: Arrays): Promise<Float32Array> => {
    // A random op draws on in a session; a fresh one draws the same again.
    const run = repeated ?? (await opSession(at, mode));
    const { y } = await run.run(batch, { ...feeds, ...changed });
    if (run !== repeated) await run.release();
    return y!.data as Float32Array;
  };
  if (at.op.indices) expect(Object.keys(gradients).filter(name => name.startsWith("dx/"))).toEqual([]);
  const names = [
    ...(at.op.indices ? [] : at.inputs.map((_, i) => [`x/${i}`, `dx/${i}`] as const)),
    ...at.weights.filter(spec => spec.trainable).map(({ role }) => [`w/${role}`, `dw/${role}`] as const),
  ];
  for (const [name, gradient] of names) {
    // An input without a gradient is one that changes nothing: differences show it.
    const changesNothing = gradients[gradient] === undefined && gradient.startsWith("dx/");
    const given = changesNothing ? new Float32Array(feeds[name]!.length) : (gradients[gradient]!.data as Float32Array);
    expect(given.length, gradient).toBe(feeds[name]!.length);
    const still = rowOfZeros(at, name);
    if (still)
      expect(given.subarray(...still), `${gradient}, the row that does not learn`).toEqual(
        new Float32Array(still[1] - still[0]),
      );
    const move = (moved: Float32Array) => {
      if (still) moved.set(feeds[name]!.subarray(...still), still[0]);
      return forward({ [name]: moved });
    };
    const compared = await compareGradient(move, feeds[name]!, feeds.dy!, given);
    expect(compared.worst, `${gradient}, ${compared.where}`).toBeLessThanOrEqual(1);
  }
  await repeated?.release();
}

async function runOnce(at: Placed, mode: Mode, batch: number, feeds: Arrays): Promise<Tensors> {
  const session = await opSession(at, mode);
  const outputs = await session.run(batch, feeds);
  await session.release();
  return outputs;
}

/** From where to where the row of a weight stands that does not learn. */
function rowOfZeros({ weights }: Placed, name: string): [number, number] | undefined {
  const { shape = [], zeroRow } = weights.find(({ role }) => name === `w/${role}`) ?? {};
  if (zeroRow === undefined) return undefined;
  const length = product(shape.slice(1));
  return [zeroRow * length, (zeroRow + 1) * length];
}

/** Ops that learn leave the input's gradient out; ops of several inputs give the needed ones unchanged. */
async function testNeeds(at: Placed, { layout }: Options): Promise<void> {
  const all = at.inputs.map(() => true);
  const learns = at.weights.some(spec => spec.trainable);
  const subsets = at.inputs.map((_, skipped) => all.map((_, i) => i !== skipped));
  const feeds = feedsFor(at, 2, layout);
  const run = async (needs: readonly boolean[]) => {
    const session = await opSession(at, { training: true, needs });
    const outputs = await session.run(2, feeds);
    await session.release();
    return outputs;
  };
  const full = await run(all);
  for (const needs of subsets) {
    if (!learns && !needs.includes(true)) continue;
    const part = await run(needs);
    if (learns)
      expect(Object.keys(part)).toEqual(
        Object.keys(full).filter(name => !name.startsWith("dx/") || needs[Number(name.slice(3))]),
      );
    for (const name of Object.keys(part)) expect(part[name]!.data, name).toEqual(full[name]!.data);
    for (const [i, needed] of needs.entries()) if (needed) expect(part).toHaveProperty([`dx/${i}`]);
  }
}

function testJson({ op, attrs, inputs }: Placed, row: Row): void {
  const a = assemble("alone");
  const names = inputs.map((shape, i) => a.input(`x${i}`, shape));
  const graph = a.finish(a.node(op.name, names, row.attrs ?? {}));
  expect(graph.nodes[0]!.attrs).toEqual(attrs);
  const back = resolve(graphFromJson(JSON.parse(JSON.stringify(graph))));
  expect(back).toEqual(graph);
  expect(hash(back)).toBe(hash(graph));
  const strange = { ...row.attrs, colour: 1 };
  expect(() => readAttrs(op, strange)).toThrow(`${op.name}: there is no such attribute, got colour; `);
}
