import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { allOps } from "../op/index.js";
import "./index.js";

it("every op has rows in the battery", () => {
  const folder = new URL("./", import.meta.url);
  const tests = readdirSync(folder).filter(name => name.endsWith(".test.ts"));
  const text = tests.map(name => readFileSync(new URL(name, folder), "utf8")).join("\n");
  const proved = new Set(Array.from(text.matchAll(/^test(?:Op|Activation)\(\s*(\w+),/gm), ([, name]) => name));
  expect([...allOps.keys()].filter(name => !proved.has(name))).toEqual([]);
});
