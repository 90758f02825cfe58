/** docs/describe.md: every example is compiled, run, and prints what stands under it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatWithOptions } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Compiled, compile } from "./compile.js";

const root = resolve(import.meta.dirname, "../..");
const page = await readFile(join(root, "docs/describe.md"), "utf8");

interface Example {
  readonly code: string;
  readonly wrong: boolean;
  readonly prints: string;
}
const examples: Example[] = [...page.matchAll(/```ts( wrong)?\n([\s\S]*?)```\n(?:```text\n([\s\S]*?)```)?/g)].map(
  ([, wrong, code, prints]) => ({ code: code!, wrong: wrong !== undefined, prints: prints ?? "" }),
);

let folder: string;
let compiled: Compiled;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "netpick-docs-"));
  const console = "declare const console: { log(...values: unknown[]): void };";
  compiled = await compile(Object.fromEntries(examples.map(({ code }, i) => [`example${i}`, `${code}\n${console}`])));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(code: string, name: string): Promise<string> {
  const front = JSON.stringify(join(root, "src/build/index.ts"));
  const file = join(folder, `${name}.ts`);
  await writeFile(file, code.replaceAll('"netpick"', front));
  const printed: string[] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((...values) => {
    printed.push(`${formatWithOptions({ colors: false }, ...values)}\n`);
  });
  try {
    await import(/* @vite-ignore */ file);
  } finally {
    spy.mockRestore();
  }
  return printed.join("");
}

test.each(examples.map((example, i) => [i, example] as const))("example %i", async (i, { code, wrong, prints }) => {
  const errors = compiled.errors.filter(error => error.program === `example${i}`);
  if (!wrong) {
    expect(errors).toEqual([]);
    expect(await run(code, `example${i}`)).toBe(prints);
    return;
  }
  const lines = code.split("\n");
  const marked = lines.findIndex(line => /^\/\/ +\^/.test(line));
  const [, space, sentence] = /^(\/\/ +)\^ (.*)$/.exec(lines[marked]!) as unknown as [string, string, string];
  expect(errors).toMatchObject([{ line: marked, column: space.length + 1 }]);
  expect(errors[0]!.text).toContain(`ShapeError<"${sentence}">`);
  await expect(run(code, `example${i}`)).rejects.toThrow(sentence);
});
