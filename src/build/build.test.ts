import { describe, expect, test } from "vitest";
import {
  BasicBlock,
  BatchNorm,
  Conv2d,
  Dropout,
  Flatten,
  graph,
  Linear,
  MaxPool2d,
  Network,
  network,
  ReLU,
  Residual,
  Sequential,
  type Tensor,
} from "./index.js";

const nodes = (made: { toString(): string }): string[] =>
  String(made)
    .split("\n")
    .map(line => line.replace(/\) .*?(shares .*)?$/, (_, shares) => (shares ? `) ${shares}` : ")")));

describe("network", () => {
  test("prints as the graph that its layers and function describe", () => {
    const lenet = network({
      name: "lenet",
      input: [1, 28, 28],
      layers: { cv1: Conv2d(20, 5), mp1: MaxPool2d(2), hidden: Linear(500), classifier: Linear(10) },
      forward: (x, l) => x.pipe(l.cv1).relu().pipe(l.mp1).flatten().pipe(l.hidden).relu().pipe(l.classifier),
    });
    const outputs: [10] = lenet.outputs;
    const inputs: [1, 28, 28] = lenet.inputs;
    expect({ name: lenet.name, inputs, outputs, outputNames: lenet.outputNames }).toEqual({
      name: "lenet",
      inputs: [1, 28, 28],
      outputs: [10],
      outputNames: ["classifier"],
    });
    expect(String(lenet)).toBe(
      [
        "network lenet",
        "x = input [1, 28, 28]",
        "cv1 = conv2d(x) outChannels=20 kernelSize=[5, 5] stride=[1, 1] padding=[0, 0] dilation=[1, 1] groups=1 bias=true",
        "relu_1 = relu(cv1) inPlace=false",
        "mp1 = maxPool2d(relu_1) kernelSize=[2, 2] stride=[2, 2] padding=[0, 0] dilation=[1, 1]",
        "flatten_1 = flatten(mp1)",
        "hidden = linear(flatten_1) outFeatures=500 bias=true",
        "relu_2 = relu(hidden) inPlace=false",
        "classifier = linear(relu_2) outFeatures=10 bias=true",
        "return classifier",
      ].join("\n"),
    );
  });

  test("freezes its graph", () => {
    const made = network({ input: [3], forward: x => x.relu() });
    expect(made.name).toBe("network");
    expect(Object.isFrozen(made.graph.nodes[0]!.attrs)).toBe(true);
  });

  test("takes several inputs beside named layers", () => {
    const made = network({
      input: { left: [4], right: [5] },
      layers: { joint: Linear(2) },
      forward: ({ left, right }, l) => left.concat(right).pipe(l.joint),
    });
    const outputs: [2] = made.outputs;
    expect([made.inputs, outputs]).toEqual([{ left: [4], right: [5] }, [2]]);
  });
});

describe("graph", () => {
  test("takes and gives several tensors by name", () => {
    const made = graph({ video: [3, 16, 64, 64], audio: [1, 16000] }, ({ video, audio }) => {
      const seen = video
        .conv3d(16, 3, { stride: [1, 2, 2] })
        .relu()
        .maxPool3d([14, 31, 31])
        .flatten();
      const heard = audio.conv1d(32, 80, { stride: 16 }).relu().maxPool1d(996).flatten();
      const joint = seen.concat(heard).linear(128).relu();
      return { label: joint.linear(10), embedding: joint };
    });
    const outputs: { label: [10]; embedding: [128] } = made.outputs;
    expect(outputs).toEqual({ label: [10], embedding: [128] });
    expect([made.outputNames, made.graph.outputs]).toEqual([
      ["label", "embedding"],
      ["label", "embedding"],
    ]);
    expect(Object.keys(made.inputs)).toEqual(["video", "audio"]);
  });

  test("calls outputs as they are returned, unless they have a name", () => {
    const layer = Linear(3);
    const made = graph({ x: [4] }, ({ x }) => {
      const once = x.relu();
      return { a: once, b: once, c: x.pipe(layer), x: x.tanh(), d: x, e: x.pipe(layer).tanh().concat(once) };
    });
    expect(made.outputNames).toEqual(["a", "b", "c", "x", "d", "e"]);
    expect(made.graph.outputs).toEqual(["a", "a", "c", "tanh_1", "x", "e"]);
    expect(nodes(made).slice(2, -1)).toEqual([
      "a = relu(x)",
      "c = linear(x)",
      "tanh_1 = tanh(x)",
      "linear_2 = linear(x) shares c",
      "tanh_2 = tanh(linear_2)",
      "e = concat(tanh_2, a)",
    ]);
  });

  test("runs functions of tensors, which have no weights of their own", () => {
    const swish = (x: Tensor<[4]>): Tensor<[8]> => x.concat(x.sigmoid());
    expect(nodes(graph({ x: [4] }, ({ x }) => swish(x), { name: "gates" }))).toEqual([
      "network gates",
      "x = input [4]",
      "sigmoid_1 = sigmoid(x)",
      "concat_1 = concat(x, sigmoid_1)",
      "return concat_1",
    ]);
  });

  test("adds more than two tensors", () => {
    expect(nodes(graph({ x: [4] }, ({ x }) => x.add(x.relu(), x.tanh()))).at(-2)).toBe(
      "add_1 = add(x, relu_1, tanh_1)",
    );
  });
});

