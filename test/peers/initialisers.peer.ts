/** Statistics of first weights against PyTorch's initialisers. */
import { expect, it } from "vitest";
import { random } from "../../src/random.js";
import { drawWeights, type InitSettings } from "../../src/train/initialisers.js";
import { askPyTorch } from "./pytorch.js";

const rows: readonly (readonly [InitSettings, shape: number[], initialiser: string])[] = [
  [{ name: "kaimingNormal" }, [200, 50, 3, 2], "kaiming_normal_(w)"],
  [
    { name: "kaimingNormal", mode: "fanOut", gain: 5 / 3 },
    [300, 200],
    "kaiming_normal_(w, mode='fan_out', nonlinearity='tanh')",
  ],
  [{ name: "kaimingUniform" }, [300, 200], "kaiming_uniform_(w)"],
  [
    { name: "kaimingUniform", mode: "fanOut", gain: 1 },
    [100, 50, 3, 3],
    "kaiming_uniform_(w, mode='fan_out', nonlinearity='linear')",
  ],
  [{ name: "xavierNormal", gain: 2 }, [100, 50, 11], "xavier_normal_(w, 2)"],
  [{ name: "xavierUniform" }, [100, 50, 11], "xavier_uniform_(w)"],
  [
    { name: "truncatedNormal", std: 0.02, a: -0.04, b: 0.04 },
    [300, 200],
    "trunc_normal_(w, std=0.02, a=-0.04, b=0.04)",
  ],
  [{ name: "truncatedNormal", std: 1, mean: 1, a: 0, b: 4 }, [300, 200], "trunc_normal_(w, 1, 1, 0, 4)"],
  [{ name: "orthogonal", gain: 3 }, [250, 200], "orthogonal_(w, 3)"],
  [{ name: "constant", value: 0.25 }, [3, 4], "constant_(w, 0.25)"],
];

interface Statistics {
  readonly mean: number;
  readonly variance: number;
  readonly largest: number;
}
const answers = askPyTorch<Statistics>(rows.map(([, shape, initialiser]) => ({ shape, initialiser })));

it.each(rows.map(([settings, shape, initialiser], i) => ({ settings, shape, initialiser, i })))("$initialiser", row => {
  const values = Float64Array.from(drawWeights(row.settings, row.shape, random(5)));
  const { mean, variance, largest } = answers[row.i]!;
  const found = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length;
  // Two samples of each: the variance of a normal one is off by sqrt(2 / count) of itself.
  expect(Math.abs(found - mean)).toBeLessThanOrEqual(6 * Math.sqrt((2 * variance) / values.length));
  expect(Math.abs(spread - variance)).toBeLessThanOrEqual(6 * Math.sqrt(4 / values.length) * variance);
  const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(Math.abs(most / largest - 1)).toBeLessThan(/Normal|orthogonal/.test(row.settings.name) ? 0.35 : 1e-3);
});
