/** The arithmetic of src/shape/nat.ts on random numbers of every length: numbers in, their results asserted in types. */
import { expect, test } from "vitest";
import { type Random, random } from "../../src/random.js";
import { compile } from "./compile.js";

const number = (source: Random, most: number): number => Math.floor(source.float() * 10 ** source.int(0, most));

const head = `import type { Add, AddN, Digits, DivN, Divides, Mul, Print, SubN } from "netpick";
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function is<Yes extends true>(): void;
type Sub<A, B> = SubN<Digits<A> & string, Digits<B> & string> extends infer R extends string ? Print<R> : null;
type Div<A, B> = Print<DivN<Digits<A> & string, Digits<B> & string>>;`;

test("sums, differences, products and quotients of literal types are those of the numbers", async () => {
  const source = random(7);
  const lines = Array.from({ length: 400 }, () => {
    const [a, b] = [number(source, 12), number(source, 7)];
    const [c, d] = [number(source, 7), number(source, 5) + 1];
    return [
      `is<Equal<Add<${a}, ${b}>, ${a + b}>>();`,
      `is<Equal<Sub<${a}, ${b}>, ${a < b ? null : a - b}>>();`,
      `is<Equal<Mul<${b}, ${c}>, ${b * c}>>();`,
      `is<Equal<Div<${a}, ${d}>, ${Math.floor(a / d)}>>();`,
      `is<Equal<Divides<${d}, ${c}>, ${c % d === 0}>>();`,
      `is<Equal<Divides<${d}, ${c * d}>, true>>();`,
    ].join(" ");
  });
  const unknown = ["number", "1 | 2", "1.5", "-1", "1e21"].map(
    what => `is<Equal<Add<${what}, 4>, number>>(); is<Equal<Mul<4, ${what}>, number>>(); is<Divides<4, ${what}>>();`,
  );
  const { errors } = await compile({ arithmetic: [head, ...lines, ...unknown].join("\n") }, "src/shape/nat.js");
  expect(errors).toEqual([]);
});
