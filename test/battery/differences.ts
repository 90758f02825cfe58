/** Gradients by finite differences: the proof that needs no other library. */
import { random } from "../../src/random.js";
import { values } from "./values.js";

/** Most elements of a tensor that are moved one by one; the direction moves all of them. */
const mostElements = 16;
/**
 * How far to move; powers of 2, so that adding them rounds little. Values come in float32, whose rounding a smaller step
 * would blow up, but deep networks and those with kinks inside need one that they hardly bend within. The tolerance, in
 * units of 1 plus the largest gradient, is about ten times what rounding leaves at that step and far less than any term
 * left out.
 */
const smooth = { step: 1 / 32, tolerance: 4e-4 };
const bent = { step: 1 / 512, tolerance: 4e-3 };

/** The forward pass as a function of one tensor. */
export type Forward = (moved: Float32Array) => Promise<Float32Array>;

/** What was compared, and the largest error in units of the tolerance. */
export interface Compared {
  /** Directions. */
  readonly count: number;
  readonly worst: number;
  readonly where: string;
  /** Directions that said nothing, because the function has a kink within the step. */
  readonly kinked: number;
}

/**
 * Compares `gradient` with (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, where f is the sum of dy * y, taken in double
 * precision: for single elements, and along a random direction in which every element takes part. With `bends`, a
 * direction counts only when half the step gives the same slope.
 */
export async function compareGradient(
  forward: Forward,
  at: Float32Array,
  dy: Float32Array,
  gradient: Float32Array,
  bends = false,
): Promise<Compared> {
  const slope = slopeOf(forward, at, dy);
  const { step, tolerance } = bends ? bent : smooth;
  const scale = tolerance * (1 + gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const all = directions(at.length);
  let kinked = 0;
  let worst = { error: 0, where: "nowhere" };
  for (const { direction, where } of all) {
    const found = await slope(direction, step);
    if (bends && Math.abs(found - (await slope(direction, step / 2))) > scale / 2) {
      kinked++;
      continue;
    }
    let expected = 0;
    for (const [i, share] of direction) expected += gradient[i]! * share;
    const error = Math.abs(found - expected) / scale;
    if (!(error <= worst.error)) worst = { error, where: `${where}: gradient ${expected}, difference ${found}` };
  }
  return { count: all.length, worst: worst.error, where: worst.where, kinked };
}

type Direction = ReadonlyMap<number, number>;

function directions(count: number): { direction: Direction; where: string }[] {
  const source = random(count);
  const elements = Array.from({ length: Math.min(mostElements, count) }, (_, i) =>
    count <= mostElements ? i : source.int(0, count - 1),
  );
  // No longer than a few elements together, so that a step stays a small one.
  const everywhere = values(count, source).map(value => value / Math.max(1, Math.sqrt(count) / 4));
  return [
    ...elements.map(i => ({ direction: new Map([[i, 1]]), where: `element ${i}` })),
    { direction: new Map(everywhere.entries()), where: "all elements" },
  ];
}

function slopeOf(forward: Forward, at: Float32Array, dy: Float32Array) {
  const move = (direction: Direction, length: number): Promise<Float32Array> => {
    const moved = Float32Array.from(at);
    for (const [i, share] of direction) moved[i] = at[i]! + length * share;
    return forward(moved);
  };
  const across = async (direction: Direction, length: number): Promise<number> => {
    const [above, below] = [await move(direction, length), await move(direction, -length)];
    let sum = 0;
    for (let i = 0; i < dy.length; i++) sum += dy[i]! * (above[i]! - below[i]!);
    return sum;
  };
  return async (direction: Direction, step: number): Promise<number> =>
    (8 * (await across(direction, step)) - (await across(direction, 2 * step))) / (12 * step);
}
