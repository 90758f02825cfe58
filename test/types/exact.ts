/** What the compiler must know of right descriptions; compiled, never run. */
import {
  BasicBlock,
  BatchNorm,
  Bottleneck,
  Branches,
  Conv1d,
  Conv2d,
  DenseBlock,
  DepthwiseConv2d,
  Embedding,
  Flatten,
  graph,
  Identity,
  Inception,
  InvertedResidual,
  Linear,
  Lstm,
  MaxPool2d,
  type Network,
  network,
  ReLU,
  Residual,
  SeparableConv2d,
  Sequential,
  type SequentialLayer,
  type Shape,
  Slice,
  SqueezeExcite,
  type Tensor,
  TransformerEncoder,
  Transition,
} from "../../src/build/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Plain<S> = { -readonly [I in keyof S]: S[I] };
declare function is<Yes extends true>(): Yes;
declare function t<const S extends Shape>(shape: S): Tensor<Plain<S>>;
declare const n: number;
declare const three: 3 | 5;
declare const sizes: number[];
declare const options: { stride?: number; padding?: number };

// Hovers.
const image = t([1, 28, 28]);
is<Equal<typeof image, Tensor<[1, 28, 28]>>>();
const maps = image.conv2d(20, 5);
is<Equal<typeof maps, Tensor<[20, 24, 24]>>>();
const lenet = network({
  input: [1, 28, 28],
  layers: { cv1: Conv2d(20, 5), mp1: MaxPool2d(2), hidden: Linear(500), classifier: Linear(10) },
  forward: (x, l) => x.pipe(l.cv1).relu().pipe(l.mp1).flatten().pipe(l.hidden).relu().pipe(l.classifier),
});
is<Equal<typeof lenet, Network<[1, 28, 28], [10]>>>();
const two = graph({ left: [4], right: [5, 6] }, ({ left, right }) => ({ sum: left.add(left), flat: right.flatten() }));
is<Equal<typeof two, Network<{ left: [4]; right: [5, 6] }, { sum: [4]; flat: [30] }>>>();

// Attributes.
is<Equal<(typeof a0)["shape"], [8, 14, 11]>>();
const a0 = image.conv2d(8, [3, 5], { stride: [2, 3], padding: [1, 4], dilation: 1, bias: false });
is<Equal<(typeof a1)["shape"], [6, 20, 24]>>();
const a1 = t([4, 28, 28]).conv2d(6, 3, { dilation: [4, 2], groups: 2 });
is<Equal<(typeof a2)["shape"], [4, 8, 14]>>();
const a2 = t([4, 16, 28]).maxPool2d(2);
is<Equal<(typeof a3)["shape"], [4, 15, 7]>>();
const a3 = t([4, 16, 28]).maxPool2d([2, 4], { stride: [1, 4] });
is<Equal<(typeof a4)["shape"], [4, 8, 10]>>();
const a4 = t([4, 16, 28]).avgPool2d(3, { stride: [2, 3], ceilMode: true });
is<Equal<(typeof a5)["shape"], [3, number, 30]>>();
const a5 = t([3, n, 28]).pad2d([1, [3, -1]], { mode: "circular" });

// Large sizes.
is<Equal<(typeof b0)["shape"], [999983]>>();
const b0 = t([1, 999983]).flatten();
is<Equal<(typeof b1)["shape"], [8, 333332]>>();
const b1 = t([3, 1000000]).conv1d(8, 7, { stride: 3 });
is<Equal<(typeof b2)["shape"], [1000000000000]>>();
const b2 = t([1000000, 1000, 1000]).flatten();
is<Equal<(typeof b3)["shape"], [1, 1000000]>>();
const b3 = t([1000000]).reshape([1, 1000000]);
is<Equal<(typeof b4)["shape"], [1000000, 1]>>();
const b4 = t([1, 1000000]).conv1d(1000000, 1000000);

