import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprint, type Graph, print, verify } from "../graph/index.js";
import { analyse, figures } from "../op/index.js";
import { product } from "../shape/index.js";
import { type NetpickingOptions, netpickingNetworks, netpickingPlan, type PlannedNetwork } from "./netpicking.js";
import { activations, computations } from "./table.js";

/** Networks per computation and activation. */
function counts(plan: readonly PlannedNetwork[]): Record<string, number[]> {
  const table: Record<string, number[]> = {};
  for (const { computation, activation } of plan) {
    table[computation] ??= activations.map(() => 0);
    table[computation]![activations.indexOf(activation)]!++;
  }
  return table;
}

/** Every rule that networks of a plan keep; the scores are log-probabilities of the classes. */
function expectSound(plan: readonly PlannedNetwork[], { classes = 10, limits = {} }: Partial<NetpickingOptions>): void {
  for (const { name, graph, computation, activation } of plan) {
    verify(graph);
    expect(graph.name).toBe(name);
    expect(Object.isFrozen(graph.nodes.at(-1)!.attrs)).toBe(true);
    // A copy has no analysis yet, so that every rule of every op is asked again.
    const copy = structuredClone(graph) as Graph;
    const { shapes } = analyse(copy);
    expect(shapes).toEqual(analyse(graph).shapes);
    expect(shapes.get(graph.outputs[0]!)).toEqual([classes]);
    expect(graph.nodes.at(-1)!.op).toBe("logSoftmax");
    const found = figures(copy);
    for (const [key, limit] of Object.entries(limits)) {
      if (limit !== undefined) expect(found[key as "macs"]).toBeLessThanOrEqual(limit);
    }
    const used = activations.filter(op => graph.nodes.some(node => node.op === op));
    expect(used, `${name} of ${computation}`).toEqual(activation === "none" ? [] : [activation]);
  }
  expect(new Set(plan.map(one => one.name)).size).toBe(plan.length);
  expect(new Set(plan.map(one => fingerprint(one.graph))).size).toBe(plan.length);
}

describe("the plan", () => {
  const plan = netpickingPlan({ n: 1001, seed: 42 });

  test("of 1001 networks is the published table", () => {
    expect(counts(plan)).toEqual({
      Basic: [1, 0, 0, 0, 0],
      Linear: [55, 23, 24, 25, 23],
      Conv1d: [59, 23, 24, 21, 23],
      Conv2d: [61, 23, 23, 20, 23],
      Conv3d: [57, 23, 23, 22, 25],
      Conv1dThenLinear: [34, 17, 17, 17, 15],
      Conv2dThenLinear: [38, 14, 16, 16, 16],
      Conv3dThenLinear: [33, 18, 16, 18, 15],
      ResNetStyle: [0, 100, 0, 0, 0],
    });
    expectSound(plan, {});
  });

  test("prints as ever", () => {
    const names = ["Basic", "Linear_3", "Conv1dTanh_2", "Conv2dReLU_12", "Conv3d_1", "Conv2dThenLinearSELU_1"];
    const printed = plan.filter(one => names.includes(one.name)).map(one => print(one.graph));
    expect(printed.join("\n\n")).toMatchSnapshot();
  });

  test("has the baseline's published figures", () => {
    expect(figures(plan[0]!.graph)).toMatchObject({ params: 7850, memoryElements: 1588, autogradOps: 4 });
  });

  test("sees the pixels in the published shapes", () => {
    for (const { computation, graph } of plan) {
      const [first] = graph.nodes;
      const rank = /^Conv(\d)d/.exec(computation)?.[1];
      const views = { 1: [16, 49], 2: [1, 28, 28], 3: [1, 16, 7, 7] };
      const resNet = computation === "ResNetStyle" ? views[2] : [784];
      expect(first).toMatchObject({ op: "reshape", attrs: { shape: rank ? views[rank as "1"] : resNet } });
    }
  });

  test("spreads basic blocks over the activations where any view may be", () => {
    const any = netpickingPlan({ n: 1001, seed: 1, views: "any" });
    expect(counts(any)).toEqual({ ...counts(plan), ResNetStyle: [0, 25, 25, 25, 25] });
    expectSound(any, {});
    const shapes = any.map(one => String(one.graph.nodes[0]!.attrs.shape));
    expect(new Set(shapes).size).toBeGreaterThan(60);
  });

  test.each(Array.from({ length: 60 }, (_, i) => i + 1))("of %i networks has as many, the baseline first", n => {
    const some = netpickingPlan({ n, seed: n });
    expect(some.length).toBe(n);
    expect(some[0]!.name).toBe("Basic");
    expect(new Set(some.map(one => fingerprint(one.graph))).size).toBe(n);
    // Largest remainders: no cell is off by one or more.
    for (const [computation, row] of Object.entries(counts(some)).slice(1)) {
      const whole = counts(plan)[computation]!;
      row.forEach((count, i) => {
        expect(Math.abs(count - (whole[i]! * (n - 1)) / 1000)).toBeLessThan(1);
      });
    }
  });

  test("comes again from the same seed, and otherwise from another", () => {
    const of = (seed: number): string[] => netpickingPlan({ n: 60, seed }).map(one => fingerprint(one.graph));
    expect(of(1)).toEqual(of(1));
    expect(of(1).filter(one => of(2).includes(one)).length).toBeLessThan(5);
  });

  test("keeps its networks when it grows", () => {
    const large = new Map(plan.map(one => [one.name, fingerprint(one.graph)]));
    for (const { name, graph } of netpickingPlan({ n: 100, seed: 42 })) {
      expect(fingerprint(graph)).toBe(large.get(name));
    }
  });

  test("is made one by one", () => {
    const networks = netpickingNetworks({ n: 10_000_000, seed: 1 });
    expect(networks.next().value).toMatchObject({ name: "Basic" });
    expect(networks.next().value).toMatchObject({ name: "Linear_1" });
  });
});

