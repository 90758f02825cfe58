/** `sample` of every op: whatever it gives must be valid, for any input shape. */
import * as fc from "fast-check";
import { expect } from "vitest";
import { type Arity, type Op, readAttrs } from "../../src/op/index.js";
import { random } from "../../src/random.js";
import { product, type Shape } from "../../src/shape/index.js";

const size = fc.integer({ min: 1, max: 7 });
const shape = fc.array(size, { maxLength: 5 });

/** Numbers of inputs to try. */
export const inputCounts = (arity: Arity): readonly number[] =>
  typeof arity === "number" ? [arity] : "oneOf" in arity ? arity.oneOf : [0, 1, 2].map(more => arity.atLeast + more);

/** Shapes for an op's inputs: equal, or equal before or after an axis, or here and there 1, or factors, or unlike. */
export function inputShapes({ arity }: Op): fc.Arbitrary<Shape[]> {
  if (arity === 1) return shape.map(one => [one]);
  return fc.tuple(shape, fc.constantFrom(...inputCounts(arity))).chain(([first, count]) => {
    const list = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: count, maxLength: count });
    return fc.oneof(
      list(fc.constant(first)),
      list(size.map(head => (first.length === 0 ? [] : [head, ...first.slice(1)]))),
      list(fc.tuple(...first.map(dim => fc.constantFrom(1, dim)))),
      list(size.map(last => (first.length === 0 ? [] : first.with(-1, last)))),
      list(size).map(sizes => sizes.map((dim, i) => factor(first, dim, i))),
      list(shape),
    );
  });
}

/** Every second shape ends in the first one's last size and another, so that matrices can be multiplied. */
export const factor = (first: Shape, dim: number, i: number): Shape =>
  i % 2 === 0 || first.length < 2 ? first : [...first.slice(0, -2), first.at(-1)!, dim];

/** Returns how many samples there were: 0 would prove nothing. */
export function checkSamples(op: Op): number {
  let found = 0;
  const property = fc.property(
    inputShapes(op),
    fc.integer(),
    fc.integer({ min: 1, max: 12 }),
    shape,
    (inputs, seed, maxChannels, other) => {
      const attrs = op.sample(random(seed), inputs, { maxChannels });
      if (attrs !== undefined) {
        found++;
        checkValid(op, inputs, attrs);
        for (const chosen of freshSizes(attrs)) expect(chosen).toBeLessThanOrEqual(maxChannels);
      }
      // Besides any shape: one that the op has just shown it can give.
      const reachable = attrs === undefined ? [] : [op.shape(inputs, attrs)];
      for (const output of [other, ...reachable]) {
        const chosen = op.sample(random(seed), inputs, { output, maxChannels });
        if (chosen === undefined) continue;
        checkValid(op, inputs, chosen);
        expect(op.shape(inputs, chosen)).toEqual(output);
      }
    },
  );
  fc.assert(property, { numRuns: 300, seed: 1 });
  return found;
}

/** Numbers of output channels or features, where the op chooses them. */
const freshSizes = (attrs: object): number[] =>
  ["outChannels", "outFeatures", "hiddenSize"].flatMap(name =>
    name in attrs ? [(attrs as Record<string, number>)[name]!] : [],
  );

function checkValid(op: Op, inputs: readonly Shape[], attrs: object): void {
  expect(readAttrs(op, JSON.parse(JSON.stringify(attrs)))).toEqual(attrs);
  const output = op.shape(inputs, attrs);
  for (const dim of output) expect(Number.isSafeInteger(dim) && dim >= 1, `size ${dim}`).toBe(true);
  for (const spec of op.weights(inputs, attrs)) expect(product(spec.shape)).toBeGreaterThanOrEqual(1);
  const { macs, autogradOps, saved } = op.cost({ attrs, inputs, output });
  for (const figure of [macs, autogradOps, saved]) expect(Number.isSafeInteger(figure) && figure >= 0).toBe(true);
}
