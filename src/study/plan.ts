/** What a study is to hold: networks, data and recipe, decided once and written down before anything is trained. */
import { resolve } from "node:path";
import { dataSetNames, type LoadOptions, loadData } from "../data/index.js";
import { type Limits, type NetpickingOptions, netpickingPlan } from "../generate/index.js";
import { hash } from "../graph/index.js";
import { figures } from "../op/index.js";
import { deriveSeed } from "../random.js";
import { articleRecipe, checkSchedule, type ScheduleSettings } from "../train/index.js";
import { version } from "../version.js";
import { StudyError } from "./error.js";
import { FORMAT, type NetworkFile, type StudyFile } from "./format.js";

/** What a user may ask of a study; what is left out is as in `studyDefaults`, or as the study in the folder has it. */
export interface StudyOptions {
  /** Name or folder of the data set. */
  readonly data?: string;
  /** How many networks. */
  readonly networks?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  /** How the learning rate changes; constant unless told. */
  readonly schedule?: ScheduleSettings;
  readonly seed?: number;
  readonly views?: "published" | "any";
  readonly maxParams?: number;
  readonly maxMacs?: number;
  readonly maxMemory?: number;
}

/** The article's recipe, on few networks and epochs, none larger than a machine of two cores trains in seconds. */
export const studyDefaults = {
  data: "digits",
  networks: 24,
  epochs: 2,
  batchSize: articleRecipe.batchSize,
  learningRate: 2e-3,
  seed: articleRecipe.seed,
  views: "published",
  maxMacs: 2_000_000,
  maxMemory: 50_000,
} as const satisfies StudyOptions;

/** Loads the data, draws the networks. */
export async function planStudy(
  name: string,
  given: StudyOptions,
  loading: LoadOptions,
): Promise<{ file: StudyFile; networks: NetworkFile[] }> {
  const options = { ...studyDefaults, ...given };
  for (const key of ["networks", "epochs", "batchSize"] as const) checkCount(key, options[key]);
  if (options.schedule) checkSchedule(options.schedule);
  const data = await loadData(options.data, loading);
  const plan = { n: options.networks, seed: options.seed, views: options.views, limits: limitsOf(options) };
  const drawn = netpickingPlan({ ...plan, classes: data.classes, inputShape: data.inputShape } as NetpickingOptions);
  const networks = [...drawn].map(
    (network): NetworkFile => ({
      format: FORMAT,
      hash: hash(network.graph),
      name: network.name,
      computation: network.computation,
      activation: network.activation,
      figures: figures(network.graph),
      graph: network.graph,
    }),
  );
  const file: StudyFile = {
    format: FORMAT,
    netpick: version,
    name,
    data: {
      source: sourceName(options.data),
      name: data.name,
      hash: data.hash,
      inputShape: [...data.inputShape],
      classes: data.classes,
      train: data.train.count,
      test: data.test.count,
    },
    recipe: {
      ...articleRecipe,
      epochs: options.epochs,
      batchSize: options.batchSize,
      optimizer: { ...articleRecipe.optimizer, learningRate: options.learningRate },
      seed: options.seed,
      ...(options.schedule && { schedule: options.schedule }),
    },
    plan: { kind: "netpicking", ...plan },
    trials: networks.map(network => ({
      id: network.name,
      network: network.hash,
      name: network.name,
      seed: deriveSeed("trial", options.seed, network.hash),
    })),
  };
  return { file, networks };
}

/** The generator's limits, as far as options name them. */
export const limitsOf = ({ maxParams, maxMacs, maxMemory }: StudyOptions): Limits => ({
  ...(maxParams !== undefined && { params: maxParams }),
  ...(maxMacs !== undefined && { macs: maxMacs }),
  ...(maxMemory !== undefined && { memoryElements: maxMemory }),
});

/** A folder by its whole path, so that a study goes on from wherever it is started. */
const sourceName = (source: string): string => (dataSetNames.includes(source) ? source : resolve(source));

function checkCount(key: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new StudyError(`study: ${key} must be a whole number of at least 1, got ${value}; give 1 or more`);
  }
}

/** Refuses options that differ from those that the study in the folder was begun with. */
export function checkSame(folder: string, { data, recipe, plan }: StudyFile, given: StudyOptions): void {
  const begun: StudyOptions = {
    data: data.source,
    networks: plan.n,
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    learningRate: recipe.optimizer.learningRate as number,
    seed: recipe.seed,
    schedule: recipe.schedule ?? { name: "constant" },
    views: plan.views as "published" | "any",
    ...(plan.limits.params !== undefined && { maxParams: plan.limits.params }),
    ...(plan.limits.macs !== undefined && { maxMacs: plan.limits.macs }),
    ...(plan.limits.memoryElements !== undefined && { maxMemory: plan.limits.memoryElements }),
  };
  const asked = given.data === undefined ? given : { ...given, data: sourceName(given.data) };
  for (const [key, value] of Object.entries(asked)) {
    const before = begun[key as keyof StudyOptions];
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(before)) {
      const spelled = (one: unknown): string => (typeof one === "object" ? JSON.stringify(one) : String(one));
      throw new StudyError(
        `study: ${folder} was begun with ${key} ${spelled(before ?? "not limited")}, got ${spelled(value)}; leave it out to go on, or choose another folder`,
      );
    }
  }
}
