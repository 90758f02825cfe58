/** Train LeNet on the embedded digits for two epochs and look at what it gets wrong: npx jiti examples/train.ts */
import { adam, loadData } from "netpick";
import { lenet } from "./lenet.ts";

const digits = await loadData("digits");
const training = lenet.fit(digits, { epochs: 2, optimizer: adam({ learningRate: 2e-3, amsgrad: true }) });
for await (const event of training) {
  // The last digits differ from machine to machine.
  if (event.kind === "epoch") console.log(`epoch ${event.epoch}: above 90 % ${event.test!.accuracy > 0.9}`);
}
const model = await training;
const { labels } = await model.predict(digits.test.inputs);
const wrong = labels.filter((label, item) => label !== digits.test.labels[item]);
console.log(`fewer than 100 of ${digits.test.count} test digits are taken for another: ${wrong.length < 100}`);
