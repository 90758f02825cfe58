/** How a network is to be trained, from options of the command line; what cannot be is refused before anything begins. */
import type { Network } from "../build/network.js";
import { type FitOptions, Model, recipeOf } from "../fit/index.js";
import {
  type AugmentSettings,
  augmentOf,
  carriedTensors,
  checkInit,
  checkMonitor,
  checkSchedule,
  type EarlyStopping,
  type InitSettings,
  type LossSettings,
  lossOf,
  type Optimizer,
  type OptimizerSettings,
  optimizer,
  parameters,
  type ScheduleSettings,
  type Weights,
} from "../train/index.js";
import { UsageError } from "./failure.js";
import { augmentations, inits, losses, optimizers, readSettings, schedules } from "./settings.js";

export interface TrainingOptions {
  readonly epochs?: number;
  readonly batch?: number;
  readonly optimizer?: string;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly schedule?: string;
  readonly init?: string;
  readonly loss?: string;
  readonly labelSmoothing?: number;
  readonly classWeights?: readonly number[];
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly accumulate?: number;
  readonly dropLast?: true;
  readonly augment?: readonly string[];
  readonly validation?: number;
  readonly earlyStopping?: string;
  readonly freeze?: readonly string[];
  readonly weights?: string;
  readonly seed?: number;
}

/** Options of `fit`, each checked against the network. */
export async function fitOptionsOf(network: Network, given: TrainingOptions): Promise<FitOptions> {
  const { epochs = 4, batch = 25, seed = 42, accumulate, dropLast, validation } = given;
  const weights = given.weights === undefined ? undefined : await weightsFor(network, given.weights);
  return usage(() => {
    const { graph } = network;
    const method = optimizerOf(given);
    const layers = Object.fromEntries((given.freeze ?? []).map(layer => [layer, { frozen: true }]));
    carriedTensors(graph, method, layers);
    const augment = (given.augment ?? []).map(
      text => readSettings("augmentation", text, augmentations) as AugmentSettings,
    );
    augmentOf(graph.inputs, [{ type: "uint8" }], augment);
    const { schedule, init, earlyStopping } = given;
    const clip = { ...withSome("norm", given.clipNorm), ...withSome("value", given.clipValue) };
    return {
      ...{ epochs, batchSize: batch, seed, optimizer: method },
      ...(given.freeze && { layers }),
      ...withSome("loss", lossFor(network, given)),
      ...withSome("schedule", schedule === undefined ? undefined : scheduleOf(schedule)),
      ...withSome("init", init === undefined ? undefined : initOf(init)),
      ...withSome("earlyStopping", earlyStopping === undefined ? undefined : earlyStoppingOf(earlyStopping)),
      ...(augment.length > 0 && { augment }),
      ...(Object.keys(clip).length > 0 && { clip }),
      ...withSome("accumulate", accumulate),
      ...withSome("dropLast", dropLast),
      ...withSome("validation", validation),
      ...withSome("weights", weights),
    };
  });
}

const withSome = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/** What the options say cannot be is wrong use. */
function usage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && error.name === "TrainError" ? new UsageError(error.message) : error;
  }
}

/** Adam with AMSGrad unless told, as the article's recipe. */
function optimizerOf({ optimizer: text = "adam", learningRate = 2e-3, weightDecay }: TrainingOptions): Optimizer {
  const asked = readSettings("optimizer", text, optimizers);
  const usual = asked.name === "adam" ? { amsgrad: true } : {};
  return optimizer({ learningRate, ...usual, ...asked, ...withSome("weightDecay", weightDecay) } as OptimizerSettings);
}

/** `warmUp:length=100+cosine`: the one behind the sign is what the one before it multiplies. */
export function scheduleOf(text: string): ScheduleSettings {
  const [first, ...rest] = text.split("+");
  const settings = readSettings("schedule", first!, schedules);
  if (rest.length > 0 && settings.name !== "warmUp") {
    throw new UsageError(
      `train: only warmUp multiplies another schedule, got ${text}; give one, or warmUp:...+another`,
    );
  }
  const whole = (
    rest.length > 0 ? { ...settings, schedule: scheduleOf(rest.join("+")) } : settings
  ) as ScheduleSettings;
  usage(() => checkSchedule(whole));
  return whole;
}

function initOf(text: string): InitSettings {
  const settings = readSettings("initialiser", text, inits) as InitSettings;
  checkInit(settings);
  return settings;
}

/** The loss asked for, else the one that the last op asks for, with what other options say of it. */
function lossFor(network: Network, { loss, labelSmoothing, classWeights }: TrainingOptions): LossSettings | undefined {
  if (loss === undefined && labelSmoothing === undefined && classWeights === undefined) return undefined;
  const usual = recipeOf(network, {}).loss as string;
  const asked = readSettings("loss", loss ?? usual, losses);
  const more = { ...withSome("labelSmoothing", labelSmoothing), ...withSome("classWeights", classWeights) };
  const known = losses[asked.name as keyof typeof losses];
  const strange = Object.keys(more).find(key => !Object.hasOwn(known, key));
  if (strange !== undefined) {
    throw new UsageError(
      `${asked.name}: there is no ${strange}, got some; choose another loss, or end the network with free scores`,
    );
  }
  const settings = { ...asked, ...more } as LossSettings;
  lossOf(settings);
  return settings;
}

/** `3`: epochs without a lower log-loss; `accuracy:patience=3,minDelta=0.01`: another figure. */
function earlyStoppingOf(text: string): EarlyStopping {
  const whole = /^\d+$/.test(text) ? `logLoss:patience=${text}` : text;
  const monitor = whole.split(":")[0]!;
  checkMonitor("early-stopping", monitor);
  const number = ["a number"];
  const table = { [monitor]: { patience: number, minDelta: number, restoreBest: ["true", "false"] } };
  const { name: _, ...asked } = readSettings("figure", whole, table) as Partial<EarlyStopping> & { name: string };
  const { patience = Number.NaN } = asked;
  if (!(Number.isSafeInteger(patience) && patience >= 1)) {
    throw new UsageError(
      `early-stopping: patience must be a whole number of at least 1, got ${asked.patience ?? "none"}; give e.g. ${monitor}:patience=3`,
    );
  }
  return { restoreBest: true, ...asked, patience, monitor: monitor as EarlyStopping["monitor"] };
}

/** Of a saved model, the weights that this network has too. */
async function weightsFor({ graph }: Network, file: string): Promise<Weights> {
  const { weights } = await Model.load(file);
  const own = new Set(parameters(graph).map(({ name }) => name));
  const shared = Object.entries(weights).filter(([name]) => own.has(name));
  if (shared.length > 0) return Object.fromEntries(shared);
  throw new UsageError(
    `train: ${file} must hold weights of layers that ${graph.name} has, got ${Object.keys(weights).join(", ")}; name layers alike`,
  );
}
