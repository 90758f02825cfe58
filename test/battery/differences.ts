/** Gradients by finite differences: the proof that needs no other library. */
import { random } from "../../src/random.js";
import { values } from "./values.js";

/** Values come in float32, whose rounding a smaller step would blow up; a power of 2, so that adding it rounds little. */
const step = 1 / 32;
/** Most elements of a tensor that are moved one by one; the direction moves all of them. */
const mostElements = 16;
/** Of 1 plus the largest gradient: about ten times what rounding leaves, far less than any term left out. */
const tolerance = 4e-4;

/** The forward pass as a function of one tensor. */
export type Forward = (moved: Float32Array) => Promise<Float32Array>;

/** What was compared, and the largest error in units of the tolerance. */
export interface Compared {
  readonly count: number;
  readonly worst: number;
  readonly where: string;
}

/**
 * Compares `gradient` with (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, where f is the sum of dy * y, taken in double
 * precision: for single elements, and along a random direction in which every element takes part.
 */
export async function compareGradient(
  forward: Forward,
  at: Float32Array,
  dy: Float32Array,
  gradient: Float32Array,
): Promise<Compared> {
  const source = random(at.length);
  const chosen = Array.from({ length: Math.min(mostElements, at.length) }, (_, i) =>
    at.length <= mostElements ? i : source.int(0, at.length - 1),
  );
  const scale = tolerance * (1 + gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const everywhere = values(at.length, source).map(value => value / 1.5);
  let worst = { error: 0, where: "nowhere" };
  const compare = async (direction: ReadonlyMap<number, number>, where: string): Promise<void> => {
    const found = await slope(forward, at, dy, direction);
    let expected = 0;
    for (const [i, share] of direction) expected += gradient[i]! * share;
    const error = Math.abs(found - expected) / scale;
    if (!(error <= worst.error)) worst = { error, where: `${where}: gradient ${expected}, difference ${found}` };
  };
  for (const i of chosen) await compare(new Map([[i, 1]]), `element ${i}`);
  await compare(new Map(everywhere.entries()), "all elements");
  return { count: chosen.length + 1, worst: worst.error, where: worst.where };
}

async function slope(
  forward: Forward,
  at: Float32Array,
  dy: Float32Array,
  direction: ReadonlyMap<number, number>,
): Promise<number> {
  const move = async (steps: number): Promise<Float32Array> => {
    const moved = Float32Array.from(at);
    for (const [i, share] of direction) moved[i] = at[i]! + steps * step * share;
    return forward(moved);
  };
  const near = weightedDifference(dy, await move(1), await move(-1));
  const far = weightedDifference(dy, await move(2), await move(-2));
  return (8 * near - far) / (12 * step);
}

function weightedDifference(dy: Float32Array, above: Float32Array, below: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < dy.length; i++) sum += dy[i]! * (above[i]! - below[i]!);
  return sum;
}
