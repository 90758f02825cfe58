/**
 * Wrong descriptions. Each is refused by the compiler at the line that is marked, and by the program when it runs, in
 * one sentence; types.test.ts compares the two and keeps what the compiler prints in wrong.expected.txt.
 */
import {
  AvgPool1d,
  BasicBlock,
  BatchNorm,
  Bottleneck,
  Branches,
  Conv2d,
  DenseBlock,
  DepthwiseConv1d,
  DepthwiseConv2d,
  Dropout,
  Embedding,
  graph,
  Inception,
  InvertedResidual,
  Linear,
  MaxPool2d,
  network,
  ReLU,
  Reshape,
  Residual,
  SeparableConv2d,
  Sequential,
  SqueezeExcite,
  TransformerEncoder,
  TransformerEncoderLayer,
  Transition,
} from "../../src/build/index.js";

const image = { x: [3, 32, 32] } as const;
const small = { x: [1, 4, 4] } as const;
const vector = { x: [800] } as const;

export const wrong: Readonly<Record<string, () => unknown>> = {
  "a kernel larger than its input": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.conv2d(20, 5)),
  "a kernel too wide on its second axis, in a chain": () =>
    graph(image, ({ x }) =>
      x
        .conv2d(20, 5)
        .relu()
        // @ts-expect-error
        .conv2d(20, [3, 29])
        .flatten(),
    ),
  "a kernel that dilation makes too large": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.conv2d(20, 3, { dilation: 2 })),
  "a picture where a sequence is wanted": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv1d(20, 5)),
  "a vector where a picture is wanted": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.conv2d(20, 5)),
  "a vector pooled": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.maxPool3d(2)),
  "a dilation that steps over the whole input into the padding": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.maxPool2d(2, { padding: [0, 1], dilation: [1, 5] })),
  "no output channels": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(0, 5)),
  "a fraction of a kernel": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 2.5)),
  "a kernel of three axes in a plane": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, [3, 3, 3])),
  "a stride of 0": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 3, { stride: 0, padding: 1 })),
  "a negative padding on one axis": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 3, { padding: [1, -1] })),
  "groups that do not divide the input channels": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 3, { groups: 2 })),
  "groups that do not divide the output channels": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 3, { groups: 3 })),
  "a pool larger than its input": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.avgPool2d([2, 5])),
  "a pool padded by more than half": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.maxPool2d(3, { padding: 2 })),
  "no features": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.linear(0)),
  "a matrix product of a scalar": () =>
    // @ts-expect-error
    graph({ x: [] }, ({ x }) => x.linear(3)),
  "a batch norm of a scalar": () =>
    // @ts-expect-error
    graph({ x: [] }, ({ x }) => x.batchNorm()),
  "a softmax of a scalar": () =>
    // @ts-expect-error
    graph({ x: [] }, ({ x }) => x.logSoftmax()),
  "a picture for a sequence": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.lstm(64)),
  "no recurrent layers": () =>
    // @ts-expect-error
    graph({ x: [28, 9] }, ({ x }) => x.gru(64, { layers: 0, output: "last" })),
  "everything dropped between layers": () =>
    // @ts-expect-error
    graph({ x: [28, 9] }, ({ x }) => x.rnn(64, { layers: 2, dropout: 1 })),
  "another number of elements": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.reshape([20, 41])),
  "a size that is to be guessed": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.reshape([20, -1])),
  "a sum of two shapes": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.add(x.relu(), x.maxPool2d(2))),
  "pictures of two sizes side by side": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.concat(x, x.conv2d(8, 3))),
  "a vector of channels beside a picture": () =>
    // @ts-expect-error
    graph({ x: [3, 32, 32], y: [3] }, ({ x, y }) => x.multiply(y)),
  "matrices that do not fit": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.matmul(x.slice(0, 8, { axis: 1 }))),
  "a join along an axis that there is not": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.concat(x.relu(), { axis: 3 })),
  "a stack of two shapes": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.stack(x.flatten(), { axis: 1 })),
  "a slice beyond the end": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.slice(0, 40, { axis: -1 })),
  "parts that are not all": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.split([8, 16, 4], { axis: 1 })[0]),
  "a place that there is not": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.gather([0, 3])),
  "an axis that there is not": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.transpose(1, 3)),
  "an order that forgets an axis": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.permute([2, 1])),
  "an axis that is too wide to go": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.squeeze(0)),
  "a mean over one axis twice": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.mean([1, -2])),
  "two vectors of different axes": () =>
    // @ts-expect-error
    graph({ x: [2, 3], y: [4] }, ({ x, y }) => x.bilinear(y, 5)),
  "a padding behind the last row": () =>
    // @ts-expect-error
    graph({ x: [20] }, ({ x }) => x.embedding(10, 4, { paddingIndex: 10 })),
  "places of a vector": () =>
    // @ts-expect-error
    graph({ x: [20] }, ({ x }) => x.positionalEncoding()),
  "heads that do not divide the features": () =>
    // @ts-expect-error
    graph({ x: [20, 8] }, ({ x }) => x.multiHeadAttention(3)),
  "attention to a picture": () =>
    // @ts-expect-error
    graph({ x: [20, 8], y: [3, 5, 8] }, ({ x, y }) => x.multiHeadAttention(y, x, 2)),
  "a value for some keys only": () =>
    // @ts-expect-error
    graph({ x: [20, 8], y: [9, 8] }, ({ x, y }) => x.multiHeadAttention(x, y, 2)),
  "a certain dropout": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.dropout(1)),
  "a negative momentum": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.batchNorm({ momentum: -0.1 })),
  "an input without width": () =>
    // @ts-expect-error
    network({ input: [3, 32, 0], forward: x => x.relu() }),
  "one of two inputs without length": () =>
    // @ts-expect-error
    graph({ left: [3], right: [1.5] }, ({ left, right }) => left.concat(right)),
  "a named layer on the wrong input": () =>
    network({
      input: [1, 10, 10],
      layers: { cv1: Conv2d(20, 5), mp1: MaxPool2d(2), cv2: Conv2d(50, 5) },
      // @ts-expect-error
      forward: (x, l) => x.pipe(l.cv1).relu().pipe(l.mp1).pipe(l.cv2),
    }),
  "a layer with a stride of 0": () =>
    // @ts-expect-error
    Conv2d(20, 3, { stride: 0 }),
  "a layer with a pool of -2": () =>
    // @ts-expect-error
    AvgPool1d(-2),
  "a layer of half a feature": () =>
    // @ts-expect-error
    Linear(0.5),
  "a layer that drops too much": () =>
    // @ts-expect-error
    Dropout(1.5),
  "a guilty layer within others": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.pipe(Sequential(Conv2d(8, 3), ReLU(), Conv2d(8, 3)))),
  "a residual body that changes the shape": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(Residual(Sequential(Conv2d(3, 3), BatchNorm())))),
  "a layer that reshapes to another number": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(Reshape([20, 41]))),
  "rows without features": () =>
    // @ts-expect-error
    Embedding(10, 0),
  "an encoder's layer that drops all": () =>
    // @ts-expect-error
    TransformerEncoderLayer(2, { dropout: 1 }),
  "an encoder of half a layer": () =>
    // @ts-expect-error
    TransformerEncoder(0.5, 2),
  "an encoder whose heads do not divide the features": () =>
    // @ts-expect-error
    graph({ x: [20, 8] }, ({ x }) => x.pipe(TransformerEncoder(2, 3))),
  "a basic block without channels": () =>
    // @ts-expect-error
    BasicBlock(0),
  "a basic block on a vector": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(BasicBlock(8, { stride: 2 }))),
  "a bottleneck of half a channel": () =>
    // @ts-expect-error
    Bottleneck(0.5),
  "a bottleneck on a vector": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(Bottleneck(8))),
  "an inception module without a projection": () =>
    // @ts-expect-error
    Inception(64, 96, 128, 16, 32, 0),
  "an inception module on a sequence": () =>
    // @ts-expect-error
    graph({ x: [3, 16] }, ({ x }) => x.pipe(Inception(1, 1, 1, 1, 1, 1))),
  "a dense block that does not grow": () =>
    // @ts-expect-error
    DenseBlock(6, 0),
  "a dense block on a scalar": () =>
    // @ts-expect-error
    graph({ x: [] }, ({ x }) => x.pipe(DenseBlock(6, 32))),
  "a transition of an edge": () =>
    // @ts-expect-error
    graph({ x: [3, 1, 8] }, ({ x }) => x.pipe(Transition(2))),
  "a squeeze of nothing": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(SqueezeExcite(-1))),
  "a squeeze of a vector": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(SqueezeExcite(4))),
  "an inverted residual that widens by half": () =>
    // @ts-expect-error
    InvertedResidual(8, { expandRatio: 1.5 }),
  "an inverted residual on a volume": () =>
    // @ts-expect-error
    graph({ x: [3, 8, 8, 8] }, ({ x }) => x.pipe(InvertedResidual(8))),
  "a depthwise convolution of no channels": () =>
    // @ts-expect-error
    DepthwiseConv2d(3, { channelMultiplier: 0 }),
  "a depthwise convolution on a vector": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(DepthwiseConv1d(3))),
  "a depthwise kernel larger than its input": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.pipe(DepthwiseConv2d(5))),
  "a separable convolution with a kernel of three axes": () =>
    // @ts-expect-error
    SeparableConv2d(8, [3, 3, 3]),
  "a separable convolution with a stride that cannot keep the size": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(SeparableConv2d(8, 3, { stride: 2, padding: "same" }))),
  "branches of two sizes joined": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(Branches(Conv2d(8, 1), Conv2d(8, 3)))),
  "branches joined along an axis that there is not": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(Branches(Conv2d(8, 1), Conv2d(8, 1), { merge: "concat", axis: 3 }))),
  "branches of two shapes added": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(Branches(Conv2d(3, 1), ReLU(), Conv2d(8, 1), { merge: "add" }))),
  "branches of two shapes stacked": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(Branches(ReLU(), ReLU(), Conv2d(8, 1), { merge: "stack" }))),
  "branches that cannot be multiplied, the third by the first two": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(Branches(Linear(3), Linear(1), Linear(4), { merge: "multiply" }))),
  "a branch that does not fit its input": () =>
    // @ts-expect-error
    graph(small, ({ x }) => x.pipe(Branches(Conv2d(8, 1), Conv2d(8, 5)))),
  "a single branch": () =>
    // @ts-expect-error
    graph(vector, ({ x }) => x.pipe(Branches(Linear(3), { merge: "add" }))),
};

/** Refused by the compiler in its own words, which say where the spelling is wrong; the program says it in others. */
export const misspelt: Readonly<Record<string, () => unknown>> = {
  "an attribute that does not exist": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 3, { strid: 2 })),
  "an attribute that another op has": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.avgPool2d(2, { dilation: 2 })),
  "an attribute of a layer that does not exist": () =>
    // @ts-expect-error
    Linear(10, { bais: false }),
  "a flag that is none": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.conv2d(20, 3, { bias: 1 })),
  "an activation that does not exist": () =>
    // @ts-expect-error
    graph(image, ({ x }) => x.pipe(BasicBlock(8, { activation: "tanhh" }))),
  "branches merged by what merges nothing": () =>
    // @ts-expect-error
    Branches(Linear(3), Linear(3), { merge: "relu" }),
  "branches that are added along an axis": () =>
    // @ts-expect-error
    Branches(Linear(3), Linear(3), { merge: "add", axis: 1 }),
  "a size as text": () =>
    // @ts-expect-error
    Linear("10"),
};