// Sizes that only the program knows become `number`, and what does not depend on them stays.
is<Equal<(typeof c0)["shape"], [8, number, 26]>>();
const c0 = t([3, n, 28]).conv2d(8, 3);
is<Equal<(typeof c1)["shape"], [number, 26, 26]>>();
const c1 = t([3, 28, 28]).conv2d(n, 3);
is<Equal<(typeof c2)["shape"], [8, number, number]>>();
const c2 = t([3, 28, 28]).conv2d(8, three);
is<Equal<(typeof c3)["shape"], [8, number, number]>>();
const c3 = t([3, 28, 28]).conv2d(8, 3, options);
is<Equal<(typeof c4)["shape"], [8, number, number]>>();
const c4 = t([3, 28, 28]).conv2d(8, 3, { stride: sizes });
is<Equal<(typeof c5)["shape"], [number]>>();
const c5 = c0.flatten();
is<Equal<(typeof c6)["shape"], [10]>>();
const c6 = c5.linear(10).dropout(n);
is<Equal<(typeof c7)["shape"], [number, 28]>>();
const c7 = t([3, 28]).concat(t([n, 28]));
const whole: Tensor = image;
is<Equal<(typeof c8)["shape"], [8, number, number]>>();
const c8 = whole.conv2d(8, 3);
is<Equal<(typeof c9)["shape"], Shape>>();
const c9 = whole.linear(3);

// A tensor of known shape serves where less is known, and nowhere else.
export const wider: Tensor<[number, 28, 28]> = image;
// @ts-expect-error
export const other: Tensor<[1, 28, 29]> = image;
let deeper: Tensor<[number, number, number]> = image;
for (const channels of [16, 32]) deeper = deeper.conv2d(channels, 3).relu();

// Functions of tensors, of shapes and of sizes.
const halve = <C extends number, H extends number, W extends number>(x: Tensor<[C, H, W]>) =>
  x.conv2d(8, 3, { padding: 1, stride: 2 }).relu().maxPool2d(2).flatten();
const framed = <S extends Shape>(x: Tensor<S>) =>
  x.pad2d(2, { mode: "reflect" }).maxPool2d(2, { ceilMode: true }).crop2d(1);
is<Equal<(typeof framing)["shape"], [1, 14, 14]>>();
const framing = framed(image);
is<Equal<(typeof d0)["shape"], [392]>>();
const d0 = halve(image);
const widen = <S extends Shape, F extends number>(x: Tensor<S>, channels: F) => x.conv2d(channels, 3).batchNorm();
is<Equal<(typeof d1)["shape"], [64, 26, 26]>>();
const d1 = widen(image, 64);
const block = <F extends number, K extends number>(channels: F, kernel: K) =>
  Sequential(Conv2d(channels, [kernel, 3], { padding: [kernel, 1] }), BatchNorm(), ReLU());
is<Equal<(typeof d2)["shape"], [16, 34, 28]>>();
const d2 = image.pipe(block(16, 5));
const twice = <F extends number>(channels: F) => Residual(Sequential(BasicBlock(channels), BasicBlock(channels)));
is<Equal<(typeof d3)["shape"], [16, 34, 28]>>();
const d3 = d2.pipe(twice(16)).pipe(twice(16));
is<Equal<(typeof d4)["shape"], [35]>>();
const d4 = d3.pipe(Sequential(BasicBlock(35, { activation: "tanh", stride: 2 }), MaxPool2d([17, 14]), Flatten()));
// @ts-expect-error a block of no channels is refused where it is used
export const d5 = image.pipe(block(0, 5));

// Sequences.
is<Equal<(typeof s0)["shape"], [28, 64]>>();
const s0 = t([28, 9]).lstm(64);
is<Equal<(typeof s1)["shape"], [256]>>();
const s1 = t([n, 9]).gru(128, { layers: 2, bidirectional: true, output: "last" });
is<Equal<(typeof s2)["shape"], [number, 2000000]>>();
const s2 = t([n, 9]).rnn(1000000, { bidirectional: true, nonlinearity: "relu" });
is<Equal<(typeof s3)["shape"], [28, number]>>();
const s3 = t([28, 9]).pipe(Lstm(64, { bidirectional: n > 1 }));
is<Equal<(typeof s4)["shape"], Shape>>();
const s4 = t([28, 9]).lstm(64, { output: n > 1 ? "last" : "sequence" });
const read = <T extends number, F extends number, H extends number>(x: Tensor<[T, F]>, hidden: H) =>
  x.lstm(hidden).lstm(hidden, { output: "last" });
is<Equal<(typeof s5)["shape"], [32]>>();
const s5 = read(t([28, 9]), 32);

