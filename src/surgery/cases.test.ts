import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("every worked case comes out as stated", () => {
  const { stdout, status } = spawnSync("node", ["scripts/cases.mjs", "test/fixtures/surgery.json"], {
    encoding: "utf8",
  });
  expect({ last: stdout.trim().split("\n").at(-1), status }).toEqual({ last: "57 passed, 0 failed", status: 0 });
});
