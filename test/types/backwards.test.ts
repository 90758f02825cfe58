/** 300 networks drawn backwards from their output: all compile, and the compiler infers the output that was wanted. */
import { describe, expect, test } from "vitest";
import * as netpick from "../../src/build/index.js";
import { allOps } from "../../src/op/index.js";
import { type Written, writtenNetworks } from "./backwards.js";
import { compile } from "./compile.js";
import { literal } from "./random-shapes.js";

const makers = Object.keys(netpick).filter(name => /^[A-Z]/.test(name) && name !== "Network");
const head = [
  `import { graph, type Network, ${makers.join(", ")} } from "netpick";`,
  "type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
  "declare function same<T extends true>(): void;",
];
const line = ({ text, inputs, output }: Written): string =>
  `{ const made = ${text}; same<Equal<typeof made, Network<${literal(inputs)}, ${literal(output)}>>>(); }`;

const perTest = 100;
const all = writtenNetworks(3 * perTest, 1);

describe("networks drawn backwards", () => {
  test.each([0, 1, 2])("compile to the shape that was wanted, hundred %i", async hundred => {
    const written = all.slice(hundred * perTest, (hundred + 1) * perTest);
    const { errors } = await compile({ backwards: [...head, ...written.map(line)].join("\n") });
    const wrong = errors.map(error => ({ text: error.text, program: written[error.line - head.length - 1]?.text }));
    expect(wrong).toEqual([]);
  });

  test("use every op, and several in a network", () => {
    const used = new Set(all.flatMap(({ ops }) => ops));
    expect([...allOps.keys()].filter(name => !used.has(name))).toEqual([]);
    expect(all.filter(({ ops }) => ops.length > 3).length).toBeGreaterThan(all.length / 2);
  });
});
