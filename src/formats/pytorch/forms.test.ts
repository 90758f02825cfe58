/** Lines of known form mean what the parser says of them, in every file, whatever has been read before. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { deriveSeed, random } from "../../random.js";
import { statementsByLine } from "./lines.js";
import { parse, parseWhole } from "./parse.js";

const folder = new URL("../../../test/fixtures/pytorch/", import.meta.url);
const texts = readdirSync(folder).map(name => readFileSync(new URL(name, folder), "utf8"));
const byLine = (text: string) => parse({ file: "a.py", text });
const byParser = (text: string) => parseWhole({ file: "a.py", text });
const parsed = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return (error as { sentence: string }).sentence;
  }
};

it("gives what the parser gives, for files whose digits, words and signs change", () => {
  const source = random(deriveSeed("forms", 1));
  let plain = 0;
  for (let i = 0; i < 400; i++) {
    const tokens = source.pick(texts).match(/\w+|\s+|[^\w\s]/g)!;
    for (let k = source.int(0, 6); k > 0; k--) {
      const at = source.int(0, tokens.length - 1);
      if (/^\d/.test(tokens[at]!))
        tokens[at] = source.pick(["7", "0.5", "1e-5", "0x10", "1_0", "3.", "10", "2j", "''"]);
      else if (source.chance(0.2)) tokens[at] = source.pick(tokens);
    }
    const text = tokens.join("");
    const ifPython = (lines: string) => {
      try {
        return byParser(lines);
      } catch {
        return undefined;
      }
    };
    if (statementsByLine(text, ifPython)) plain++;
    expect(
      parsed(() => byLine(text)),
      text,
    ).toEqual(parsed(() => byParser(text)));
  }
  expect(plain).toBeGreaterThan(100);
});

test.each([
  [
    "self.f1 = nn.Conv2d(in_channels=16, kernel_size=(3, 5))",
    "self.f2 = nn.Conv2d(in_channels=32, kernel_size=(7, 1))",
  ],
  ["x2 = 1e-5 + 1.25 - .5 * 3_0", "x3 = 2e-6 + 9.75 - .4 * 6_1"],
  ["from a1 import b1 as c1", "from a2 import b2 as c2"],
  ["f(a1=lambda b1: b1)", "f(a2=lambda b2: b2)"],
  ["x = 'a1' + f'{b1}'", "x = 'a2' + f'{b2}'"],
  ["x = 0x1F", "x = 0x2F"],
  ["x[1:2, ::3] += y1", "x[4:5, ::6] += y2"],
  ["x = [a1 for a1 in b1 if 1 < a1 < 2]", "x = [a3 for a3 in b3 if 4 < a3 < 5]"],
])("a line's digits are its own: %s", (first, second) => {
  byLine(`${first}\n`);
  const text = `if a:\n    ${second}\n`;
  expect(statementsByLine(text, byParser)).toEqual(byParser(text));
});