// Two tensors and axes.
is<Equal<(typeof e0)["shape"], [8, 5, 5]>>();
const e0 = t([8, 5, 5]).multiply(t([8, 1, 1]));
is<Equal<(typeof e1)["shape"], [2, 4, number]>>();
const e1 = t([2, n, 1]).subtract(t([2, 4, n]));
is<Equal<(typeof e2)["shape"], [4, 2, number]>>();
const e2 = t([4, 2, 3]).matmul(t([1, 3, n]));
is<Equal<(typeof e3)["shape"], [3, number]>>();
const e3 = t([3, 28]).concat(t([3, 5]), t([3, n]), { axis: 1 });
is<Equal<(typeof e4)["shape"], [3, 28, 2]>>();
const e4 = t([3, 28]).stack(t([3, 28]), { axis: -1 });
is<Equal<(typeof e5)["shape"], [3, number]>>();
const e5 = t([7, n]).slice(1, 6, { step: 2 });
is<Equal<(typeof e6)["shape"], [number, 3]>>();
const e6 = t([7, 3]).slice(n, 6);
is<Equal<(typeof e7)["shape"], Shape>>();
const e7 = t([2, 3, 4]).transpose(three, 0);
is<Equal<(typeof e8)["shape"], Shape>>();
const e8 = whole.permute([1, 0]).squeeze(0).mean(0);
is<Equal<(typeof e9)["shape"], []>>();
const e9 = t([2, 3, 4]).mean();
is<Equal<(typeof e10)["shape"], [1, 3, 1]>>();
const e10 = t([2, 3, 4]).max([0, -1], { keepDims: true });
is<Equal<(typeof e11)["shape"], [10]>>();
const e11 = t([2, 30, 4]).sum(0).gather([3, 3, 1], { axis: 1 }).unflatten(0, [10, 3]).sum([-1, -2]);
const gate = <C extends number, H extends number, W extends number>(x: Tensor<[C, H, W]>) =>
  x.multiply(x.mean([1, 2], { keepDims: true }).sigmoid());
is<Equal<(typeof e12)["shape"], [8, 5, 5]>>();
const e12 = gate(t([8, 5, 5]));
const heads = <S extends Shape, N extends number>(x: Tensor<S>, count: N) =>
  x.slice(0, count).transpose(0, 1).unsqueeze(0).squeeze(0).concat(x, { axis: 1 });
is<Equal<(typeof e13)["shape"], [3, 6]>>();
const e13 = heads(t([3, 3]), 3);
is<Equal<(typeof e14)[1]["shape"], [3, 2]>>();
const e14 = t([3, 6]).split([1, 2, 3], { axis: -1 });
is<Equal<(typeof e15)["length"], 2>>();
is<Equal<(typeof e15)[1]["shape"], [number, 6]>>();
const e15 = t([3, 6]).split([1, n]);
declare const list: Tensor<[3, 6]>[];

// Sequences and attention.
is<Equal<(typeof q0)["shape"], [7, 16]>>();
const q0 = t([7]).embedding(100, 16, { paddingIndex: 0 }).positionalEncoding().multiHeadAttention(4, { causal: true });
is<Equal<(typeof q1)["shape"], [number, 16]>>();
const q1 = t([n])
  .pipe(Sequential(Embedding(n, 16), TransformerEncoder(2, 4, { activation: "gelu" })))
  .multiHeadAttention(q0, q0, n, { dropout: 0.1 });
is<Equal<(typeof q2)["shape"], [5]>>();
const q2 = q1.mean(0).bilinear(t([n]), 5);
is<Equal<(typeof q3)["shape"], [7, 16]>>();
const q3 = q0.multiHeadAttention(q1, t([n, 3]), 2);
const attend = <L extends number, F extends number>(x: Tensor<[L, F]>) => x.multiHeadAttention(2).positionalEncoding();
is<Equal<(typeof q4)["shape"], [7, 16]>>();
const q4 = attend(q0);
is<Equal<(typeof q5)["shape"], Shape>>();
const q5 = whole.embedding(10, 4).multiHeadAttention(2);

is<Equal<(typeof e16)["shape"], Shape>>();
const e16 = t([3, 6]).concat(...list, { axis: 1 });
is<Equal<(typeof e17)["shape"], [3, number, 6]>>();
const e17 = t([3, 6]).stack(...list, { axis: 1 });
export const e18: Tensor = t([3, 6])
  .concat(...list)
  .stack();

