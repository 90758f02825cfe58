import { test } from "vitest";
import { compile } from "/work/main/test/types/compile.js";
import { chain } from "/work/main/test/types/networks.js";

test("probe", async () => {
  const base = await compile('import { graph } from "netpick"; export const x = graph;');
  console.log(
    base.errors.slice(0, 3),
    base.figure("Instantiations"),
    base.figure("Check time"),
    base.figure("Total time"),
  );
  for (const n of [20, 100])
    for (const style of ["fluent", "named"] as const) {
      const c = await compile(chain(n, style));
      console.log(
        n,
        style,
        c.errors.slice(0, 3),
        c.figure("Instantiations") - base.figure("Instantiations"),
        c.figure("Check time"),
        c.figure("Total time"),
      );
    }
}, 100000);
