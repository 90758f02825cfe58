/** LeNet on 28 x 28 pictures: two convolutions with max pooling, then two linear layers. */
import { Conv2d, Linear, MaxPool2d, network } from "netpick";

export const lenet = network({
  name: "lenet",
  input: [1, 28, 28],
  layers: {
    cv1: Conv2d(20, 5),
    mp1: MaxPool2d(2),
    cv2: Conv2d(50, 5),
    mp2: MaxPool2d(2),
    hidden: Linear(500),
    classifier: Linear(10),
  },
  forward: (x, l) =>
    x.pipe(l.cv1).relu().pipe(l.mp1).pipe(l.cv2).relu().pipe(l.mp2).flatten().pipe(l.hidden).relu().pipe(l.classifier),
});
