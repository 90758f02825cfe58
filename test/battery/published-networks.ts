/** Published networks built from the blocks, layers called as torchvision's modules. A thousand classes each. */
import {
  BasicBlock,
  BatchNorm,
  Bottleneck,
  Branches,
  Conv2d,
  DenseBlock,
  Dropout,
  Inception,
  InvertedResidual,
  Linear,
  MaxPool2d,
  network,
  ReLU,
  ReLU6,
  Sequential,
  Transition,
} from "../../src/build/index.js";

const input = [3, 224, 224] as const;
const classes = 1000;
const stem = () => Conv2d(64, 7, { stride: 2, padding: 3, bias: false });

export const resNet18 = network({
  name: "resnet18",
  input,
  layers: {
    conv1: stem(),
    bn1: BatchNorm(),
    layer1: Sequential(BasicBlock(64), BasicBlock(64)),
    layer2: Sequential(BasicBlock(128, { stride: 2 }), BasicBlock(128)),
    layer3: Sequential(BasicBlock(256, { stride: 2 }), BasicBlock(256)),
    layer4: Sequential(BasicBlock(512, { stride: 2 }), BasicBlock(512)),
    fc: Linear(classes),
  },
  forward: (x, l) =>
    x
      .pipe(l.conv1)
      .pipe(l.bn1)
      .relu()
      .maxPool2d(3, { stride: 2, padding: 1 })
      .pipe(l.layer1)
      .pipe(l.layer2)
      .pipe(l.layer3)
      .pipe(l.layer4)
      .globalAvgPool()
      .pipe(l.fc),
});

const halved = { stride: 2 } as const;
export const resNet50 = network({
  name: "resnet50",
  input,
  layers: {
    conv1: stem(),
    bn1: BatchNorm(),
    layer1: Sequential(Bottleneck(64), Bottleneck(64), Bottleneck(64)),
    layer2: Sequential(Bottleneck(128, halved), Bottleneck(128), Bottleneck(128), Bottleneck(128)),
    layer3: Sequential(
      Bottleneck(256, halved),
      Bottleneck(256),
      Bottleneck(256),
      Bottleneck(256),
      Bottleneck(256),
      Bottleneck(256),
    ),
    layer4: Sequential(Bottleneck(512, halved), Bottleneck(512), Bottleneck(512)),
    fc: Linear(classes),
  },
  forward: (x, l) =>
    x
      .pipe(l.conv1)
      .pipe(l.bn1)
      .relu()
      .maxPool2d(3, { stride: 2, padding: 1 })
      .pipe(l.layer1)
      .pipe(l.layer2)
      .pipe(l.layer3)
      .pipe(l.layer4)
      .globalAvgPool()
      .pipe(l.fc),
});

export const mobileNetV2 = network({
  name: "mobilenet_v2",
  input,
  layers: {
    features: Sequential(
      Sequential(Conv2d(32, 3, { stride: 2, padding: 1, bias: false }), BatchNorm(), ReLU6()),
      InvertedResidual(16, { expandRatio: 1 }),
      InvertedResidual(24, { stride: 2 }),
      InvertedResidual(24),
      InvertedResidual(32, { stride: 2 }),
      InvertedResidual(32),
      InvertedResidual(32),
      InvertedResidual(64, { stride: 2 }),
      InvertedResidual(64),
      InvertedResidual(64),
      InvertedResidual(64),
      InvertedResidual(96),
      InvertedResidual(96),
      InvertedResidual(96),
      InvertedResidual(160, { stride: 2 }),
      InvertedResidual(160),
      InvertedResidual(160),
      InvertedResidual(320),
      Sequential(Conv2d(1280, 1, { bias: false }), BatchNorm(), ReLU6()),
    ),
    classifier: Sequential(Dropout(0.2), Linear(classes)),
  },
  forward: (x, l) => x.pipe(l.features).globalAvgPool().pipe(l.classifier),
});