describe("layers", () => {
  test("are one set of weights each, wherever they are used", () => {
    const shared = Linear(4);
    const made = network({
      input: [4],
      layers: { first: shared, drop: Dropout(0.1) },
      forward: (x, l) =>
        x
          .pipe(l.first)
          .pipe(l.drop)
          .pipe(l.drop)
          .pipe(l.first)
          .pipe(Sequential(shared, ReLU(), shared)),
    });
    expect(nodes(made).slice(2, -1)).toEqual([
      "first = linear(x)",
      "drop = dropout(first)",
      "drop_2 = dropout(drop)",
      "first_2 = linear(drop_2) shares first",
      "sequential_1.0 = linear(first_2) shares first",
      "sequential_1.1 = relu(sequential_1.0)",
      "sequential_1.2 = linear(sequential_1.1) shares first",
    ]);
  });

  test("inside layers have dotted names, and share with the whole", () => {
    const made = network({
      input: [8, 6, 6],
      layers: { stem: Sequential(Conv2d(8, 3, { padding: 1 }), BatchNorm()), turn: Residual(Sequential(Conv2d(8, 1))) },
      forward: (x, l) => x.pipe(l.stem).pipe(l.turn).pipe(l.stem).pipe(l.turn),
    });
    expect(nodes(made).slice(2, -1)).toEqual([
      "stem.0 = conv2d(x)",
      "stem.1 = batchNorm(stem.0)",
      "turn.body.0 = conv2d(stem.1)",
      "turn.add = add(turn.body.0, stem.1)",
      "stem_2.0 = conv2d(turn.add) shares stem.0",
      "stem_2.1 = batchNorm(stem_2.0) shares stem.1",
      "turn_2.body.0 = conv2d(stem_2.1) shares turn.body.0",
      "turn_2.add = add(turn_2.body.0, stem_2.1)",
    ]);
  });

  test("of one kind are told apart by number, and no number meets a given name", () => {
    const made = network({
      input: [4],
      layers: { linear_1: Linear(2), relu_1: Linear(2), relu_1_2: Linear(2) },
      forward: (x, l) => x.linear(5).relu().pipe(l.linear_1).pipe(l.relu_1).pipe(l.relu_1).pipe(l.relu_1_2),
    });
    expect(made.graph.nodes.map(node => node.name)).toEqual([
      "linear_2",
      "relu_2",
      "linear_1",
      "relu_1",
      "relu_1_3",
      "relu_1_2",
    ]);
  });

  test("blocks may be functions of their sizes", () => {
    const block = <F extends number, K extends number>(channels: F, kernel: K) =>
      Sequential(Conv2d(channels, kernel), BatchNorm(), ReLU());
    const made = network({ input: [3, 16, 16], forward: x => x.pipe(block(8, 3)).pipe(block(16, 5)) });
    const outputs: [16, 10, 10] = made.outputs;
    expect(outputs).toEqual([16, 10, 10]);
  });

  test("BasicBlock keeps a shortcut, or makes one where sizes change", () => {
    const made = network({
      input: [8, 8, 8],
      layers: { block1: BasicBlock(8), block2: BasicBlock(35, { activation: "tanh", stride: 2 }) },
      forward: (x, l) => x.pipe(l.block1).pipe(l.block2).pipe(Flatten()),
    });
    const outputs: [560] = made.outputs;
    expect(outputs).toEqual([560]);
    expect(nodes(made).slice(2, -2)).toEqual([
      "block1.conv1 = conv2d(x)",
      "block1.bn1 = batchNorm(block1.conv1)",
      "block1.relu1 = relu(block1.bn1)",
      "block1.conv2 = conv2d(block1.relu1)",
      "block1.bn2 = batchNorm(block1.conv2)",
      "block1.add = add(block1.bn2, x)",
      "block1.relu2 = relu(block1.add)",
      "block2.conv1 = conv2d(block1.relu2)",
      "block2.bn1 = batchNorm(block2.conv1)",
      "block2.tanh1 = tanh(block2.bn1)",
      "block2.conv2 = conv2d(block2.tanh1)",
      "block2.bn2 = batchNorm(block2.conv2)",
      "block2.downsample.0 = conv2d(block1.relu2)",
      "block2.downsample.1 = batchNorm(block2.downsample.0)",
      "block2.add = add(block2.bn2, block2.downsample.1)",
      "block2.tanh2 = tanh(block2.add)",
    ]);
  });
});

