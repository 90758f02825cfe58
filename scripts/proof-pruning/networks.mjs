/** The networks that are pruned: pictures of 28 x 28 in, ten classes out. */
import { BasicBlock, BatchNorm, Conv2d, Linear, MaxPool2d, network } from "../../dist/index.js";
import "../../dist/ops/index.js";

export const networks = {
  lenet: () =>
    network({
      name: "lenet",
      input: [1, 28, 28],
      layers: { cv1: Conv2d(20, 5), mp: MaxPool2d(2), cv2: Conv2d(50, 5), hidden: Linear(500), classifier: Linear(10) },
      forward: (x, { cv1, mp, cv2, hidden, classifier }) =>
        x.pipe(cv1).relu().pipe(mp).pipe(cv2).relu().pipe(mp).flatten().pipe(hidden).relu().pipe(classifier),
    }),
  residual: () =>
    network({
      name: "residual",
      input: [1, 28, 28],
      layers: {
        stem: Conv2d(16, 3, { padding: 1, bias: false }),
        norm: BatchNorm(),
        one: BasicBlock(16),
        two: BasicBlock(32, { stride: 2 }),
        three: BasicBlock(64, { stride: 2 }),
        classifier: Linear(10),
      },
      forward: (x, l) =>
        x
          .pipe(l.stem)
          .pipe(l.norm)
          .relu()
          .maxPool2d(2)
          .pipe(l.one)
          .pipe(l.two)
          .pipe(l.three)
          .globalAvgPool()
          .pipe(l.classifier),
    }),
};