export const denseNet121 = network({
  name: "densenet121",
  input,
  layers: {
    "features.conv0": stem(),
    "features.norm0": BatchNorm(),
    "features.denseblock1": DenseBlock(6, 32),
    "features.transition1": Transition(128),
    "features.denseblock2": DenseBlock(12, 32),
    "features.transition2": Transition(256),
    "features.denseblock3": DenseBlock(24, 32),
    "features.transition3": Transition(512),
    "features.denseblock4": DenseBlock(16, 32),
    "features.norm5": BatchNorm(),
    classifier: Linear(classes),
  },
  forward: (x, l) =>
    x
      .pipe(l["features.conv0"])
      .pipe(l["features.norm0"])
      .relu()
      .maxPool2d(3, { stride: 2, padding: 1 })
      .pipe(l["features.denseblock1"])
      .pipe(l["features.transition1"])
      .pipe(l["features.denseblock2"])
      .pipe(l["features.transition2"])
      .pipe(l["features.denseblock3"])
      .pipe(l["features.transition3"])
      .pipe(l["features.denseblock4"])
      .pipe(l["features.norm5"])
      .relu()
      .globalAvgPool()
      .pipe(l.classifier),
});

const eps = { eps: 0.001 } as const;
const upwards = { stride: 2, ceilMode: true } as const;
export const googLeNet = network({
  name: "googlenet",
  input,
  layers: {
    "conv1.conv": stem(),
    "conv1.bn": BatchNorm(eps),
    "conv2.conv": Conv2d(64, 1, { bias: false }),
    "conv2.bn": BatchNorm(eps),
    "conv3.conv": Conv2d(192, 3, { padding: 1, bias: false }),
    "conv3.bn": BatchNorm(eps),
    inception3a: Inception(64, 96, 128, 16, 32, 32),
    inception3b: Inception(128, 128, 192, 32, 96, 64),
    inception4a: Inception(192, 96, 208, 16, 48, 64),
    inception4b: Inception(160, 112, 224, 24, 64, 64),
    inception4c: Inception(128, 128, 256, 24, 64, 64),
    inception4d: Inception(112, 144, 288, 32, 64, 64),
    inception4e: Inception(256, 160, 320, 32, 128, 128),
    inception5a: Inception(256, 160, 320, 32, 128, 128),
    inception5b: Inception(384, 192, 384, 48, 128, 128),
    fc: Linear(classes),
  },
  forward: (x, l) => {
    const once = x.pipe(l["conv1.conv"]).pipe(l["conv1.bn"]).relu().maxPool2d(3, upwards);
    const twice = once.pipe(l["conv2.conv"]).pipe(l["conv2.bn"]).relu();
    const three = twice.pipe(l["conv3.conv"]).pipe(l["conv3.bn"]).relu().maxPool2d(3, upwards);
    const four = three.pipe(l.inception3a).pipe(l.inception3b).maxPool2d(3, upwards);
    const middle = four.pipe(l.inception4a).pipe(l.inception4b).pipe(l.inception4c).pipe(l.inception4d);
    const five = middle.pipe(l.inception4e).maxPool2d(2, upwards);
    return five.pipe(l.inception5a).pipe(l.inception5b).globalAvgPool().dropout(0.2).pipe(l.fc);
  },
});

const fire = <S extends number, E extends number>(squeeze: S, expand: E) =>
  Sequential(
    Conv2d(squeeze, 1),
    ReLU(),
    Branches(Sequential(Conv2d(expand, 1), ReLU()), Sequential(Conv2d(expand, 3, { padding: 1 }), ReLU())),
  );
export const squeezeNet11 = network({
  name: "squeezenet1_1",
  input,
  layers: {
    features: Sequential(
      Conv2d(64, 3, { stride: 2 }),
      ReLU(),
      MaxPool2d(3, upwards),
      fire(16, 64),
      fire(16, 64),
      MaxPool2d(3, upwards),
      fire(32, 128),
      fire(32, 128),
      MaxPool2d(3, upwards),
      fire(48, 192),
      fire(48, 192),
      fire(64, 256),
      fire(64, 256),
    ),
    classifier: Sequential(Dropout(0.5), Conv2d(classes, 1), ReLU()),
  },
  forward: (x, l) => x.pipe(l.features).pipe(l.classifier).globalAvgPool(),
});