describe("what only the program can see", () => {
  const foreign = () => {
    let leaked: Tensor<[4]> | undefined;
    graph({ x: [4] }, ({ x }) => (leaked = x.relu()), { name: "other" });
    return leaked!;
  };
  test.each<[string, () => unknown, string]>([
    [
      "a tensor of another network as operand",
      () => graph({ x: [4] }, ({ x }) => x.add(foreign()), { name: "mine" }),
      "add: tensors must be of one network, got x of mine and relu_1 of other; describe both in one function",
    ],
    [
      "a tensor of another network as output",
      () => graph({ x: [4] }, () => ({ y: foreign() }), { name: "mine" }),
      "mine: an output must be one of its own tensors, got relu_1 of other; return what the function made",
    ],
    [
      "a tensor that is used when its network is finished",
      () => foreign().relu(),
      "relu: the network is finished, got other; describe it inside its function",
    ],
    [
      "nothing returned",
      () => graph({ x: [4] }, (() => undefined) as never),
      "network: the function must return a tensor, or several by name, got undefined; return one",
    ],
    [
      "a number returned",
      () => graph({ x: [4] }, (() => ({ y: 5 })) as never),
      "network: the function must return a tensor, or several by name, got 5; return one",
    ],
    ["no outputs", () => graph({ x: [4] }, () => ({})), "graph: there is no output, got 0; name at least one"],
    ["no inputs", () => graph({}, (() => ({})) as never), "graph: there is no input, got 0; give at least one"],
    [
      "a layer that is none",
      () => graph({ x: [4] }, ({ x }) => x.pipe(5 as never)),
      "pipe: there is no layer, got 5; give one, as Conv2d(20, 5)",
    ],
    [
      "a layer that nobody called",
      () => graph({ x: [4] }, ({ x }) => x.pipe(Linear as never)),
      "pipe: there is no layer, got a function; call it, as Linear(10)",
    ],
    [
      "a list of layers",
      () => Sequential([Linear(3), ReLU()] as never),
      "sequential: there is no layer, got a list; give one, as Conv2d(20, 5)",
    ],
    [
      "no body",
      () => Residual(undefined as never),
      "residual: there is no layer, got undefined; give one, as Conv2d(20, 5)",
    ],
    [
      "two layers at once",
      () => graph({ x: [4] }, ({ x }) => (x.pipe as (...layers: unknown[]) => typeof x)(Linear(4), ReLU())),
      "pipe: there must be one layer, got 2; give Sequential(a, b), or say pipe(a).pipe(b)",
    ],
    [
      "sizes of the input, as PyTorch wants them",
      () => (Conv2d as (...args: number[]) => unknown)(1, 20, 5),
      "conv2d: an argument has no meaning, got 5; give sizes of what comes out alone (those of its input are inferred), and options as an object",
    ],
    [
      "a number in place of a tensor",
      () => graph({ x: [4] }, ({ x }) => x.multiply(2 as never)),
      "multiply: it takes tensors, got 2; for numbers there is scale(factor, { shift })",
    ],
    [
      "an infinite size",
      () => Linear(Number.POSITIVE_INFINITY as never),
      "linear: outFeatures must be a whole number of at least 1, got Infinity; give 1 or more",
    ],
    [
      "no function",
      () => network({ input: [4], layers: { a: Linear(10) } } as never),
      "network: there is no function, got undefined; give forward: (x, layers) => x.pipe(layers.a)",
    ],
    [
      "a layer of an input's name",
      () => network({ input: [4], layers: { x: Linear(3) }, forward: (x, l) => x.pipe(l.x) }),
      "graph: a name stands for two things, got x twice; rename one",
    ],
    [
      "a layer shared by different widths",
      () => network({ input: [4], layers: { l: Linear(3) }, forward: (x, l) => x.pipe(l.l).pipe(l.l) }),
      "linear: l_2 cannot share weight with l, got [3, 3] and [3, 4]; give it an input of the same shape",
    ],
  ])("%s", (_, make, sentence) => {
    expect(make).toThrow(sentence);
  });
});

test("a graph of shapes that nobody typed is a network, too", () => {
  const made = Network.of(graph({ x: [4] }, ({ x }) => x.linear(3), { name: "read" }).graph);
  expect([made.name, made.inputs, made.outputs]).toEqual(["read", { x: [4] }, { linear_1: [3] }]);
});
