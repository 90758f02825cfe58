import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { allOps } from "../op/index.js";
import * as ops from "./index.js";

it("every op has rows in the battery", () => {
  const folder = new URL("./", import.meta.url);
  const tests = readdirSync(folder).filter(name => name.endsWith(".test.ts"));
  const text = tests.map(name => readFileSync(new URL(name, folder), "utf8")).join("\n");
  const proved = new Set(Array.from(text.matchAll(/^test(?:Op|Activation)\(\s*(\w+),/gm), ([, name]) => name));
  expect([...allOps.keys()].filter(name => !proved.has(name))).toEqual([]);
});

// What is not among the exports counts as a program's own op, which `fit` trains in the program's own process.
it("every op is exported", () => {
  const exported = new Set<unknown>(Object.values(ops));
  expect([...allOps].filter(([, record]) => !exported.has(record)).map(([name]) => name)).toEqual([]);
});
