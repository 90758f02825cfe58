/** Files of a project, as they lie on the disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { pathBeside } from "./python-beside.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-beside-"));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (...parts: string[]): string => join(folder, ...parts);
mkdirSync(place("models", "parts"), { recursive: true });
for (const name of ["models/net.py", "models/parts/__init__.py", "models/parts/ops.py", "shared.py", "models/taken"])
  writeFileSync(place(name), "");

it.each([
  [".parts", "models/parts/__init__.py"],
  [".parts.ops", "models/parts/ops.py"],
  ["parts.ops", "models/parts/ops.py"],
  ["..shared", "shared.py"],
  ["shared", "shared.py"],
  ["models.parts.ops", "models/parts/ops.py"],
  [".shared", undefined],
  // A file where a folder would be, and a name longer than a disk knows.
  ["taken.ops", undefined],
  ["a".repeat(5000), undefined],
])("finds %s", (module, found) => {
  expect(pathBeside(module, place("models/net.py"))).toBe(found && place(found));
});
