import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { network } from "../build/index.js";
import { Conv2d, Linear } from "../ops/index.js";
import { adam, adamW, sgd } from "../train/index.js";
import { augmentations, inits, losses, optimizers, schedules } from "./settings.js";
import { fitOptionsOf, scheduleOf, type TrainingOptions } from "./training-options.js";

const free = network({
  name: "free",
  input: [1, 8, 8],
  layers: { stem: Conv2d(4, 3), out: Linear(3) },
  forward: (x, l) => x.pipe(l.stem).relu().flatten().pipe(l.out),
});
const logs = network({
  name: "logs",
  input: [1, 8, 8],
  layers: { out: Linear(3) },
  forward: (x, l) => x.flatten().pipe(l.out).logSoftmax(),
});
const asked = (given: TrainingOptions, of: typeof free | typeof logs = free) => fitOptionsOf(of as never, given);

test("without options everything is as documented", async () => {
  const { optimizer, ...others } = await asked({});
  expect(optimizer!.settings).toEqual(adam({ learningRate: 2e-3, amsgrad: true }).settings);
  expect(others).toEqual({ epochs: 4, batchSize: 25, seed: 42 });
});

describe("options become those of fit", () => {
  test.each([
    [
      { optimizer: "sgd:momentum=0.9,nesterov", learningRate: 0.1 },
      sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    ],
    [{ optimizer: "adam:amsgrad=false" }, adam({ learningRate: 2e-3 })],
    [{ optimizer: "adamW:beta1=0.8", weightDecay: 0.1 }, adamW({ learningRate: 2e-3, beta1: 0.8, weightDecay: 0.1 })],
    [{ weightDecay: 0 }, adam({ learningRate: 2e-3, amsgrad: true })],
  ] as const)("%o", async (given, { settings }) => {
    expect((await asked(given)).optimizer!.settings).toEqual(settings);
  });

  test.each([
    [{ schedule: "cosine:minFactor=0.1" }, { schedule: { name: "cosine", minFactor: 0.1 } }],
    [
      { schedule: "warmUp:length=20+step:stepSize=2,unit=epoch" },
      { schedule: { name: "warmUp", length: 20, schedule: { name: "step", stepSize: 2, unit: "epoch" } } },
    ],
    [
      { schedule: "plateau:monitor=logLoss,patience=2" },
      { schedule: { name: "plateau", monitor: "logLoss", patience: 2 } },
    ],
    [{ init: "kaimingNormal:mode=fanOut" }, { init: { name: "kaimingNormal", mode: "fanOut" } }],
    [{ clipNorm: 1, clipValue: 0.5 }, { clip: { norm: 1, value: 0.5 } }],
    [
      { accumulate: 2, dropLast: true as const, validation: 0.1 },
      { accumulate: 2, dropLast: true, validation: 0.1 },
    ],
    [{ labelSmoothing: 0.1 }, { loss: { name: "crossEntropy", labelSmoothing: 0.1 } }],
    [{ classWeights: [1, 2, 3] }, { loss: { name: "crossEntropy", classWeights: [1, 2, 3] } }],
    [{ loss: "hinge:margin=0.5,p=2" }, { loss: { name: "hinge", margin: 0.5, p: 2 } }],
    [{ earlyStopping: "3" }, { earlyStopping: { monitor: "logLoss", patience: 3, restoreBest: true } }],
    [
      { earlyStopping: "accuracy:patience=2,minDelta=0.01,restoreBest=false" },
      { earlyStopping: { monitor: "accuracy", patience: 2, minDelta: 0.01, restoreBest: false } },
    ],
    [
      { augment: ["shift:by=2/0,fill=edge", "flip", "erase:area=0.1/0.2,value=random"] },
      {
        augment: [
          { name: "shift", by: [2, 0], fill: "edge" },
          { name: "flip" },
          { name: "erase", area: [0.1, 0.2], value: "random" },
        ],
      },
    ],
    [{ freeze: ["stem"] }, { layers: { stem: { frozen: true } } }],
  ] as [TrainingOptions, object][])("%o", async (given, wanted) => expect(await asked(given)).toMatchObject(wanted));

  test("the loss is the one that the last op asks for", async () => {
    expect((await asked({ classWeights: [1, 1, 2] }, logs)).loss).toEqual({ name: "nll", classWeights: [1, 1, 2] });
  });
});

