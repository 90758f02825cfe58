/** Strategies: what is done where an edit cannot be, or can be in several ways; and every kind of bad input. */
import { describe, expect, test } from "vitest";
import { graph } from "../build/index.js";
import { print } from "../graph/index.js";
import { analyse } from "../op/index.js";
import { initialWeights } from "../train/index.js";
import { operate, type Strategy } from "./index.js";

const refusal = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "done",
    (error: Error) => `${error.name}: ${error.message}`,
  );
const sizes = (made: Parameters<typeof analyse>[0]) =>
  Object.fromEntries([...analyse(made).shapes].map(([name, shape]) => [name, shape[0]]));

/** Without linear_3, what it read would stand in the concat beside linear_2, and be added to itself. */
const cycle = graph({ x: [3] }, ({ x }) => {
  const a = x.linear(5);
  const b = a.linear(3);
  return { y: b.concat(a.relu().linear(2).tanh()).add(a).linear(2) };
}).graph;

describe("size cycles", () => {
  test("are refused, and named", async () => {
    expect(await refusal(operate(cycle).remove("linear_3").apply())).toMatchInlineSnapshot(
      `"SurgeryError: remove linear_3: a size would have to exceed itself, got the cycle relu_1, linear_1, add_1, concat_1, tanh_1, linear_3; keep one of them apart, or remove the layer with its path (resolve: "path")"`,
    );
    expect(await refusal(operate(cycle).connect("linear_1", "concat_1").apply())).toMatchInlineSnapshot(
      `"SurgeryError: connect linear_1 to concat_1: a size would have to exceed itself, got the cycle linear_1, add_1, concat_1; keep one of them apart"`,
    );
  });

  test("are resolved by removing the whole path", async () => {
    const weights = initialWeights(cycle, 1);
    const done = await operate({ graph: cycle, weights }).remove("linear_3", { resolve: "path" }).apply();
    expect(print(done.graph)).toMatchInlineSnapshot(`
      "network network
      x = input [3]
      linear_1 = linear(x) outFeatures=3 bias=true
      linear_2 = linear(linear_1) outFeatures=3 bias=true
      concat_1 = concat(linear_2) axis=0
      add_1 = add(concat_1, linear_1) inPlace=false
      y = linear(add_1) outFeatures=2 bias=true
      return y"
    `);
    expect(done.report.steps.map(({ edit }) => edit)).toEqual([
      "disconnect tanh_1 from concat_1",
      "remove linear_3 with its path relu_1, linear_3, tanh_1",
    ]);
    // Where nothing is in the way, only the layer goes.
    const alone = await operate(cycle).remove("relu_1", { resolve: "path" }).apply();
    expect(alone.graph.nodes).toHaveLength(cycle.nodes.length - 1);
  });

  test("what is in the way for another reason is no cycle", async () => {
    const residual = graph({ x: [3] }, ({ x }) => {
      const a = x.linear(4);
      return { y: a.add(a.linear(6).linear(4)).linear(2) };
    }).graph;
    expect(
      await refusal(
        operate(residual, { frozen: ["linear_1", "linear_3"] })
          .remove("linear_3")
          .apply(),
      ),
    ).toMatchInlineSnapshot(
      `"SurgeryError: remove linear_3: this cannot all be, got linear_3 is frozen; linear_2 and linear_3 have equally many channels; ask for less"`,
    );
  });
});

describe("alignment", () => {
  const chain = graph({ x: [3] }, ({ x }) => ({ y: x.linear(4).linear(9).linear(2) })).graph;
  const other = (strategy: Strategy) =>
    operate(chain)
      .remove("linear_2", strategy)
      .apply()
      .then(done => sizes(done.graph).linear_1);
  test("the wider, or the narrower layer changes", async () => {
    expect(await other({ alignment: "shrink" })).toBe(4);
    expect(await other({ alignment: "grow" })).toBe(9);
    const sum = operate(chain).connect("linear_1", "y", { alignment: "shrink" });
    expect(sizes((await sum.apply()).graph)).toMatchObject({ linear_1: 4, linear_2: 4 });
  });
});

describe("bounds", () => {
  test("hold for every edit", async () => {
    const chain = graph({ x: [3] }, ({ x }) => ({ y: x.linear(8).linear(6).linear(2) })).graph;
    const bounds = { linear_1: [6, 9] } as const;
    const cut = await operate(chain, { bounds }).resize({ linear_1: -5 }).apply();
    expect(sizes(cut.graph).linear_1).toBe(6);
    expect(cut.report.steps[0]!.relaxed).toEqual(["linear_1"]);
    const more = { linear_1: { by: 5, relaxed: true } };
    expect(sizes((await operate(chain, { bounds }).resize(more).apply()).graph).linear_1).toBe(9);
    const removed = await operate(chain, { bounds, alignment: "least" }).remove("linear_2").apply();
    expect(sizes(removed.graph).linear_1).toBeGreaterThanOrEqual(6);
    expect(
      await refusal(operate(chain, { bounds, fallback: "refuse" }).resize({ linear_1: -5 }).apply()),
    ).toMatchInlineSnapshot(
      `"SurgeryError: resize linear_1 -5: this cannot all be, got linear_1 keeps from 6 to 9 channels; linear_1 is to have 3 channels; ask for less"`,
    );
  });
});

