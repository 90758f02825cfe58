/** What the compiler says of descriptions, held against what the program says of the same ones. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Compiled, compile, type Diagnostic } from "./compile.js";
import { misspelt, wrong } from "./wrong.js";

const here = import.meta.dirname;
/** The file without the marks that make the compiler expect its errors. */
let wrongText: string;
let compiled: Compiled;

beforeAll(async () => {
  const read = (file: string): Promise<string> => readFile(join(here, file), "utf8");
  const asProgram = (text: string): string => text.replaceAll('"../../src/build/index.js"', '"netpick"');
  wrongText = asProgram(await read("wrong.ts")).replaceAll("// @ts-expect-error", "//");
  compiled = await compile({
    exact: asProgram(await read("exact.ts")),
    wrong: wrongText,
  });
});

const errorsOf = (program: string): Diagnostic[] => compiled.errors.filter(error => error.program === program);

/** Errors of `wrong.ts` by the name of their case. */
function byCase(): Map<string, Diagnostic[]> {
  const lines = wrongText.split("\n");
  const found = new Map<string, Diagnostic[]>();
  for (const error of errorsOf("wrong")) {
    const start = lines.slice(0, error.line).findLast(line => /^ {2}"/.test(line));
    const name = /^ {2}"(.*)":/.exec(start!)![1]!;
    found.set(name, [...(found.get(name) ?? []), error]);
  }
  return found;
}

const spoken = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  return "it was not refused";
};

test("shapes, generics and unknown sizes are exact in types", () => {
  expect(errorsOf("exact")).toEqual([]);
});

describe("wrong descriptions", () => {
  test.each(Object.entries(wrong))("%s: the compiler says what the program says", (name, make) => {
    const sentence = spoken(make);
    const errors = byCase().get(name) ?? [];
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error.text).toContain(`ShapeError<"${sentence}">`);
  });

  test.each(Object.entries(misspelt))("%s: both refuse", (name, make) => {
    expect(byCase().get(name)).toHaveLength(1);
    expect(make).toThrow();
  });

  test("are shown by the compiler at the guilty place", async () => {
    const lines = wrongText.split("\n");
    const show = ({ line, column, code, text }: Diagnostic): string[] => {
      const source = lines[line - 1]!;
      const indent = source.length - source.trimStart().length;
      return [`    ${source.trim()}`, `    ${" ".repeat(column - 1 - indent)}^ ${code}: ${text}`];
    };
    const all = { ...wrong, ...misspelt };
    const pages = [...byCase()].map(([name, errors]) =>
      [name, ...errors.flatMap(show), `    when it runs: ${spoken(all[name]!)}`].join("\n"),
    );
    await expect(`${pages.join("\n\n")}\n`).toMatchFileSnapshot("wrong.expected.txt");
  });
});
