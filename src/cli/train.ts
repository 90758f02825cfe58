/** netpick train: one network, one data set. */
import { extname } from "node:path";
import { SingleBar } from "cli-progress";
import { Network } from "../build/network.js";
import { type DataSet, loadData } from "../data/index.js";
import type { ClassEvaluation, FitEvent, FitOptions, Model, TrainingFileOptions } from "../fit/index.js";
import "../fit/index.js";
import { writeWhole } from "../write-whole.js";
import { cannotWrite, interruptible, UsageError } from "./failure.js";
import { downloadProgress } from "./progress.js";
import { readNetworks } from "./read-networks.js";
import { checkModelFile } from "./save-model.js";
import { isTerminal } from "./terminal.js";
import { fitOptionsOf, type TrainingOptions } from "./training-options.js";

interface Options extends TrainingOptions {
  readonly data?: string;
  readonly save?: string;
  readonly export?: string;
  readonly json?: true;
}
type Trained = Model<ClassEvaluation>;
type Event = FitEvent<ClassEvaluation>;

export async function run(file: string, options: Options): Promise<number> {
  const { epochs = 4, save, json } = options;
  const [graph, ...others] = await readNetworks(file);
  if (others.length > 0) {
    const names = [graph!, ...others].map(({ name }) => name).join(", ");
    throw new UsageError(`${file}: train takes one network, got ${names}; give a file with one`);
  }
  const network = Network.of(graph!);
  const asked = await fitOptionsOf(network, options);
  if (save !== undefined) checkModelFile(save);
  if (options.export !== undefined) checkExport(options.export);
  const signal = interruptible();
  const data = await loadData(options.data ?? "digits", { signal, onProgress: downloadProgress() });
  if (options.export !== undefined) return exportTraining(network, data, asked, options.export);
  const view = json ? lines : display(epochs);
  const fitting = network.fit(data, { ...(asked as FitOptions<ClassEvaluation>), signal, onEvent: view.show });
  const model = await Promise.resolve(fitting).finally(view.stop);
  if (save !== undefined) await model.save(save);
  if (!json) console.log(conclusion(data, model, await testOf(model, data), save));
  return 0;
}

function checkExport(file: string): void {
  if (extname(file) !== ".onnx") {
    throw new UsageError(`train: a training is written to an .onnx file, got ${file}; name one`);
  }
}

/** Writes the training as a model for other programs. */
function exportTraining(network: Network, data: DataSet, asked: TrainingFileOptions, file: string): number {
  const bytes = network.trainingOnnx(data, asked);
  try {
    writeWhole(file, bytes);
  } catch (error) {
    throw cannotWrite("train", file, error);
  }
  console.log(`The training of ${network.name} on ${data.name} is in ${file}; docs/train.md tells how it is run.`);
  return 0;
}

/** Figures of the weights that are kept: those of the last epoch, or of a better one. */
async function testOf(model: Trained, data: DataSet): Promise<ClassEvaluation> {
  const last = model.history.at(-1)!.test!;
  return model.recipe.earlyStopping?.restoreBest ? model.evaluate(data.test) : last;
}

function conclusion(data: DataSet, { network, history }: Trained, test: ClassEvaluation, out?: string): string {
  const { accuracy, auc, logLoss } = test;
  const seconds = history.reduce((sum, epoch) => sum + epoch.trainSeconds, 0);
  const rate = Math.round((history.length * data.train.count) / seconds).toLocaleString("en-US");
  const kept = out === undefined ? "" : `\nThe trained network is in ${out}.`;
  return `${network.name} gets ${(100 * accuracy).toFixed(2)} % of ${data.test.count} test items of ${data.name} right (AUC ${auc.toFixed(4)}, log-loss ${logLoss.toFixed(4)}), after ${seconds.toFixed(1)} s of training at ${rate} samples/s.${kept}`;
}

interface View {
  readonly show: (event: Event) => void;
  readonly stop: () => void;
}

const lines: View = {
  show: event => event.kind === "epoch" && console.log(JSON.stringify(event)),
  stop: () => {},
};

function epochLine({ epoch, loss, test, validation, trainSeconds }: Extract<Event, { kind: "epoch" }>): string {
  const percent = ({ accuracy }: ClassEvaluation): string => `${(100 * accuracy).toFixed(2)} %`;
  const held = validation ? `, validation accuracy ${percent(validation)}` : "";
  return `epoch ${epoch}: loss ${loss.toFixed(4)}, accuracy ${percent(test!)}${held}, ${trainSeconds.toFixed(1)} s`;
}

/** The progress of so many epochs: a bar on a terminal, lines elsewhere. */
export function display(epochs: number): View {
  if (!isTerminal()) {
    return { show: event => event.kind === "epoch" && console.error(epochLine(event)), stop: () => {} };
  }
  const format = "{bar} {percentage} % | epoch {epoch} | loss {loss} | {rate} samples/s | {eta_formatted} left";
  const bar = new SingleBar({ format, hideCursor: true, fps: 8, barsize: 20 });
  bar.start(1000 * epochs, 0, { epoch: 1, loss: "-", rate: "-" });
  return {
    show: event => {
      if (event.kind !== "steps") return;
      const { epoch, step, steps, loss, samplesPerSecond } = event;
      const rate = Math.round(samplesPerSecond).toLocaleString("en-US");
      bar.update(Math.floor(1000 * (epoch - 1 + step / steps)), { epoch, loss: loss.toFixed(4), rate });
    },
    stop: () => bar.stop(),
  };
}
