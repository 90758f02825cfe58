/**
 * Expected texts are written by hand from the documentation: keras.io/api/layers, fluxml.ai (Built-in Layers), Arraymancer's
 * nn_dsl (`network DemoNet` with Conv2D, MaxPool2D, Flatten and Linear), Grenade's README (`type MNIST`).
 */
import { describe, expect, it } from "vitest";
import { assemble } from "../op/index.js";
import "../ops/index.js";
import { writeArraymancer } from "./arraymancer.js";
import { writeFlux } from "./flux.js";
import { writeGrenade } from "./grenade.js";
import { writeKeras } from "./keras.js";

function lenet(bias = true) {
  const a = assemble("lenet");
  const cv1 = a.node(
    "conv2d",
    [a.input("x", [1, 28, 24])],
    { outChannels: 20, kernelSize: [5, 3], bias },
    { name: "cv1" },
  );
  const mp1 = a.node("maxPool2d", [a.node("relu", [cv1], {}, { name: "act" })], { kernelSize: 2 }, { name: "mp1" });
  return a.finish(
    a.node("linear", [a.node("flatten", [mp1], {}, { name: "fl" })], { outFeatures: 10 }, { name: "fc" }),
  );
}

describe("LeNet", () => {
  it("in Keras", () =>
    expect(
      writeKeras(lenet()),
    ).toBe(`# Tensors are channels first: TensorFlow runs that on a GPU only, JAX and PyTorch (KERAS_BACKEND) anywhere.
import keras
from keras import layers, ops


def build():
    x_out = keras.Input((1, 28, 24), name="x")
    cv1 = layers.Conv2D(20, (5, 3), strides=(1, 1), dilation_rate=(1, 1), groups=1, use_bias=True, data_format="channels_first")
    mp1 = layers.MaxPooling2D((2, 2), strides=(2, 2), data_format="channels_first")
    fc = layers.Dense(10)
    cv1_out = cv1(x_out)
    act_out = ops.relu(cv1_out)
    mp1_out = mp1(act_out)
    fl_out = ops.reshape(mp1_out, (-1, 2640))
    fc_out = fc(fl_out)
    return keras.Model(x_out, fc_out)
`));

  it("in Flux, axes reversed", () =>
    expect(
      writeFlux(lenet()),
    ).toBe(`# Inputs, the first axis the fastest: x: (24, 28, 1, N). Conv turns its kernels, so that weights from elsewhere must be turned.
using Flux # 0.15 or later, whose recurrent layers take whole sequences

struct Net_lenet{L}
    layers::L
end
Flux.@layer Net_lenet

Net_lenet() = Net_lenet((;
    cv1 = Conv((3, 5), 1 => 20; stride=(1, 1), pad=(0, 0), dilation=(1, 1), groups=1, bias=true),
    mp1 = MaxPool((2, 2); stride=(2, 2), pad=(0, 0)),
    fc = Dense(2640 => 10),
))

function (model::Net_lenet)(x)
    l = model.layers
    cv1 = l.cv1(x)
    act = relu.(cv1)
    mp1 = l.mp1(act)
    fl = Flux.flatten(mp1)
    fc = l.fc(fl)
    return fc
end
`));

  it("in Arraymancer", () =>
    expect(writeArraymancer(lenet())).toBe(`import arraymancer

network Net_lenetL:
  layers:
    cv1L: Conv2D(@[1, 28, 24], 20, (5, 3), padding = (0, 0), stride = (1, 1))
    mp1L: MaxPool2D(@[20, 24, 22], (2, 2), (0, 0), (2, 2))
    flL: Flatten(@[20, 12, 11])
    fcL: Linear(2640, 10)
  forward xL:
    xL.cv1L.relu.mp1L.flL.fcL

let
  ctx = newContext Tensor[float32]
  model = ctx.init(Net_lenetL)
`));

  it("in Grenade, whose convolution has no bias", () =>
    expect(writeGrenade(lenet(false))).toBe(`{-# LANGUAGE DataKinds #-}
module Net_lenet where

import Control.Monad.Random (MonadRandom)
import Grenade

type Net_lenet = Network
  '[ Convolution 1 20 5 3 1 1
   , Relu
   , Pooling 2 2 2 2
   , Reshape
   , FullyConnected 2640 10 ]
  '[ 'D3 28 24 1
   , 'D3 24 22 20
   , 'D3 24 22 20
   , 'D3 12 11 20
   , 'D1 2640
   , 'D1 10 ]

randomNet_lenet :: MonadRandom m => m Net_lenet
randomNet_lenet = randomNetwork
`));
});

describe("what differs", () => {
  it("is a border of its own in Keras, reversed axes in Flux", () => {
    const a = assemble("pads");
    const attrs = { outChannels: 2, kernelSize: 3, padding: [[0, 1], 2] };
    const made = a.node("conv2d", [a.input("x", [1, 8, 9])], attrs, { name: "cv" });
    const pool = a.node("maxPool2d", [made], { kernelSize: 2, padding: 1 }, { name: "mp" });
    const norm = a.node("batchNorm", [pool], { momentum: 0.1 }, { name: "bn" });
    const drop = a.node("dropout2d", [norm], { p: 0.2 }, { name: "dr" });
    const net = a.finish(a.node("softmax", [a.node("concat", [drop, pool], {}, { name: "cat" })], {}, { name: "sm" }));
    const keras = writeKeras(net);
    expect(keras).toContain("cv_out = cv(ops.pad(x_out, ((0, 0), (0, 0), (0, 1), (2, 2))))\n");
    expect(keras).toContain('mp(ops.pad(cv_out, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=float("-inf")))\n');
    expect(keras).toContain("bn = layers.BatchNormalization(axis=1, momentum=0.9, epsilon=0.00001)\n");
    expect(keras).toContain("cat_out = ops.concatenate([dr_out, mp_out], axis=1)\n");
    const flux = writeFlux(net);
    expect(flux).toContain("pad=(2, 2, 0, 1)");
    expect(flux).toContain("dr = Dropout(0.2; dims=(3, 4)),\n");
    expect(flux).toContain("cat = cat(dr, mp; dims=3)\n    sm = softmax(cat; dims=3)\n");
  });

  it.each([
    ["Arraymancer", writeArraymancer, "conv1d: Arraymancer cannot say it, got cv; its one convolution is Conv2D"],
    ["Grenade", writeGrenade, "conv1d: Grenade cannot say it, got cv; its one convolution has two axes"],
  ])("is refused by %s with the first op", (_, write, sentence) => {
    const a = assemble("line");
    const cv = a.node("conv1d", [a.input("x", [1, 8])], { outChannels: 2, kernelSize: 3 }, { name: "cv" });
    expect(() => write(a.finish(a.node("selu", [cv])))).toThrow(sentence);
  });

  it("is refused where layers do not follow one another", () => {
    const a = assemble("skip");
    const x = a.input("x", [4]);
    const fc = a.node("linear", [x], { outFeatures: 4 }, { name: "fc" });
    const again = a.node("linear", [x], { outFeatures: 4 }, { name: "again", shares: fc });
    expect(() => writeGrenade(a.finish(fc, again))).toThrow(
      "linear: Grenade cannot say it, got again; layers must follow one another",
    );
    expect(writeFlux(a.finish(fc, again))).toContain("    again = l.fc(x)\n    return fc, again\n");
    const b = assemble("none");
    expect(() => writeKeras(b.finish(b.node("positionalEncoding", [b.input("x", [2, 3])], {})))).toThrow(
      /^positionalEncoding: Keras cannot say it, got positionalEncoding_1; it has no such layer$/,
    );
  });
});
