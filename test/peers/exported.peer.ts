/** Networks that PyTorch writes to ONNX: read, with PyTorch's outputs and number of parameters. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readOnnx } from "../../src/formats/onnx/index.js";
import { figures } from "../../src/op/index.js";
import "../../src/ops/index.js";
import { float32 } from "../../src/runtime/session.js";
import { inferenceModel } from "../../src/train/index.js";
import { runOnce } from "../battery/every-node.js";

interface Case {
  readonly file: string;
  readonly parameters: number;
  readonly x: readonly number[];
  readonly dims: readonly number[];
  readonly y: readonly number[];
}

it("networks of three versions, with an open batch and with a fixed one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "netpick-exported-"));
  try {
    const program = fileURLToPath(new URL("exported.py", import.meta.url));
    const { stdout, stderr, status } = spawnSync("/usr/bin/python3", [program, folder], {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    expect(status, stderr).toBe(0);
    const cases = stdout
      .split("\n")
      .flatMap(line => (line.startsWith("case ") ? [JSON.parse(line.slice(5)) as Case] : []));
    let worst = 0;
    for (const { file, parameters, x, dims, y } of cases) {
      const { graph, weights } = readOnnx(readFileSync(file));
      expect(graph.inputs, file).toEqual([{ name: "x", shape: dims.slice(1) }]);
      const model = inferenceModel(graph, { weights });
      const results = await runOnce(model, { x: float32(Float32Array.from(x), dims) });
      const found = Object.values(results)[0]!.data as Float32Array;
      expect(found.length, file).toBe(y.length);
      const error = Math.max(...y.map((value, i) => Math.abs(value - found[i]!)));
      expect(error, basename(file)).toBeLessThan(1e-4);
      worst = Math.max(worst, error);
      // PyTorch writes batch norms behind convolutions into their weights.
      if (!file.includes("net")) expect(figures(graph).params, basename(file)).toBe(parameters);
    }
    expect(cases.length).toBe(60);
    console.log(`networks written by PyTorch: ${cases.length} read, largest error ${worst.toExponential(1)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
