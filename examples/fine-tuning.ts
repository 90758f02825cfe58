/**
 * Fine-tuning: a network learns the digits 0 to 4; then its stem, frozen, serves another network with a new head, which
 * learns 5 to 9 from a hundred samples.
 */
import { Conv2d, Linear, loadData, MaxPool2d, network, ReLU, Sequential, type Split } from "netpick";

const stem = () => Sequential(Conv2d(12, 5), ReLU(), MaxPool2d(2), Conv2d(24, 5), ReLU(), MaxPool2d(2));
const withHead = (name: string) =>
  network({
    name,
    input: [1, 28, 28],
    layers: { stem: stem(), head: Linear(5) },
    forward: (x, l) => x.pipe(l.stem).flatten().pipe(l.head),
  });

/** The samples of five digits from `first`, which count as classes 0 to 4; at most so many. */
function five({ inputs, labels }: Split, first: number, most = labels.length): Split {
  const chosen = [...labels.keys()].filter(i => labels[i]! >= first && labels[i]! < first + 5).slice(0, most);
  return {
    count: chosen.length,
    inputs: Uint8Array.from(chosen.flatMap(i => [...inputs.subarray(784 * i, 784 * (i + 1))])),
    labels: Uint8Array.from(chosen, i => labels[i]! - first),
  };
}
const digits = await loadData("digits");
const [fewSamples, test] = [five(digits.train, 5, 100), five(digits.test, 5)];

const first = await withHead("zero-to-four").fit(five(digits.train, 0), { epochs: 2 });
console.log(`the first network knows 0 to 4: ${(await first.evaluate(five(digits.test, 0))).accuracy > 0.95}`);

const tuned = await withHead("five-to-nine").fit(fewSamples, {
  epochs: 20,
  batchSize: 10,
  weights: first.weightsOf("stem"),
  layers: { stem: { frozen: true } },
});
const { accuracy } = await tuned.evaluate(test);
console.log(`from ${fewSamples.count} samples, the second knows 5 to 9: ${accuracy > 0.8}`);

const same = Object.entries(first.weightsOf("stem")).every(([name, values]) =>
  values.every((value, i) => value === tuned.weights[name]![i]),
);
console.log(`its stem is the first one's, to the bit: ${same}`);
