/** Networks that netpick writes to ONNX: accepted by the onnx package's checker with its shape inference, and by every version. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readLayerLists } from "../../src/formats/layer-list.js";
import { readOnnx } from "../../src/formats/onnx/index.js";
import "../../src/ops/index.js";
import { deriveSeed, random } from "../../src/random.js";
import { float32 } from "../../src/runtime/session.js";
import { initialWeights, writeOnnx } from "../../src/train/index.js";
import { runOnce } from "../battery/every-node.js";
import { randomInputs, randomNetwork } from "../battery/random-network.js";

const published = new URL("../fixtures/netpicking_networks.json", import.meta.url);
const graphs = [
  ...readLayerLists(JSON.parse(readFileSync(published, "utf8"))).map(({ graph }) => graph),
  ...Array.from({ length: 200 }, (_, i) =>
    randomNetwork(random(deriveSeed("onnx written", i)), `n${i}`, { nodes: 15 }),
  ),
];

const program = `
import json, sys, onnx
for line in sys.stdin:
    file = line.strip()
    try:
        onnx.checker.check_model(onnx.load(file), full_check=True)
    except Exception as error:
        print("wrong", file, str(error)[:300].replace("\\n", " "))
    else:
        print("accepted")
`;

it("the checker accepts version 17, and what all versions give is the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "netpick-written-onnx-"));
  try {
    const files: string[] = [];
    for (const [i, graph] of graphs.entries()) {
      const weights = initialWeights(graph, i);
      const file = join(folder, `${i}.onnx`);
      const bytes = writeOnnx(graph, weights, { opset: 17 });
      writeFileSync(file, bytes);
      files.push(file);
      expect(readOnnx(bytes).graph).toEqual(graph);
      if (i >= 66 && i % 4 > 0) continue;
      const values = randomInputs(graph, 2, i);
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, shape }) => [name, float32(values[name]!, [2, ...shape])]),
      );
      const wanted = await runOnce(bytes, feeds);
      for (const opset of i < 66 ? [18] : [18, 19, 20, 21]) {
        const found = await runOnce(writeOnnx(graph, weights, { opset }), feeds);
        for (const [name, { data }] of Object.entries(wanted)) {
          const worst = Math.max(
            ...Array.from(
              data as Float32Array,
              (value, k) => Math.abs(value - Number(found[name]!.data[k])) / (1 + Math.abs(value)),
            ),
          );
          expect(worst, `${graph.name}, version ${opset}`).toBeLessThan(1e-5);
        }
      }
    }
    const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", program], {
      input: files.join("\n"),
      encoding: "utf8",
    });
    const lines = stdout.split("\n").filter(line => line !== "");
    expect(
      lines.filter(line => line !== "accepted"),
      stderr,
    ).toEqual([]);
    expect(lines.length).toBe(graphs.length);
    console.log(`networks written to ONNX: ${lines.length} accepted by the checker`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
