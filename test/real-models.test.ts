/** A share of `npm run proof:models`: published networks and a transformer, pruned, run, and held against masks. */
import { expect, test } from "vitest";
import { prunedModel, realModels } from "./battery/edits/real-models.js";

const named = (name: string) => realModels.find(one => one.name === name)!;

// A transformer's norms divide by what all channels are together: behind the first its nodes are compared alone. A head
// is a third of what its layers have in common: what is left may be far below the budget.
test.each([
  { name: "ResNet-18", share: 0.3, least: 0.297, toTheEnd: true },
  { name: "transformer", share: 0.6, least: 0.3, toTheEnd: false },
])(
  "$name to $share of its parameters: met, run, every node as with masks",
  async ({ name, share, least, toTheEnd }) => {
    const { before, after, compared, amplified, outputs, report } = await prunedModel(named(name), share);
    expect(after.params).toBeLessThanOrEqual(share * before.params);
    expect(after.params).toBeGreaterThan(least * before.params);
    expect(compared).toBeGreaterThan(100);
    expect(amplified).toBe(0);
    expect(outputs).toBe(toTheEnd);
    expect(report.split("\n").length).toBeLessThan(30);
  },
  120_000,
);
