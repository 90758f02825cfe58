/** Every example is run as a user runs it, and must print what stands beside it. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const folder = join(import.meta.dirname, "../examples");
const jiti = join(import.meta.dirname, "../node_modules/jiti/lib/jiti-cli.mjs");
const expected = readdirSync(folder).filter(file => file.endsWith(".expected.txt"));

it.each(expected.map(file => file.replace(".expected.txt", "")))(
  "%s",
  async name => {
    const { stdout } = await promisify(execFile)(process.execPath, [jiti, join(folder, `${name}.ts`)]);
    expect(stdout).toBe(readFileSync(join(folder, `${name}.expected.txt`), "utf8"));
  },
  180_000,
);
it("is every program that is no part of another", () => {
  const programs = readdirSync(folder).filter(
    file => file.endsWith(".ts") && !/^export /m.test(readFileSync(join(folder, file), "utf8")),
  );
  expect(expected.map(file => file.replace(".expected.txt", ".ts")).sort()).toEqual(programs.sort());
});
