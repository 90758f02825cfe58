import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSmallData } from "../../test/fixtures/small-data.js";
import { loadData } from "../data/index.js";
import { Model } from "../fit/index.js";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.js";
import { graphFromJson } from "../graph/index.js";
import { figures } from "../op/index.js";
import { product } from "../shape/index.js";
import { parameters } from "../train/index.js";

const folder = mkdtempSync(join(tmpdir(), "netpick-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
const cli = resolve(import.meta.dirname, "../../dist/cli/main.js");
const data = writeSmallData(join(folder, "data"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const graph = (op: string, attrs: object, shape = [1, 28, 28]): string =>
  JSON.stringify({
    name: "net",
    inputs: [{ name: "x", shape }],
    nodes: [{ name: "y", op, inputs: ["x"], attrs }],
    outputs: ["y"],
  });

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
/** Runs netpick in the folder; `watch` sees standard error as it comes. */
function netpick(
  args: readonly string[],
  watch: (err: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
) {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", text => {
    out += text;
  });
  child.stderr.on("data", text => {
    err += text;
    watch(err, signal => child.kill(signal));
  });
  return new Promise<Ended>(done => child.once("close", code => done({ code, out, err })));
}
const lines = (text: string): unknown[] =>
  text
    .trim()
    .split("\n")
    .map(line => JSON.parse(line));

const lenet = resolve(import.meta.dirname, "../../examples/lenet.ts");
const small = ["--data", data, "--networks", "4", "--epochs", "2"];

describe("PyTorch source", () => {
  const source = `from torch import nn

class Small(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)
        self.fc = nn.Linear(2 * width * width, 4, bias=False)

    def forward(self, x):
        x = self.norm(self.conv(x)).relu()
        return self.fc(x.flatten(1))
`;
  const broken = `${source}
class Broken(nn.Module):
    def forward(self, x):
        return nn.Linear(3, 4)(x) + y
`;

  test("is checked like any other file, with the class and the place of what cannot be read", async () => {
    file("broken.py", broken);
    const { code, out, err } = await netpick(["check", "--json", "broken.py", "--input", "1,8,8"]);
    expect(code).toBe(1);
    expect(err).toBe("");
    expect(lines(out)).toEqual([
      expect.objectContaining({ file: "broken.py", class: "Small", inputs: { x: [1, 8, 8] }, params: 20 + 4 + 288 }),
      {
        file: "broken.py",
        line: 16,
        column: 16,
        source: "        return nn.Linear(3, 4)(x) + y",
        error: "nn.Linear: in_features is 3, got an input of [1, 8, 8]; correct one of them",
      },
    ]);
    const shown = await netpick(["check", "broken.py", "--input", "1,8,8"]);
    expect(shown.err).toMatch(
      /^broken\.py:16:16: nn\.Linear: .*\n {4} {8}return nn\.Linear\(3, 4\)\(x\) \+ y\n {19}\^\n$/,
    );
  });

  test("is checked with the files of its package that it imports from", async () => {
    mkdirSync(join(folder, "project/parts"), { recursive: true });
    file("project/__init__.py", "from .small import Small\nALL = [Small]\n");
    file("project/small.py", `from project.parts.net import Small as Base\nclass Small(Base):\n    pass\n`);
    file("project/parts/net.py", source);
    const files = ["project/__init__.py", "project/small.py"];
    const { code, out, err } = await netpick(["check", "--json", "--input", "1,8,8", ...files]);
    expect([code, err]).toEqual([0, ""]);
    expect(lines(out)).toEqual([
      expect.objectContaining({ file: "project/small.py", class: "Small", params: 20 + 4 + 288 }),
    ]);
    // Alone it is asked for what it has not.
    const alone = await netpick(["check", "project/__init__.py"]);
    expect(alone.code).toBe(1);
    expect(alone.err).toMatch(/^project\/__init__\.py:1:1: python: there is no network, /);
    file("project/parts/net.py", source.replace("nn.Conv2d(1, 2, 3)", "nn.Conf2d(1, 2, 3)"));
    const broken = await netpick(["check", "--json", "--input", "1,8,8", "project/small.py"]);
    expect(lines(broken.out)).toEqual([
      expect.objectContaining({ file: "project/small.py", in: "project/parts/net.py", line: 6, column: 24 }),
    ]);
  });

  test("is converted to JSON and back, its weights with it, by whichever names", async () => {
    file("small.py", source);
    const made = await netpick(["convert", "small.py", "small.json", "--input", "1,8,8"]);
    expect(made).toEqual({ code: 0, out: "Small: small.json\n", err: "" });
    const graph = graphFromJson(JSON.parse(readFileSync(join(folder, "small.json"), "utf8")));
    const tensors = parameters(graph).map(({ name, shape }, i) => [
      name,
      { shape, data: new Float32Array(product(shape)).fill(i) },
    ]);
    writeFileSync(
      join(folder, "small.safetensors"),
      encodeSafetensors({ metadata: {}, tensors: Object.fromEntries(tensors) }),
    );
    const back = await netpick(["convert", "small.json", "again.py", "--explicit"]);
    expect(back.out).toBe("Small: again.py and again.safetensors\n");
    expect(readFileSync(join(folder, "again.py"), "utf8")).toContain(
      "self.fc = nn.Linear(in_features=72, out_features=4, bias=False)",
    );
    const written = decodeSafetensors(readFileSync(join(folder, "again.safetensors"))).tensors;
    expect(Object.keys(written)).toContain("norm.running_mean");
    const third = await netpick(["convert", "again.py", "third.safetensors", "--input", "1,8,8"]);
    expect(third.code).toBe(0);
    const carried = decodeSafetensors(readFileSync(join(folder, "third.safetensors"))).tensors;
    expect(carried["norm.runningMean"]!.data).toEqual(written["norm.running_mean"]!.data);
  });

  test("is refused where it cannot be converted", async () => {
    file("alone.py", source);
    const refused = async (...args: string[]) => {
      const { code, err } = await netpick(["convert", ...args]);
      return `${code} ${err.trim()}`;
    };
    expect(await refused("alone.py", "alone.dot")).toBe(
      "2 convert: the file to write must end in .py, .json, .keras.py, .ts, .jl, .nim, .hs, .txt, .onnx, .safetensors, got alone.dot; choose one",
    );
    expect(await refused("alone.py", "a.safetensors", "--input", "1,8,8")).toBe(
      "1 a.safetensors: there are no weights to write, got a network alone; train it first",
    );
    file(
      "two.py",
      `${source}\nclass Other(Small):\n    pass\n`.replace("class Other(Small)", "class Other(nn.Sequential)"),
    );
    expect(await refused("two.py", "two.json", "--input", "1,8,8", "--network", "Third")).toBe(
      "2 convert: one network is taken at a time, got Small, Other in two.py; name it with --network",
    );
  });
});

describe("surgery", () => {
  test("edits sizes and structure, with the weights beside", async () => {
    file(
      "edit-me.json",
      JSON.stringify({
        name: "net",
        inputs: [{ name: "x", shape: [3] }],
        nodes: [
          { name: "a", op: "linear", inputs: ["x"], attrs: { outFeatures: 4, bias: false } },
          { name: "n", op: "batchNorm", inputs: ["a"], attrs: {} },
          { name: "b", op: "linear", inputs: ["n"], attrs: { outFeatures: 2, bias: false } },
        ],
        outputs: ["b"],
      }),
    );
    const { code, out } = await netpick([
      "edit",
      "edit-me.json",
      "--resize",
      "a=-1",
      "--remove",
      "n",
      "--out",
      "b.json",
    ]);
    expect({ code, out }).toEqual({
      code: 0,
      out: `net: 28 to 15 parameters (53.57 %), 20 to 15 multiply-accumulates (75.00 %)
resize a -1: direct
remove n: direct
  a: [4] to [3]
  n: [4] to none
net: b.json
`,
    });
    const made = graphFromJson(JSON.parse(readFileSync(join(folder, "b.json"), "utf8")));
    expect(made.nodes.map(({ name, attrs }) => [name, attrs.outFeatures])).toEqual([
      ["a", 3],
      ["b", 2],
    ]);
    // 3 c + 8 c + 2 c trainable scalars with c channels: at most 20 of them with one.
    const pruned = await netpick(["prune", "edit-me.json", "--params", "20", "--json"]);
    expect(lines(pruned.out)).toMatchObject([{ params: [28, 14], shapes: { a: [[4], [2]] } }]);
  });

  test("edits are done in the order in which they are written", async () => {
    const edits = ["--insert", "a=r=relu", "--replace", "n=identity", "--connect", "a=n", "--resize", "a=3"];
    const { code, err } = await netpick(["edit", "edit-me.json", ...edits, "--out", "c2.json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const made = graphFromJson(JSON.parse(readFileSync(join(folder, "c2.json"), "utf8")));
    expect(made.nodes.map(({ name, op, inputs }) => `${name} ${op} ${inputs}`)).toEqual([
      "a linear x",
      "r relu a",
      "n.sum add r,a",
      "n identity n.sum",
      "b linear n",
    ]);
    expect(made.nodes[0]!.attrs.outFeatures).toBe(3);
  });

  test("widens, deepens, grows and chooses classes", async () => {
    const edits = ["--widen", "a=6", "--deepen", "b", "--grow", "times=2", "--classes", "1", "--json"];
    const { code, out } = await netpick(["edit", "edit-me.json", ...edits]);
    expect({ code, told: lines(out) }).toMatchObject({
      code: 0,
      // a: 4 to 6 to 12; the layer behind b is the output, of which one class stays.
      told: [{ shapes: { a: [[4], [12]], n: [[4], [12]], b: [[2], [4]], "b.deeper": [null, [1]] } }],
    });
  });

  test("leaves out what is refused, where that is asked", async () => {
    const { code, out } = await netpick([
      "edit",
      "edit-me.json",
      "--resize",
      "b=3",
      "--remove",
      "n",
      "--on-failure",
      "skip",
    ]);
    expect({ code, out }).toEqual({
      code: 0,
      out: `net: 28 to 20 parameters (71.43 %), 20 to 20 multiply-accumulates (100.00 %)
remove n: direct
refused: resize b to 3: this cannot all be, got b is to have more channels than 2, though output b keeps its own; ask for less
  n: [4] to none
`,
    });
  });

  test("says what cannot be, and leaves no file", async () => {
    const refused = async (...args: string[]) => {
      const { code, err } = await netpick(args);
      return `${code} ${err.trim()}`;
    };
    expect(await refused("edit", "edit-me.json", "--resize", "b=3", "--out", "c.json")).toBe(
      "1 resize b to 3: this cannot all be, got b is to have more channels than 2, though output b keeps its own; ask for less",
    );
    expect(await refused("edit", "edit-me.json", "--resize", "a:3")).toBe(
      "2 edit: a change is LAYER=-3, LAYER=+8 or LAYER=16, got a:3; write it so",
    );
    expect(await refused("edit", "edit-me.json")).toBe(
      "2 edit: there is nothing to do, got no edit; give --resize, --remove or another of them",
    );
    expect([
      await refused("edit", "edit-me.json", "--insert", "a=relu"),
      await refused("edit", "edit-me.json", "--replace", "a"),
      await refused("edit", "edit-me.json", "--kernel", "a=3"),
      await refused("edit", "edit-me.json", "--connect", "a"),
      await refused("edit", "edit-me.json", "--disconnect", "x=b"),
    ]).toEqual([
      "2 insert: a layer is AFTER=NAME=OP:SETTING=VALUE,..., got a=relu; write it so",
      "2 replace: a layer is LAYER=OP:SETTING=VALUE,..., several with + between them, got a; write it so",
      "1 kernel of a to 3: it has no kernel, got linear; name a layer that has one",
      "2 connect: an edge is FROM=TO or FROM=TO@1, got a; write it so",
      "1 disconnect x from b: there is no such edge, got inputs n; name one of them",
    ]);
    expect(await refused("prune", "edit-me.json")).toBe(
      "1 prune: there is no budget, got none; give params, macs, channels, activationBytes or latency",
    );
    expect(await refused("prune", "edit-me.json", "--params", "5")).toBe(
      "1 prune to 5 params: the smallest that can be reached is 7 params, got 5; ask for more",
    );
    expect(existsSync(join(folder, "c.json"))).toBe(false);
  });
});

describe("pruning with data", () => {
  const net = {
    name: "tiny",
    inputs: [{ name: "x", shape: [1, 28, 28] }],
    nodes: [
      { name: "f", op: "flatten", inputs: ["x"], attrs: {} },
      { name: "a", op: "linear", inputs: ["f"], attrs: { outFeatures: 20 } },
      { name: "r", op: "relu", inputs: ["a"], attrs: {} },
      { name: "y", op: "linear", inputs: ["r"], attrs: { outFeatures: 10 } },
    ],
    outputs: ["y"],
  };
  /** 784 n weights and n biases, 10 n weights and 10 biases. */
  const paramsWith = (n: number): number => 795 * n + 10;
  beforeAll(async () => {
    file("tiny.json", JSON.stringify(net));
    await netpick(["train", "tiny.json", "--epochs", "1", "--learning-rate", "0.004", "--save", "tiny.safetensors"]);
  }, 60_000);

  test("measures worth, cuts to the budget and trains what is left", async () => {
    const asked = ["--params", "0.5", "--utility", "taylor", "--fine-tune", "1", "--seed", "3", "--out", "cut.onnx"];
    const { code, out } = await netpick(["prune", "tiny.safetensors", ...asked, "--json"]);
    const [told] = lines(out) as { params: number[]; accuracy: number[]; fineTuned: number }[];
    expect(code).toBe(0);
    expect(told!.params).toEqual([paramsWith(20), paramsWith(9)]);
    const { test } = await loadData("digits");
    const [before, after] = [
      await Model.load(join(folder, "tiny.safetensors")),
      await Model.load(join(folder, "cut.onnx")),
    ];
    expect((await before.evaluate(test)).accuracy).toBe(told!.accuracy[0]);
    expect((await after.evaluate(test)).accuracy).toBe(told!.fineTuned);
    expect(told!.fineTuned).toBeGreaterThan(0.8);
    // A quarter of the training's.
    expect(after.recipe).toMatchObject({ optimizer: { name: "adam", amsgrad: true, learningRate: 0.001 }, seed: 3 });
  });

  test("writes no weights over a saved model", async () => {
    const before = readFileSync(join(folder, "tiny.safetensors"));
    for (const asked of [
      ["convert", "tiny.safetensors", "tiny.py"],
      ["convert", "tiny.json", "tiny.safetensors"],
      ["prune", "tiny.safetensors", "--params", "0.5", "--out", "tiny.json"],
    ]) {
      const { code, err } = await netpick(asked);
      expect([code, err.trim()]).toEqual([
        2,
        `${asked[0]}: tiny.safetensors holds a model, got ${asked.at(-1)}, whose weights would take its place; choose another name`,
      ]);
    }
    expect(readFileSync(join(folder, "tiny.safetensors"))).toEqual(before);
    expect((await netpick(["convert", "tiny.safetensors", "other.py"])).code).toBe(0);
  });

  test("goes on in rounds while the accuracy holds", async () => {
    const asked = ["--keep-accuracy", "-0.2", "--round", "0.6", "--params", "0.3", "--out", "least.safetensors"];
    const { code, out } = await netpick(["prune", "tiny.safetensors", ...asked, "--json"]);
    const [told] = lines(out) as {
      params: number[];
      least: number;
      accuracy: number[];
      rounds: { params: number; accuracy: number }[];
      why: string;
    }[];
    expect(code).toBe(0);
    // 0.6 of what 20, 11 and 6 channels cost, and at least 0.3 of the first.
    expect(told!.rounds.map(({ params }) => params)).toEqual([11, 6, 5].map(paramsWith).slice(0, told!.rounds.length));
    expect(told!.rounds.length).toBeGreaterThan(0);
    for (const { accuracy } of told!.rounds) expect(accuracy).toBeGreaterThanOrEqual(told!.least);
    const left = await Model.load(join(folder, "least.safetensors"));
    expect(figures(left.network.graph).params).toBe(told!.rounds.at(-1)!.params);
    // Every second sample decided; the others are told of.
    const { test } = await loadData("digits");
    const rows = Array.from({ length: 1000 }, (_, i) => 2 * i + 1);
    const others = {
      count: 1000,
      inputs: Uint8Array.from(rows.flatMap(row => [...test.inputs.subarray(784 * row, 784 * (row + 1))])),
      labels: Uint8Array.from(rows, row => test.labels[row]!),
    };
    expect((await left.evaluate(others)).accuracy).toBe(told!.accuracy[1]);
  });

  test("meets a time that is measured", async () => {
    const { code, out } = await netpick(["prune", "tiny.safetensors", "--latency", "0.9", "--latency-batch", "64"]);
    expect(code).toBe(0);
    const [, before, after] = /prune to 90 % of latency: direct, ([\d.]+) to ([\d.]+) ms/.exec(out)!;
    expect(Number(after)).toBeLessThanOrEqual(0.9 * Number(before) + 0.001);
  });

  test("refuses what cannot be meant", async () => {
    file("bare.json", JSON.stringify(net));
    const refused = async (...args: string[]) => {
      const { code, err } = await netpick(["prune", ...args]);
      return `${code} ${err.split("\n").findLast(line => /^(error|prune)/.test(line))}`;
    };
    expect([
      await refused("bare.json", "--params", "0.5", "--data", "digits"),
      await refused("tiny.safetensors", "--latency", "2"),
      await refused("tiny.safetensors", "--keep-accuracy", "1.5"),
      (await refused("tiny.safetensors", "--keep-accuracy", "0.9999")).replaceAll(/\d+\.\d+ %/g, "N %"),
      await refused("tiny.safetensors", "--keep-accuracy", "0.5", "--channels", "5"),
      await refused("tiny.safetensors", "--params", "0.5", "--round", "0.5"),
      await refused("tiny.safetensors", "--params", "1", "--keep-accuracy", "-0.05"),
    ]).toEqual([
      "2 prune: data are of use for a trained model alone, got a network without weights; train it first",
      "2 error: option '--latency <budget>' argument '2' is invalid. Give milliseconds, as 2ms, or a share of now, as 0.5.",
      "2 error: option '--keep-accuracy <least>' argument '1.5' is invalid. Give an accuracy, as 0.97, or how much may be lost, as -0.01.",
      "1 prune: no round keeps an accuracy of N %, got N % before, and round 1 fell to N %, below N %; ask for less, or fine-tune for longer",
      "2 prune: rounds go by --params, --macs or --activation-bytes, got --channels; give one of these, or none",
      "2 prune: --round is for --keep-accuracy, got it alone; give both or neither",
      "1 prune: a budget of 1 could be all or a single one, got 1 for params; give a share below 1, or a number above it",
    ]);
    // What is met already is no fault.
    const met = await netpick(["prune", "tiny.safetensors", "--params", "99999", "--keep-accuracy", "-0.05"]);
    expect([met.code, met.out.split("\n")[0]]).toEqual([
      0,
      "tiny: 15910 to 15910 parameters, 15880 to 15880 multiply-accumulates in 0 rounds; what was asked is what it has",
    ]);
  });
});

describe("check", () => {
  test("prints a line per layer and the totals", async () => {
    const { code, out } = await netpick(["check", lenet]);
    expect(code).toBe(0);
    expect(out).toMatchSnapshot();
  });

  test("prints JSON with the figures", async () => {
    const { code, out } = await netpick(["check", "--json", lenet]);
    expect(code).toBe(0);
    // LeNet by hand: 20 (25 + 1) + 50 (500 + 1) + 500 (800 + 1) + 10 (500 + 1) parameters, and products of sizes.
    expect(lines(out)).toMatchObject([
      {
        name: "lenet",
        inputs: { x: [1, 28, 28] },
        outputs: { classifier: [10] },
        params: 520 + 25_050 + 400_500 + 5_010,
        macs: 288_000 + 1_600_000 + 400_000 + 5_000,
        ops: 10,
        nodes: [{ name: "cv1", op: "conv2d", shape: [20, 24, 24], params: 520, macs: 288_000 }, ...Array(9).fill({})],
      },
    ]);
  });

  test("calls networks that nobody named as their file exports them", async () => {
    const two =
      'import { graph } from "netpick";\nexport const a = graph({ x: [4] }, ({ x }) => x.linear(2));\nexport const b = graph({ x: [4] }, ({ x }) => x.linear(3), { name: "third" });\n';
    const { out } = await netpick(["check", "--json", file("two.ts", two)]);
    expect(lines(out)).toMatchObject([{ name: "a" }, { name: "third" }]);
    const train = await netpick(["train", "two.ts"]);
    expect([train.code, train.err]).toEqual([
      2,
      "two.ts: train takes one network, got a, third; give a file with one\n",
    ]);
  });

  test("reads the published layer lists, all figures equal", async () => {
    const fixture = resolve(import.meta.dirname, "../../test/fixtures/netpicking_networks.json");
    const { networks } = JSON.parse(readFileSync(fixture, "utf8"));
    const { out } = await netpick(["check", "--json", fixture]);
    const pick = ({ name, params, macs, memoryElements, autogradOps }: Record<string, unknown>) => [
      name,
      params,
      macs,
      memoryElements,
      autogradOps,
    ];
    expect((lines(out) as Record<string, unknown>[]).map(pick)).toEqual(networks.map(pick));
    expect(networks).toHaveLength(66);
  });

  test("goes on after a bad file, and ends with 1", async () => {
    const bad = file("bad.json", graph("conv2d", { outChannels: 3, kernelSize: 30 }));
    const { code, out, err } = await netpick(["check", "--json", bad, lenet]);
    expect(code).toBe(1);
    expect(err).toBe(
      "bad.json: conv2d: kernel 30 does not fit, got height 28; use a smaller kernel or dilation, or more padding\n",
    );
    expect(lines(out)).toMatchObject([{ name: "lenet" }]);
  });

  test.each([
    [
      "an unknown op",
      "a.json",
      graph("conv2", {}),
      'conv2: there is no such op, got "conv2"; did you mean conv1d or conv2d or conv3d?',
    ],
    [
      "an unknown attribute",
      "b.json",
      graph("conv2d", { outChanels: 3, kernelSize: 3 }),
      "conv2d: there is no such attribute, got outChanels; did you mean outChannels?",
    ],
    [
      "channels that reach zero",
      "c.json",
      graph("conv2d", { outChannels: 0, kernelSize: 3 }),
      "conv2d: outChannels must be a whole number of at least 1, got 0; give 1 or more",
    ],
    ["no JSON", "d.json", "{", "it is no JSON"],
    ["another ending", "e.dot", "", "files of this kind are not read, got .dot"],
    [
      "a program without a network",
      "f.ts",
      "export const a = 1;",
      "it exports no network, got none; export one, e.g. export const net = network({ ... })",
    ],
    [
      "a mistake in a program, with its line",
      "g.ts",
      'import { graph } from "netpick";\n\ninterface Unused {\n  a: number;\n}\nexport const net = graph({ x: [20, 4, 4], y: [20, 4, 5] }, ({ x, y }) =>\n  x.add(y),\n);\n',
      "g.ts:7: add: shapes must be equal, got [20, 4, 4] and [20, 4, 5]; bring them to one shape first",
    ],
    [
      "PyTorch's habit of giving the input's channels too",
      "i.ts",
      'import { Conv2d, graph } from "netpick";\nexport const net = graph({ x: [1, 28, 28] }, ({ x }) => x.pipe(Conv2d(1, 8, 3 as never)));\n',
      "i.ts:2: conv2d: an argument has no meaning, got 3; give sizes of what comes out alone (those of its input are inferred), and options as an object",
    ],
    [
      "a network without an input",
      "j.ts",
      'import { network } from "netpick";\nexport const net = network({ inputs: [1, 28, 28], forward: (x: never) => x } as never);\n',
      "j.ts:2: network: there is no input, got inputs, forward; give input: the shape of one sample, e.g. [1, 28, 28]",
    ],
    ["a syntax error", "h.ts", "export const = 1;", "h.ts"],
  ])("refuses %s in one sentence", async (_, name, text, sentence) => {
    const { code, err } = await netpick(["check", file(name, text)]);
    expect(code).toBe(1);
    expect(err).toContain(sentence);
    expect(err.startsWith(name)).toBe(true);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  test("names a file that is not there", async () => {
    const { code, err } = await netpick(["check", "nowhere.json", "nowhere.ts"]);
    expect(code).toBe(1);
    expect(err.trim().split("\n")).toEqual([
      "nowhere.json: it cannot be read, got ENOENT; check its name and permissions",
      "nowhere.ts: it cannot be read, got ENOENT; check its name and permissions",
    ]);
  });
});

describe("layer strings", () => {
  const good = "conv=channel_factor:3,kernel_size:3,stride:1,padding:0-maxpool=kernel_size:2,stride:2,padding:0-";

  test("are checked line by line", async () => {
    file("some.txt", `# strings\n${good}\n  relu-maxpool=kernel_size:29-\n`);
    const { code, out, err } = await netpick(["check", "some.txt"]);
    expect([code, out.split("\n")[0]]).toEqual([1, expect.stringContaining("some_2")]);
    expect(err).toMatch(/^some\.txt:3:8: layer 2, maxpool: maxPool2d: kernel 29 does not fit, got height 28; /);
    const lines = (await netpick(["check", "some.txt", "--json", "--classes", "4"])).out.trim().split("\n");
    // 3 channels of 9 weights and a bias; 3 x 13 x 13 numbers to 4 scores.
    expect(lines.map(line => JSON.parse(line))).toEqual([
      expect.objectContaining({ file: "some.txt", name: "some_2", params: 30 + 4 * 508 }),
      expect.objectContaining({ file: "some.txt", line: 3, column: 8, source: "relu-maxpool=kernel_size:29-" }),
    ]);
  });

  test("are converted there and back", async () => {
    file("one.txt", `${good}\n`);
    expect((await netpick(["convert", "one.txt", "one.json", "--classes", "4"])).code).toBe(0);
    expect((await netpick(["convert", "one.json", "two.txt"])).out).toBe("one_1: two.txt\n");
    expect(readFileSync(join(folder, "two.txt"), "utf8")).toBe(`${good}\n`);
  });

  test("are drawn until so many are valid", async () => {
    const { out, err } = await netpick(["generate", "--strings", "-n", "5", "--length", "2-3"]);
    expect(out.trim().split("\n")).toHaveLength(5);
    expect(err).toMatch(/^5 of \d+ strings are valid, \d+\.\d %; \d+, \d+\.\d %, would be built /);
    file("words.txt", "# mine\nrelu\ntanh-\n");
    const own = [
      "generate",
      "--strings",
      "--words",
      "words.txt",
      "--length",
      "2",
      "--once",
      "-n",
      "3",
      "--out",
      "drawn",
    ];
    expect((await netpick(own)).code).toBe(0);
    for (const line of readFileSync(join(folder, "drawn", "strings.txt"), "utf8")
      .trim()
      .split("\n")) {
      expect(["relu-tanh-", "tanh-relu-"]).toContain(line);
    }
    expect((await netpick(["generate", "--strings", "--words", "none.txt"])).err).toBe(
      "none.txt: it cannot be read, got ENOENT; check its name and permissions\n",
    );
  });
});

describe("generate", () => {
  test("prints networks that check reads", async () => {
    const { code, out } = await netpick(["generate", "-n", "12", "--max-params", "20000", "--out", "nets"]);
    expect(code).toBe(0);
    expect(out).toContain("12 networks in nets");
    const files = readdirSync(join(folder, "nets"));
    expect(files).toHaveLength(12);
    const checked = await netpick(["check", "--json", ...files.map(name => join("nets", name))]);
    const params = (lines(checked.out) as { params: number }[]).map(network => network.params);
    expect(Math.max(...params)).toBeLessThanOrEqual(20_000);
  });

  test("gives the same networks for the same seed, as JSON lines", async () => {
    const [a, b, c] = await Promise.all(
      ["1", "1", "2"].map(seed => netpick(["generate", "--json", "-n", "5", "--seed", seed])),
    );
    expect(a!.out).toBe(b!.out);
    expect(a!.out).not.toBe(c!.out);
    expect(lines(a!.out)).toHaveLength(5);
  });

  test("refuses limits that nothing meets", async () => {
    const { code, err } = await netpick(["generate", "--max-params", "10"]);
    expect(code).toBe(2);
    expect(err).toBe(
      "generate: no Basic network has at most 10 params, the smallest has 7850, got limit 10; raise the limit or leave the class out\n",
    );
  });
});

describe("train", () => {
  const net = file(
    "small.ts",
    'import { network, Linear } from "netpick";\nexport const small = network({ name: "small", input: [1, 8, 8], layers: { out: Linear(4) }, forward: (x, l) => x.flatten().pipe(l.out) });\n',
  );

  test("trains, says how good it is and writes the network", async () => {
    const { code, out, err } = await netpick(["train", net, "--data", data, "--epochs", "3", "--out", "small.onnx"]);
    expect([code, err]).toEqual([0, expect.stringMatching(/epoch 3: loss 0\.\d+, accuracy \d+\.\d\d %/)]);
    expect(out).toMatch(/^small gets \d+\.\d\d % of 60 test items of data right/);
    expect(existsSync(join(folder, "small.onnx"))).toBe(true);
  });

  test("takes every setting, stops early, and begins with saved weights", async () => {
    const settings = ["--optimizer", "sgd:momentum=0.9,nesterov", "--learning-rate", "0.05", "--weight-decay", "1e-4"];
    const more = ["--schedule", "warmUp:length=5+cosine", "--clip-norm", "1", "--accumulate", "2", "--drop-last"];
    const loss = [
      "--label-smoothing",
      "0.1",
      "--class-weights",
      "1,1,1,2",
      "--augment",
      "crop:padding=1+noise:std=0.1",
    ];
    const watched = [
      "--validation",
      "0.2",
      "--early-stopping",
      "accuracy:patience=1,minDelta=1",
      "--init",
      "orthogonal",
    ];
    const all = [...settings, ...more, ...loss, ...watched];
    const first = await netpick(["train", net, "--data", data, "--epochs", "9", ...all, "--save", "a.safetensors"]);
    expect(first.code).toBe(0);
    expect(first.err).toMatch(/epoch 2: loss \d\.\d+, accuracy .* %, validation accuracy \d+\.\d\d %/);
    expect(first.err).not.toContain("epoch 3:");
    const { weights, recipe } = await Model.load(join(folder, "a.safetensors"));
    expect(recipe).toMatchObject({
      ...{ accumulate: 2, dropLast: true, clip: { norm: 1 }, init: { name: "orthogonal" } },
      optimizer: { name: "sgd", learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
      schedule: { name: "warmUp", length: 5, schedule: { name: "cosine" } },
      loss: { name: "crossEntropy", labelSmoothing: 0.1, classWeights: [1, 1, 1, 2] },
      augment: [
        { name: "crop", padding: 1 },
        { name: "noise", std: 0.1 },
      ],
    });
    // A learning rate of next to nothing leaves what it began with.
    const still = ["--weights", "a.safetensors", "--learning-rate", "1e-30", "--optimizer", "sgd", "--epochs", "1"];
    await netpick(["train", net, "--data", data, ...still, "--out", "b.onnx"]);
    expect((await Model.load(join(folder, "b.onnx"))).weights).toEqual(weights);
    const checked = await netpick(["check", "--json", "a.safetensors", "b.onnx", net]);
    expect(lines(checked.out)).toEqual(Array(3).fill(expect.objectContaining({ name: "small", params: 64 * 4 + 4 })));
    file("cut.onnx", "no model");
    const cut = await netpick(["check", "cut.onnx"]);
    expect([cut.code, cut.err]).toEqual([1, expect.stringMatching(/^cut\.onnx: onnx: it must be a model .*\n$/)]);
  });

  test.each([
    [
      ["--data", "data", "--out", "nowhere/x.onnx"],
      1,
      "train: cannot write nowhere/x.onnx, got ENOENT; choose another place",
    ],
    [
      ["--data", "data", "--save", "x.pt"],
      2,
      "save: a model's file must end in .safetensors or .onnx, got x.pt; choose one",
    ],
    [["--data", "data", "--optimizer", "adm"], 2, "train: there is no such optimizer, got adm; did you mean"],
    [
      ["--data", "data", "--augment", "flip+shift:by=x"],
      2,
      "shift: by must be a number or numbers with / between, got x",
    ],
    [["--data", "data", "--freeze", "hidden"], 2, "layers: there is no such layer in small, got hidden; known are out"],
    [["--data", "data", "--validation", "1"], 2, "argument '1' is invalid. Give a number between 0 and 1."],
    [
      ["--data", "data", "--class-weights", "1,2"],
      1,
      "crossEntropy: classWeights must be 4, one for every class, got 2; give one for every class",
    ],
    [[], 1, "train: small takes [1, 8, 8], got samples of [1, 28, 28] in digits; give the network that input"],
    [
      ["--data", "data", "--optimizer", "sgd", "--learning-rate", "1e38"],
      1,
      "train: the loss became NaN or infinite, got it in epoch 1",
    ],
  ])("refuses %o", async (args, code, sentence) => {
    const ended = await netpick(["train", net, ...args]);
    expect(ended.err).toContain(sentence);
    expect(ended.code).toBe(code);
  });
});

describe("study", () => {
  test("ends with leaderboard, picks and report, and is asked", async () => {
    const { code, out, err } = await netpick(["study", "done", ...small]);
    expect(code).toBe(0);
    expect(err).toContain("4 networks, 2 epochs, data: 300 training samples, 60 test items; kept in done");
    expect(err).toContain("[4/4]");
    for (const word of ["place", "accuracy", "Basic", "is the most accurate of 4 networks", "On the front:"])
      expect(out).toContain(word);
    const report = /The report, with plots: (.*)/.exec(out)![1]!;
    expect(readFileSync(report, "utf8")).toContain("<svg");
    const asked = await netpick(["ask", "done", "1", "--json"]);
    expect(lines(asked.out)).toMatchObject([{ number: 1, title: expect.stringContaining("How many networks reach") }]);
    const unknown = await netpick(["ask", "done", "99"]);
    expect([unknown.code, unknown.err]).toEqual([2, "ask: there is no such question, got 99; there are 1, 2, 10\n"]);
    const again = await netpick(["study", "done", "--json"]);
    expect(again.err).toContain("All are trained already.");
    expect(lines(again.out)).toHaveLength(5);
  });

  test("takes a schedule, which belongs to the study", async () => {
    const begun = await netpick(["study", "falling", ...small, "--networks", "2", "--schedule", "cosine"]);
    expect(begun.code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "falling/study.json"), "utf8")).recipe.schedule).toEqual({
      name: "cosine",
    });
    const other = await netpick(["study", "falling", "--schedule", "step:stepSize=1"]);
    expect([other.code, other.err]).toEqual([
      1,
      'study: falling was begun with schedule {"name":"cosine"}, got {"name":"step","stepSize":1}; leave it out to go on, or choose another folder\n',
    ]);
    const wrong = await netpick(["study", "other", "--schedule", "cosin"]);
    expect([wrong.code, wrong.err]).toEqual([2, "train: there is no such schedule, got cosin; did you mean cosine?\n"]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("stops on %s and goes on when started again", async signal => {
    const name = `stopped-${signal}`;
    let sent = false;
    const stopped = await netpick(["study", name, ...small, "--epochs", "40"], (err, kill) => {
      if (!sent && err.includes("epoch 2")) kill(signal);
      sent ||= err.includes("epoch 2");
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err.trim().split("\n").at(-1)).toBe("Stopped. Start it again to go on where it was.");
    const started = await netpick(["study", name, "--json"]);
    expect(started.code).toBe(0);
    expect(started.err).toContain("Going on:");
  });

  test.each([
    [["--networks", "0"], 2, "error: option '-n, --networks <count>' argument '0' is invalid. Give 1 or more."],
    [["--max-macs", "5"], 2, "generate: no Basic network has at most 5 macs"],
    [["--data", "mnits"], 1, 'data: unknown data set, got "mnits"; write mnist if you meant that'],
    [["--epochs", "many"], 2, "error: option '--epochs <count>' argument 'many' is invalid. Give a whole number."],
  ])("refuses %o", async (args, code, sentence) => {
    const ended = await netpick(["study", "refused", ...args]);
    expect(ended.err).toContain(sentence);
    expect(ended.code).toBe(code);
    expect(existsSync(join(folder, "refused", "study.json"))).toBe(false);
  });

  test("refuses a study of another format and one with a damaged part", async () => {
    mkdirSync(join(folder, "newer"));
    file("newer/study.json", '{"format":2}');
    const newer = await netpick(["study", "newer"]);
    expect([newer.code, newer.err]).toEqual([
      1,
      "study: newer/study.json has format 2, this netpick reads format 1; use a newer netpick\n",
    ]);
    await netpick(["study", "damaged", ...small, "--networks", "2"]);
    const trial = readdirSync(join(folder, "damaged/trials")).find(name => name.endsWith(".json"))!;
    file(`damaged/trials/${trial}`, "{}");
    const damaged = await netpick(["study", "damaged"]);
    expect(damaged.code).toBe(1);
    expect(damaged.err).toContain(`study: damaged/trials/${trial} is damaged`);
    expect(damaged.err.trim().split("\n")).toHaveLength(1);
  });

  test("refuses data whose images and labels differ in number", async () => {
    const odd = writeSmallData(join(folder, "odd"));
    const images = readFileSync(join(odd, "train-images-idx3-ubyte"));
    const fewer = Buffer.from(images.subarray(0, images.length - 64));
    fewer.writeUInt32BE(299, 4);
    writeFileSync(join(odd, "train-images-idx3-ubyte"), fewer);
    const { code, err } = await netpick(["study", "odd-study", "--data", "odd"]);
    expect(code).toBe(1);
    expect(err).toMatch(/299.*300|300.*299/);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

describe("netpick", () => {
  test("ends in peace when its reader has seen enough", async () => {
    const command = `"${process.execPath}" "${cli}" generate --json -n 300 | head -n 1`;
    const ended = await new Promise<Ended>(done => {
      const child = spawn("bash", ["-o", "pipefail", "-c", command], { cwd: folder });
      let [out, err] = ["", ""];
      child.stdout.on("data", text => (out += text));
      child.stderr.on("data", text => (err += text));
      child.once("close", code => done({ code, out, err }));
    });
    expect([ended.code, ended.err, ended.out.split("\n").length]).toEqual([0, "", 2]);
  });

  test("lists its verbs, and ends with 2 for one that is not there", async () => {
    const help = await netpick(["--help"]);
    expect([help.code, help.out]).toEqual([0, expect.stringContaining("study [options] [folder]")]);
    const wrong = await netpick(["studdy"]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("Did you mean study?")]);
  });
});
