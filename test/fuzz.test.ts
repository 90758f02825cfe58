/** Mutated files over every parser, and that the fuzzing finds what it looks for. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, test } from "vitest";

const out = mkdtempSync(join(tmpdir(), "netpick-faults-"));
afterAll(() => rmSync(out, { recursive: true }));

function fuzz(...args: string[]) {
  const script = new URL("../scripts/fuzz.mjs", import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync("node", [script, ...args], { encoding: "utf8" });
  const rows = stdout
    .trim()
    .split("\n")
    .slice(1)
    .map(line => line.split(/\s{2,}/));
  return { status, stderr, rows };
}

it("finds no fault in some thousand mutated files; of every kind some are read and some refused", () => {
  const { status, stderr, rows } = fuzz("--inputs", "2600", "--seed", "5");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(rows).toHaveLength(13);
  for (const [parser, inputs, accepted, refused, slowest, peak] of rows) {
    expect(Number(inputs), parser).toBe(200);
    expect(Number(accepted), parser).toBeGreaterThan(10);
    expect(Number(refused), parser).toBeGreaterThan(10);
    expect(Number(slowest), parser).toBeLessThan(1000);
    expect(Number(peak), parser).toBeLessThan(512);
  }
}, 120_000);

const faulty = (only: string) =>
  fuzz(
    "--parsers",
    new URL("fixtures/faulty-parsers.mjs", import.meta.url).href,
    "--only",
    only,
    "--out",
    out,
    "--inputs",
    "40",
    "--seed",
    "112",
  );

it("finds nothing in a sound parser", () => {
  const { status, rows } = faulty("sound");
  expect(status).toBe(0);
  expect(rows[0]!.slice(0, 2)).toEqual(["sound", "40"]);
});

test.each([
  ["crash", "crash: SIGABRT"],
  ["hang", "hang: more than 5000 ms"],
  ["slow", "hang: it took "],
  ["memory", "memory: "],
  ["heap", "crash: SIGABRT"],
  ["foreign", "foreign error: TypeError: Cannot read properties of undefined"],
  ["placeless", "foreign error: Error: refused"],
  ["hidden", "foreign error: TypeError: not a function"],
])(
  "finds a parser's %s, and writes the input to a file",
  (only, what) => {
    const { status, stderr } = faulty(only);
    expect(status).toBe(1);
    expect(stderr).toContain(`FAILED ${only}, input `);
    expect(stderr).toContain(what);
    const [file] = readdirSync(out).filter(name => name.startsWith(`${only}-`));
    expect(readFileSync(join(out, file!), "utf8")).toBe("7");
  },
  60_000,
);
