/** 5,000 random calls over all ops, right and wrong: the compiler says of each what the program says. */
import { describe, expect, test } from "vitest";
import { compile } from "./compile.js";
import { programOf, randomCases } from "./random-shapes.js";

const perTest = 1000;

describe("random calls of every op", () => {
  test.each([20, 21, 22, 23, 24])("give in types what they give when they run, seed %i", async seed => {
    const cases = randomCases(perTest, seed);
    const { text, firstLine } = programOf(cases);
    const { errors } = await compile({ random: text });
    const differing = cases.flatMap(({ shapes, call, sentence, output }, i) => {
      const texts = errors.filter(error => error.line === i + firstLine).map(error => error.text);
      // Of two wrong attributes the program names the first, the compiler marks both.
      const refused = texts.every(text => text.includes("ShapeError<"));
      const agree = output
        ? texts.length === 0
        : refused && texts.some(text => text.includes(`ShapeError<"${sentence}">`));
      return agree ? [] : [{ shapes, call, program: sentence ?? output, compiler: texts }];
    });
    expect(differing).toEqual([]);
    const wrong = cases.filter(one => one.sentence !== undefined).length;
    expect(wrong / cases.length).toBeGreaterThan(0.15);
    expect(wrong / cases.length).toBeLessThan(0.5);
  });
});