describe("on failure", () => {
  const subject = { graph: cycle, weights: initialWeights(cycle, 1) };
  const wrong = (strategy: Strategy) =>
    operate(subject, strategy).resize({ linear_1: 1 }).remove("linear_3").resize({ linear_1: 1 });
  test("a refused edit leaves the very same objects", async () => {
    const before = JSON.stringify([subject.graph, ...Object.values(subject.weights).map(values => [...values])]);
    const done = await operate(subject, { onFailure: "skip" }).remove("linear_3").apply();
    expect(done.graph).toBe(subject.graph);
    expect(done.weights).toBe(subject.weights);
    expect(done.report.refused).toHaveLength(1);
    await refusal(wrong({}).apply());
    expect(JSON.stringify([subject.graph, ...Object.values(subject.weights).map(values => [...values])])).toBe(before);
  });

  test("the edit is left out, or all are", async () => {
    expect(await refusal(wrong({}).apply())).toContain("a size would have to exceed itself");
    const skipped = await wrong({ onFailure: "skip" }).apply();
    expect(sizes(skipped.graph).linear_1).toBe(7);
    expect(skipped.report.text).toContain("refused: remove linear_3: a size would have to exceed itself");
    const undone = await wrong({ onFailure: "undo" }).apply();
    expect(undone.graph).toBe(subject.graph);
    expect(undone.weights).toBe(subject.weights);
  });

  test("edits together are all done, or none", async () => {
    const done = await operate(subject)
      .resize({ linear_1: 1 })
      .together(edits => edits.resize({ linear_1: 1 }).remove("linear_3"), { onFailure: "skip" })
      .together(edits => edits.resize({ linear_1: 1 }).remove("relu_1"), { onFailure: "skip" })
      .apply();
    expect(sizes(done.graph).linear_1).toBe(7);
    expect(done.graph.nodes.map(({ name }) => name)).not.toContain("relu_1");
    expect(done.graph.nodes.map(({ name }) => name)).toContain("linear_3");
  });
});