// Blocks.
is<Equal<(typeof f0)["shape"], [256, 14, 14]>>();
const f0 = image.pipe(Bottleneck(64, { stride: 2 }));
is<Equal<(typeof f1)["shape"], [256, 28, 28]>>();
const f1 = image.pipe(Inception(64, 96, 128, 16, 32, 32));
is<Equal<(typeof f2)["shape"], [128, 7, 14]>>();
const f2 = t([64, 14, 28]).pipe(Sequential(DenseBlock(6, 32), Transition(128)));
is<Equal<(typeof f3)["shape"], [64, number, 28]>>();
const f3 = t([64, n, 28]).pipe(SqueezeExcite(4));
is<Equal<(typeof f4)["shape"], [24, 14, 14]>>();
const f4 = image.pipe(Sequential(InvertedResidual(16, { expandRatio: 1 }), InvertedResidual(24, { stride: 2 })));
is<Equal<(typeof f5)["shape"], [48, 12, 28]>>();
const f5 = t([24, 14, 28]).pipe(DepthwiseConv2d([3, 5], { channelMultiplier: 2, padding: [0, 2] }));
is<Equal<(typeof f6)["shape"], [10, 14, 28]>>();
const f6 = t([24, 14, 28]).pipe(SeparableConv2d(10, 5, { padding: "same" }));
is<Equal<(typeof f7)["shape"], [number, number, number]>>();
const f7 = whole.pipe(DenseBlock(6, 32));
is<Equal<(typeof f8)["shape"], [number, 28, 28]>>();
const f8 = image.pipe(DenseBlock(n, 32));
const dense = <N extends number, G extends number>(layers: N, growth: G) =>
  Sequential(DenseBlock(layers, growth), ReLU());
is<Equal<(typeof f9)["shape"], [193, 28, 28]>>();
const f9 = image.pipe(dense(6, 32));
const scaled = <C extends number, H extends number, W extends number>(x: Tensor<[C, H, W]>) =>
  x.pipe(SqueezeExcite(2)).pipe(Bottleneck(4));
is<Equal<(typeof f10)["shape"], [16, 28, 28]>>();
const f10 = scaled(image);

// Branches.
is<Equal<(typeof g0)["shape"], [9, 28, 28]>>();
const g0 = image.pipe(Branches(Conv2d(8, 3, { padding: 1 }), Identity()));
is<Equal<(typeof g1)["shape"], [8, 14, 28]>>();
const g1 = t([3, 16])
  .pipe(Branches(Conv1d(8, 3), Conv1d(8, 3), { merge: "stack", axis: 2 }))
  .reshape([8, 14, 2])
  .pipe(
    Branches(Sequential(Flatten(), Linear(3136)), Sequential(Linear(28), Flatten(), Linear(3136)), {
      merge: "maximum",
    }),
  )
  .reshape([8, 14, 28]);
is<Equal<(typeof g2)["shape"], [4, 9]>>();
const g2 = t([4, 5]).pipe(Branches(Identity(), Linear(4), { merge: "concat", axis: -1 }));
is<Equal<(typeof g3)["shape"], [4, 7]>>();
const g3 = t([4, 5]).pipe(Branches(Linear(1), Linear(7), Linear(1), { merge: "multiply" }));
is<Equal<(typeof g4)["shape"], [4, 5]>>();
const g4 = t([4, 5]).pipe(Branches(Identity(), Linear(5), Linear(n), { merge: "add" }));
declare const heap: SequentialLayer<[]>[];
is<Equal<(typeof g5)["shape"], Shape>>();
const g5 = t([4, 5]).pipe(Branches(...heap));
const fire = <S extends number, E extends number>(squeeze: S, expand: E) =>
  Sequential(Conv2d(squeeze, 1), Branches(Conv2d(expand, 1), Conv2d(expand, 3, { padding: 1 })));
is<Equal<(typeof g6)["shape"], [128, 28, 28]>>();
const g6 = image.pipe(fire(16, 64));
is<Equal<(typeof e19)["shape"], [2, 3]>>();
const e19 = t([7, 3]).slice(-2);
is<Equal<(typeof e20)["shape"], [7, 1]>>();
const e20 = t([7, 3]).pipe(Slice(-3, undefined, { axis: -1, step: 3 }));
