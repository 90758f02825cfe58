/** What types cost the compiler: instantiations are pinned, so that a change that makes them dearer is seen at once. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Compiled, compile } from "./compile.js";
import { chain } from "./networks.js";

const nothing = 'import { network } from "netpick";\nexport const made = network;';
let base: Compiled;
beforeAll(async () => {
  base = await compile({ nothing });
});

/** What a network of so many layers may cost beyond the sources themselves; some 200 instantiations a layer. */
describe.each([
  { layers: 20, fluent: 12_000, named: 12_000 },
  { layers: 100, fluent: 29_000, named: 29_000 },
  { layers: 600, fluent: 130_000, named: 125_000 },
])("a network of $layers layers, each of its own sizes", ({ layers, ...budget }) => {
  test.each(["fluent", "named"] as const)("%s: is understood within its budget", async style => {
    const compiled = await compile({ chain: chain(layers, style) });
    expect(compiled.errors).toEqual([]);
    const cost = compiled.figure("Instantiations") - base.figure("Instantiations");
    expect(cost).toBeGreaterThan(budget[style] / 2);
    expect(cost).toBeLessThan(budget[style]);
  });
});

const built = "dist/build/index.js";
/** `npm test` builds first. */
test.skipIf(!existsSync(join(import.meta.dirname, "../..", built)))("declarations say what sources say", async () => {
  const compiled = await compile({ chain: chain(20, "named"), short: chain(20, "fluent") }, built);
  expect(compiled.errors).toEqual([]);
  const wrong = 'import { graph } from "netpick";\ngraph({ x: [1, 4, 4] }, ({ x }) => x.conv2d(20, 5));';
  const { errors } = await compile({ wrong }, built);
  expect(errors.map(error => error.text)).toEqual([
    `Argument of type 'number' is not assignable to parameter of type 'ShapeError<"conv2d: kernel 5 does not fit, got height 4; use a smaller kernel or dilation, or more padding">'.`,
  ]);
});