describe("bad input", () => {
  const net = graph({ x: [3] }, ({ x }) => ({ y: x.linear(4).relu().linear(4).linear(2) })).graph;
  const weights = initialWeights(net, 1);
  const told = (edit: (operation: ReturnType<typeof operate>) => ReturnType<typeof operate>, strategy?: Strategy) =>
    refusal(edit(operate({ graph: net, weights }, strategy)).apply());

  test("a name that does not exist: the nearest are offered", async () => {
    const layer = { name: "new", op: "relu", attrs: {} };
    expect([
      await told(o => o.resize({ liner_1: 1 })),
      await told(o => o.remove("liner_1")),
      await told(o => o.insert("liner_1", layer)),
      await told(o => o.insert("linear_1", { ...layer, readers: ["liner_2"] })),
      await told(o => o.insert("linear_1", { ...layer, readers: ["y"] })),
      await told(o => o.insert("linear_1", { ...layer, op: "rlu" })),
      await told(o => o.insert("linear_1", { ...layer, attrs: { alpha: 1 } })),
      await told(o => o.connect("liner_1", "y")),
      await told(o => o.connect("linear_1", "yy")),
      await told(o => o.disconnect("linear_1", "yy")),
      await told(o => o.resize({ linear_1: 1 }, { frozen: ["liner_2"] })),
      await told(o => o.resize({ linear_1: 1 }, { bounds: { liner_2: [1, 2] } })),
      await told(o => o.resize({ linear_1: 1 }, { without: { liner_2: [0] } })),
      await told(o => o.prune({ params: 0.5 }, { frozen: ["liner_2"] })),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: surgery: there is no layer of that name, got liner_1; did you mean linear_1 or linear_2?",
        "SurgeryError: surgery: there is no layer of that name, got liner_1; did you mean linear_1 or linear_2?",
        "SurgeryError: insert new behind liner_1: there is no layer of that name, got liner_1; did you mean linear_1 or linear_2?",
        "SurgeryError: surgery: there is no layer of that name, got liner_2; did you mean linear_1 or linear_2?",
        "SurgeryError: insert new behind linear_1: y does not read linear_1, got linear_2; name what does",
        "SurgeryError: insert new behind linear_1: rlu: there is no such op, got "rlu"; did you mean celu or elu or gelu or glu or gru or prelu or relu or relu6 or rnn or selu or silu?",
        "SurgeryError: insert new behind linear_1: relu: there is no such attribute, got alpha; known are inPlace",
        "SurgeryError: connect liner_1 to y: there is no layer of that name, got liner_1; did you mean linear_1 or linear_2?",
        "SurgeryError: surgery: there is no layer of that name, got yy; did you mean y?",
        "SurgeryError: surgery: there is no layer of that name, got yy; did you mean y?",
        "SurgeryError: surgery: there is no layer of that name, got liner_2; did you mean linear_1 or linear_2?",
        "SurgeryError: surgery: there is no layer of that name, got liner_2; did you mean linear_1 or linear_2?",
        "SurgeryError: surgery: there is no layer of that name, got liner_2; did you mean linear_1 or linear_2?",
        "SurgeryError: surgery: there is no layer of that name, got liner_2; did you mean linear_1 or linear_2?",
      ]
    `);
  });

  test("sizes, bounds, budgets and channels that cannot be", async () => {
    expect([
      await told(o => o.resize({ linear_1: { to: 0 } })),
      await told(o => o.resize({ linear_1: { to: 2.5 } })),
      await told(o => o.resize({ linear_1: Number.NaN })),
      await told(o => o.resize({ linear_1: -4 }, { fallback: "refuse" })),
      await told(o => o.resize({ linear_1: 1 }, { bounds: { linear_1: [5, 2] } })),
      await told(o => o.resize({ linear_1: -1 }, { without: { linear_1: [4] } })),
      await told(o => o.resize({ linear_1: -1 }, { without: { y: [0] } })),
      await told(o => o.prune({ params: 3 })),
      await told(o => o.prune({ params: -1 })),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: resize: a size is a whole number from 1, got 0 for linear_1; give one",
        "SurgeryError: resize: a size is a whole number from 1, got 2.5 for linear_1; give one",
        "SurgeryError: resize: a change is a whole number, got NaN for linear_1; give one",
        "SurgeryError: resize linear_1 -4: this cannot all be, got linear_1 keeps at least 1 channel; linear_1 is to have 0 channels; ask for less",
        "SurgeryError: bounds: they are [least, most] from 1, got [5, 2] for linear_1; give such",
        "SurgeryError: without: linear_1 has no such channel, got 4; count from 0",
        "SurgeryError: without: y keeps its channel 0, got one that output y holds; leave it, or name another layer",
        "SurgeryError: prune to 3 params: the smallest that can be reached is 10 params, got 3; ask for more",
        "SurgeryError: prune: a budget must be above 0, got -1 params; give a share or a number",
      ]
    `);
  });

  test("worths that are none", async () => {
    const worth = (value: unknown) => ({ utility: () => value }) as Strategy;
    expect([
      await told(o => o.resize({ linear_1: -1 }), worth([1, 2])),
      await told(o => o.resize({ linear_1: -1 }), worth([1, 2, Number.NaN, 4])),
      await told(o => o.resize({ linear_1: -1 }), worth(Number.POSITIVE_INFINITY)),
      await told(o => o.prune({ params: 0.5 }), worth([1])),
    ]).toMatchInlineSnapshot(`
      [
        "SurgeryError: utility: linear_1 has 4 channels, got 2 values; give one for each",
        "SurgeryError: utility: a value of linear_1 is not a number, got NaN for channel 2; give a number",
        "SurgeryError: utility: a value of linear_1 is not a number, got Infinity for channel 0; give a number",
        "SurgeryError: utility: linear_1 has 4 channels, got 1 values; give one for each",
      ]
    `);
  });

  test("a frozen layer in the way is named", async () => {
    expect(await told(o => o.resize({ linear_2: -1 }), { frozen: ["y"] })).toMatchInlineSnapshot(
      `"SurgeryError: resize linear_2 -1: this cannot all be, got y is frozen; linear_2 is to have fewer channels than 4; ask for less"`,
    );
  });

  test("a node of another program in the way is named", async () => {
    const attrs = {
      ...{ operator: "Whiten", domain: "org.example", version: 1, attributes: [], outputs: 1, output: 0, each: true },
      ...{ inputs: [["tensor", "float32", [4]]], type: "float32", shape: [4] },
    };
    const nodes = net.nodes.map(node => (node.name === "relu_1" ? { ...node, op: "opaque", attrs } : node));
    const held = { ...net, inputs: [{ name: "x", shape: [3] }], nodes };
    expect(await refusal(operate(held).resize({ linear_1: 1 }).apply())).toMatchInlineSnapshot(
      `"SurgeryError: resize linear_1 +1: this cannot all be, got linear_1 is to have more channels than 4, though relu_1 (opaque) keeps its own; ask for less"`,
    );
  });
});
