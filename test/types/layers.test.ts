/** Blocks, branches and what is composed of them: what the compiler says of random ones, held against what the program says. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Compiled, compile } from "./compile.js";
import { randomLayers } from "./random-layers.js";
import { programOf } from "./random-shapes.js";

const cases = randomLayers(600, 7);
const program = programOf(cases);
let compiled: Compiled;
beforeAll(async () => {
  compiled = await compile({ layers: program.text });
});

describe("random layers", () => {
  test("give in types what they give when they run", () => {
    const differing = cases.flatMap(({ shapes, call, sentence, output }, i) => {
      const texts = compiled.errors.filter(error => error.line === i + program.firstLine).map(error => error.text);
      // Of two wrong attributes the program names the first, the compiler marks both.
      const agree = output
        ? texts.length === 0
        : texts.every(text => text.includes("ShapeError<")) &&
          texts.some(text => text.includes(`ShapeError<"${sentence}">`));
      return agree ? [] : [{ shapes, call, program: sentence ?? output, compiler: texts }];
    });
    expect(differing).toEqual([]);
  });

  test("are right and wrong in fair shares", () => {
    const refused = cases.filter(one => one.sentence !== undefined).length;
    expect(refused / cases.length).toBeGreaterThan(0.15);
    expect(refused / cases.length).toBeLessThan(0.5);
  });
});