describe("what cannot be is wrong use, in a sentence", () => {
  test.each([
    [{ optimizer: "adm" }, "train: there is no such optimizer, got adm; did you mean adam or adamW or nadam?"],
    [
      { optimizer: "sgd:beta1=0.9" },
      "sgd: there is no such setting, got beta1; known are momentum, dampening, nesterov, weightDecay",
    ],
    [{ optimizer: "sgd:momentum=fast" }, "sgd: momentum must be a number, got fast; give another"],
    [{ optimizer: "sgd:momentum=-1" }, "sgd: momentum must be 0 or more, got -1; give another"],
    [{ optimizer: "sgd:nesterov=yes" }, "sgd: nesterov must be true or false, got yes; give another"],
    [{ optimizer: "sgd:momentum" }, "sgd: momentum must be a number, got true; give another"],
    [
      { optimizer: "sgd:" },
      "sgd: there is no such setting, got ; known are momentum, dampening, nesterov, weightDecay",
    ],
    [{ schedule: "cosin" }, "train: there is no such schedule, got cosin; did you mean cosine?"],
    [{ schedule: "step:stepSize=0" }, "step: stepSize must be a whole number of at least 1, got 0; give another"],
    [
      { schedule: "cosine+step:stepSize=2" },
      "train: only warmUp multiplies another schedule, got cosine+step:stepSize=2; give one, or warmUp:...+another",
    ],
    [
      { schedule: "plateau:monitor=acuracy" },
      "plateau: there is no such figure, got acuracy; choose loss, validationLoss, logLoss, calibrationError, accuracy, classAccuracy, auc, meanSquaredError, meanAbsoluteError or r2",
    ],
    [{ init: "kaimingNormal:mode=fan" }, "kaimingNormal: mode must be fanIn or fanOut, got fan; give another"],
    [
      { loss: "crossEntropy:labelSmoothing=1" },
      "crossEntropy: labelSmoothing must be from 0 to below 1, got 1; give another",
    ],
    [
      { earlyStopping: "acuracy:patience=2" },
      "early-stopping: there is no such figure, got acuracy; choose loss, validationLoss, logLoss, calibrationError, accuracy, classAccuracy, auc, meanSquaredError, meanAbsoluteError or r2",
    ],
    [
      { earlyStopping: "accuracy" },
      "early-stopping: patience must be a whole number of at least 1, got none; give e.g. accuracy:patience=3",
    ],
    [
      { augment: ["rotate"] },
      "train: there is no such augmentation, got rotate; known are shift, flip, crop, erase, noise",
    ],
    [
      { augment: ["shift"] },
      "shift: by must be a whole number of at least 1, or 2 for the axes of [1, 8, 8], got none; give others",
    ],
    [{ augment: ["erase:area=0.1"] }, "erase: area must be numbers with / between, got 0.1; give another"],
    [{ freeze: ["stm"] }, "layers: there is no such layer in free, got stm; did you mean stem?"],
    [{ weights: "nowhere.pt" }, "load: a model's file must end in .safetensors or .onnx, got nowhere.pt; choose one"],
  ] as [TrainingOptions, string][])("%o", async (given, sentence) => {
    const error = await asked(given).catch(caught => caught as Error);
    expect((error as Error).message).toBe(sentence);
    if (given.weights === undefined) expect((error as Error).name).toBe("UsageError");
  });

  test("a setting that the loss does not have", async () => {
    await expect(asked({ labelSmoothing: 0.1 }, logs)).rejects.toThrow(
      "nll: there is no labelSmoothing, got some; choose another loss, or end the network with free scores",
    );
  });
});

test("a schedule alone", () => {
  expect(scheduleOf("oneCycle:pctStart=0.4,annealStrategy=linear")).toEqual({
    ...{ name: "oneCycle", pctStart: 0.4, annealStrategy: "linear" },
  });
});

test("docs/train.md names every setting that the command line takes", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../docs/train.md"), "utf8");
  for (const table of [optimizers, schedules, inits, losses, augmentations]) {
    for (const [name, settings] of Object.entries(table)) {
      expect(text, name).toContain(name);
      for (const key of Object.keys(settings)) expect(text, `${name}: ${key}`).toContain(key);
    }
  }
});
