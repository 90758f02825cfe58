import { describe, expect, it } from "vitest";
import { sequence } from "../../test/battery/networks.js";
import { placeOp } from "../../test/battery/op-model.js";
import { findOp } from "../op/index.js";
import { initialWeights } from "../train/index.js";
import "./index.js";

describe("weights", () => {
  const both = { hiddenSize: 4, layers: 2, bidirectional: true };

  it("are PyTorch's: list(nn.LSTM(3, 4, 2, bidirectional=True).state_dict()), in camelCase", () => {
    const { weights } = placeOp(findOp("lstm"), both, [[5, 3]]);
    const snake = (role: string) => role.replace(/[A-Z]/g, upper => `_${upper.toLowerCase()}`);
    expect(weights.map(({ role, shape }) => [snake(role), shape])).toEqual([
      ["weight_ih_l0", [16, 3]],
      ["weight_hh_l0", [16, 4]],
      ["bias_ih_l0", [16]],
      ["bias_hh_l0", [16]],
      ["weight_ih_l0_reverse", [16, 3]],
      ["weight_hh_l0_reverse", [16, 4]],
      ["bias_ih_l0_reverse", [16]],
      ["bias_hh_l0_reverse", [16]],
      ["weight_ih_l1", [16, 8]],
      ["weight_hh_l1", [16, 4]],
      ["bias_ih_l1", [16]],
      ["bias_hh_l1", [16]],
      ["weight_ih_l1_reverse", [16, 8]],
      ["weight_hh_l1_reverse", [16, 4]],
      ["bias_ih_l1_reverse", [16]],
      ["bias_hh_l1_reverse", [16]],
    ]);
  });

  it.each(["rnn", "lstm", "gru"])("%s begins uniform within 1 / sqrt(hiddenSize), biases too", op => {
    const first = initialWeights(sequence("first", [5, 300], [op, { hiddenSize: 100 }]), 1);
    for (const values of Object.values(first)) {
      const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(most).toBeLessThanOrEqual(0.1);
      expect(most).toBeGreaterThan(0.09);
    }
  });
});

describe("cost", () => {
  // Nodes that PyTorch 1.13 records for nn.RNN(4, 3), nn.LSTM(4, 3) and nn.GRU(4, 3) on five steps, counted there.
  it.each([
    ["rnn", {}, 30],
    ["lstm", {}, 75],
    ["gru", {}, 80],
    ["lstm", { bias: false }, 74],
    ["gru", { layers: 2 }, 156],
    ["lstm", { bidirectional: true }, 149],
    ["rnn", { bidirectional: true, layers: 2 }, 112],
    ["gru", { bidirectional: true, layers: 3, bias: false }, 463],
    ["lstm", { layers: 3, output: "last" }, 219],
    ["lstm", { bidirectional: true, layers: 3, output: "last" }, 442],
  ])("%s %j records %i nodes in PyTorch", (name, attrs, nodes) => {
    const op = findOp(name);
    expect(op.cost(placeOp(op, { hiddenSize: 3, ...attrs }, [[5, 4]])).autogradOps).toBe(nodes);
  });

  it("keeps the states of all layers, where they are not the output itself", () => {
    const saved = (attrs: object) => {
      const op = findOp("lstm");
      return op.cost(placeOp(op, { hiddenSize: 3, ...attrs }, [[5, 4]])).saved;
    };
    expect(saved({})).toBe(0);
    expect(saved({ output: "last" })).toBe(15);
    expect(saved({ layers: 3, bidirectional: true })).toBe(2 * 30);
  });
});
