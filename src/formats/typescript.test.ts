import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomNetwork } from "../../test/battery/random-network.js";
import { compile } from "../../test/types/compile.js";
import * as build from "../build/index.js";
import { type Graph, hash } from "../graph/index.js";
import { assemble } from "../op/index.js";
import { random } from "../random.js";
import { readLayerLists } from "./layer-list.js";
import { TypeScriptError, writeTypeScript } from "./typescript.js";

/** What the program exports, run against the sources. */
function run(text: string): Graph {
  const body = text
    .replace(/^import \{(.*)\}.*$/m, "const {$1} = netpick;")
    .replace(/^export const \w+ =/m, "return")
    .replaceAll(" as never", "");
  return (new Function("netpick", body)(build) as { graph: Graph }).graph;
}
const published = readLayerLists(
  JSON.parse(readFileSync(new URL("../../test/fixtures/netpicking_networks.json", import.meta.url), "utf8")),
).map(({ graph }) => graph);

describe("a typed description", () => {
  it("of a network reads as a person writes it", () => {
    const a = assemble("small");
    const conv = a.node(
      "conv2d",
      [a.input("x", [1, 8, 8])],
      { outChannels: 4, kernelSize: 3, padding: 1 },
      { name: "cv1" },
    );
    expect(
      writeTypeScript(a.finish(a.node("linear", [a.node("flatten", [conv])], { outFeatures: 10, bias: false }))),
    ).toBe(
      `import { graph } from "netpick";

export const smallNet = graph({ "x": [1, 8, 8] }, ({ "x": x }) => {
  const cv1 = x.conv2d(4, [3,3], { padding: [1,1] });
  const flatten_1 = cv1.flatten();
  const linear_1 = flatten_1.linear(10, { bias: false });
  return linear_1;
}, { name: "small" });
`,
    );
  });

  it("of each published network compiles and describes the same graph", async () => {
    const texts = published.map(writeTypeScript);
    texts.forEach((text, i) => {
      expect(hash(run(text))).toBe(hash(published[i]!));
    });
    const { errors } = await compile(Object.fromEntries(texts.map((text, i) => [`p${i}`, text])));
    expect(errors).toEqual([]);
  }, 120_000);

  it("of random networks over all ops compiles and describes the same graph", async () => {
    const graphs = Array.from({ length: 60 }, (_, i) => randomNetwork(random(i), `net${i}`, { nodes: 20 }));
    const written = graphs.flatMap(graph => {
      try {
        return [[graph, writeTypeScript(graph)] as const];
      } catch (error) {
        if (!(error instanceof TypeScriptError)) throw error;
        return [];
      }
    });
    expect(written.length).toBeGreaterThan(40);
    for (const [graph, text] of written) expect(hash(run(text))).toBe(hash(graph));
    const { errors } = await compile(Object.fromEntries(written.map(([{ name }, text]) => [name, text])));
    expect(errors).toEqual([]);
  }, 120_000);
});