describe("ten thousand networks", () => {
  test.each(["published", "any"] as const)("of %s views are all sound and distinct", views => {
    const seen = new Set<string>();
    for (const { graph } of netpickingNetworks({ n: 10_000, seed: 7, views })) {
      const { shapes } = analyse({ ...graph });
      if (String(shapes.get(graph.outputs[0]!)) !== "10") throw new Error(print(graph));
      seen.add(fingerprint(verify(graph)));
    }
    expect(seen.size).toBe(10_000);
  });
});

describe("any plan", () => {
  const limit = (low: number, high: number) => fc.option(fc.integer({ min: low, max: high }), { nil: undefined });

  test("is sound, within its limits and reproducible", () => {
    const options = fc.record({
      n: fc.integer({ min: 1, max: 60 }),
      seed: fc.integer(),
      views: fc.constantFrom("published" as const, "published" as const, "any" as const),
      limits: fc.record({
        params: limit(7850, 200_000),
        macs: limit(200_000, 3_000_000),
        memoryElements: limit(2400, 20_000),
      }),
    });
    fc.assert(
      fc.property(options, given => {
        const plan = netpickingPlan(given);
        expectSound(plan, given);
        expect(plan.length).toBe(given.n);
        expect(netpickingPlan(given)).toEqual(plan);
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  test("reads samples of any shape and tells apart any number of classes", () => {
    const options = fc.record({
      n: fc.constant(40),
      seed: fc.integer(),
      views: fc.constantFrom("published" as const, "any" as const),
      classes: fc.integer({ min: 2, max: 200 }),
      inputShape: fc.oneof(
        fc.constantFrom([3, 32, 32], [3, 17, 31], [784], [1, 64, 64]),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(options, given => {
        // Samples of a single element leave too few different networks.
        fc.pre(product(given.inputShape) > 4);
        expectSound(netpickingPlan(given), given);
      }),
      { numRuns: 30 },
    );
  }, 120_000);
});

describe("limits", () => {
  test.each([
    ["Linear", 794],
    ["Conv2dThenLinear", 431],
  ] as const)("%s with the fewest parameters that there can be", (computation, least) => {
    const others = computations.filter(name => name !== computation);
    const networks = netpickingNetworks({ n: 1, seed: 1, limits: { params: least }, leaveOut: others });
    expect(figures(networks.next().value!.graph).params).toBe(least);
    expect(() => netpickingPlan({ n: 1, seed: 1, limits: { params: least - 1 }, leaveOut: others })).toThrow(
      `generate: no ${computation} network has at most ${least - 1} params, the smallest has ${least}, got limit ${least - 1}; raise the limit or leave the class out`,
    );
  });

  test.each(computations.slice(1))("of %s: the smallest of each figure is reached and nothing less", computation => {
    const others = computations.filter(name => name !== computation);
    for (const key of ["params", "macs", "memoryElements"] as const) {
      const make = (limit: number) => netpickingPlan({ n: 1, seed: 3, limits: { [key]: limit }, leaveOut: others });
      const least = Number(/the smallest has (\d+)/.exec(messageOf(() => make(1)))![1]);
      expect(figures(make(least)[0]!.graph)[key]).toBe(least);
      expect(() => make(least - 1)).toThrow(`the smallest has ${least}`);
    }
  });

  test.each<[Partial<NetpickingOptions>]>([
    [{ n: 0 }],
    [{ n: -3 }],
    [{ n: 2.5 }],
    [{ n: Number.NaN }],
    [{ seed: 0.5 }],
    [{ classes: 1 }],
    [{ inputShape: [1, 0, 28] }],
    [{ inputShape: [] }],
    [{ views: "all" as "any" }],
    [{ limits: { params: -1 } }],
    [{ limits: { parms: 100 } as object }],
    [{ limits: { params: 7849 } }],
    [{ limits: { memoryElements: 1500 } }],
    [{ limits: { params: 506, macs: 5000 }, leaveOut: ["Basic", "Linear"] }],
    [{ limits: { params: 796 }, leaveOut: computations.filter(name => name !== "Linear") }],
    [{ leaveOut: ["Conv2D" as "Conv2d"] }],
    [{ leaveOut: computations.slice(1) }],
    [{ leaveOut: [...computations] }],
  ])("%j is refused", options => {
    expect(messageOf(() => netpickingPlan({ n: 50, seed: 1, ...options }))).toMatchSnapshot();
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing thrown";
}
