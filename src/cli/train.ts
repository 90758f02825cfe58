/** netpick train: one network, one data set. */
import { SingleBar } from "cli-progress";
import { Network } from "../build/network.js";
import { type DataSet, loadData } from "../data/index.js";
import type { ClassEvaluation, FitEvent, Model } from "../fit/index.js";
import "../fit/index.js";
import { adam, sgd } from "../train/index.js";
import { interruptible, UsageError } from "./failure.js";
import { downloadProgress } from "./progress.js";
import { readNetworks } from "./read-networks.js";
import { modelWriter } from "./save-model.js";
import { isTerminal } from "./terminal.js";

interface Options {
  readonly data?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly optimizer?: "adam" | "sgd";
  readonly learningRate?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: true;
}

export async function run(file: string, options: Options): Promise<number> {
  const { epochs = 4, batch = 25, seed = 42, learningRate = 2e-3, out, json } = options;
  const [graph, ...others] = await readNetworks(file);
  if (others.length > 0) {
    const names = [graph!, ...others].map(({ name }) => name).join(", ");
    throw new UsageError(`${file}: train takes one network, got ${names}; give a file with one`);
  }
  const save = out === undefined ? undefined : modelWriter(out);
  const signal = interruptible();
  const data = await loadData(options.data ?? "digits", { signal, onProgress: downloadProgress() });
  const show = json
    ? (event: FitEvent<ClassEvaluation>) => event.kind === "epoch" && console.log(JSON.stringify(event))
    : display(epochs);
  const model = await Network.of(graph!).fit(data, {
    ...{ epochs, batchSize: batch, seed, signal },
    optimizer: options.optimizer === "sgd" ? sgd({ learningRate }) : adam({ learningRate, amsgrad: true }),
    onEvent: show,
  });
  save?.(model);
  if (!json) console.log(conclusion(graph!.name, data, model, out));
  return 0;
}

function conclusion(name: string, data: DataSet, { history }: Model<ClassEvaluation>, out: string | undefined): string {
  const { accuracy, auc, logLoss } = history.at(-1)!.test!;
  const seconds = history.reduce((sum, epoch) => sum + epoch.trainSeconds, 0);
  const rate = Math.round((history.length * data.train.count) / seconds).toLocaleString("en-US");
  const kept = out === undefined ? "" : `\nThe trained network is in ${out}.`;
  return `${name} gets ${(100 * accuracy).toFixed(2)} % of ${data.test.count} test items of ${data.name} right (AUC ${auc.toFixed(4)}, log-loss ${logLoss.toFixed(4)}), after ${seconds.toFixed(1)} s of training at ${rate} samples/s.${kept}`;
}

function display(epochs: number): (event: FitEvent<ClassEvaluation>) => void {
  const epochLine = ({
    epoch,
    loss,
    test,
    trainSeconds,
  }: Extract<FitEvent<ClassEvaluation>, { kind: "epoch" }>): string =>
    `epoch ${epoch}: loss ${loss.toFixed(4)}, accuracy ${(100 * test!.accuracy).toFixed(2)} %, ${trainSeconds.toFixed(1)} s`;
  if (!isTerminal()) return event => event.kind === "epoch" && console.error(epochLine(event));
  const format = "{bar} {percentage} % | epoch {epoch} | loss {loss} | {rate} samples/s | {eta_formatted} left";
  const bar = new SingleBar({ format, hideCursor: true, fps: 8, barsize: 20 });
  bar.start(1000 * epochs, 0, { epoch: 1, loss: "-", rate: "-" });
  return event => {
    if (event.kind === "steps") {
      const { epoch, step, steps, loss, samplesPerSecond } = event;
      const rate = Math.round(samplesPerSecond).toLocaleString("en-US");
      bar.update(Math.floor(1000 * (epoch - 1 + step / steps)), { epoch, loss: loss.toFixed(4), rate });
    } else if (event.epoch === epochs) bar.stop();
  };
}
