/**
 * One trial, in a child process. After every epoch the scores are written, then a checkpoint, then the trial's record,
 * each whole: the checkpoint alone says how far the trial is, and what was written after it is written again.
 */
import * as z from "zod";
import type { DataSet, Split } from "../data/data-set.js";
import { loadData } from "../data/index.js";
import { fileParts } from "../fit/disk.js";
import type { ClassEvaluation } from "../fit/index.js";
import { isLarge } from "../fit/learner.js";
import { ModelError, metadataOf, networkOf } from "../fit/model-file.js";
import { type Checkpoint, type TrainEvent, train } from "../fit/trainer.js";
import { decodeSafetensors, type FileParts, SafetensorsError, safetensorsParts } from "../formats/safetensors.js";
import { type Graph, graphFromJson } from "../graph/index.js";
import { resolve } from "../op/index.js";
import "../ops/index.js";
import { nativeSession } from "../runtime/native.js";
import { RuntimeFailure } from "../runtime/session.js";
import type { Work } from "../runtime/worker.js";
import { carriedTensors, optimizer, parameters, type Recipe, TrainError } from "../train/index.js";
import { damaged, errorCode, fileError, StudyError } from "./error.js";
import { scoresPath, weightsPath, writeWhole } from "./files.js";
import { type EpochFigures, epochSchema, type StudyFile, type TrialFile } from "./format.js";
import { readScores, ScoresWriter } from "./scores.js";
import { readNetwork, readStudy, readTrial, writeTrial } from "./store.js";

export interface TrialTask {
  readonly folder: string;
  readonly id: string;
}
/** How far a trial is; scores stay in the files. */
export type TrialEvent =
  | Extract<TrainEvent, { kind: "steps" }>
  | { readonly kind: "epoch"; readonly figures: EpochFigures };

export const run: Work<TrialTask, TrialEvent, TrialFile> = async ({ folder, id }, { emit, signal }) => {
  const study = readStudy(folder);
  const place = study.trials.find(trial => trial.id === id)!;
  const before = readTrial(folder, id);
  const trial: TrialFile = {
    ...{ format: study.format, id, network: place.network, name: place.name, seed: place.seed },
    state: "running",
    attempts: (before?.attempts ?? 0) + 1,
    trainSeconds: 0,
    testSeconds: 0,
    epochs: [],
  };
  try {
    return await trainTrial(folder, study, trial, emit, signal);
  } catch (error) {
    if (!(error instanceof RuntimeFailure || error instanceof TrainError)) throw error;
    const failed: TrialFile = { ...trial, state: "failed", error: error.message };
    writeTrial(folder, failed);
    return failed;
  }
};

async function trainTrial(
  folder: string,
  study: StudyFile,
  begun: TrialFile,
  emit: (event: TrialEvent) => void,
  signal: AbortSignal,
): Promise<TrialFile> {
  const { id } = begun;
  const graph = resolve(graphFromJson(readNetwork(folder, begun.network).graph));
  const data = await loadOnce(study);
  const recipe = { ...study.recipe, seed: begun.seed } as Recipe;
  const saved = readCheckpoint(folder, id);
  let trial: TrialFile = { ...begun, ...totals(saved?.epochs ?? []) };
  const scores = new ScoresWriter({ classes: data.classes, labels: data.test.labels });
  for (const epoch of await scoresUntil(folder, study, id, trial.epochs.length)) scores.add(epoch);
  writeTrial(folder, trial);
  for await (const event of train(graph, recipe, data, {
    open: nativeSession,
    sparing: isLarge(graph),
    signal,
    ...(saved && { from: saved.checkpoint }),
  })) {
    if (event.kind === "steps") emit(event);
    else if (event.kind === "diverged") {
      trial = {
        ...trial,
        state: "diverged",
        error: `the loss became NaN or infinite in epoch ${event.epoch}, step ${event.step}`,
      };
    } else {
      scores.add(event.outputs[0]!);
      const figures: EpochFigures = {
        ...(event.test as ClassEvaluation),
        epoch: event.epoch,
        loss: event.loss,
        trainSeconds: event.trainSeconds,
        testSeconds: event.testSeconds,
      };
      trial = { ...trial, ...totals([...trial.epochs, figures]) };
      scores.write(scoresPath(folder, id));
      writeCheckpoint(folder, graph, trial, event.checkpoint, recipe, data.train);
      writeTrial(folder, trial);
      emit({ kind: "epoch", figures });
    }
  }
  const done: TrialFile = trial.state === "running" ? { ...trial, state: "done" } : trial;
  writeTrial(folder, done);
  return done;
}

const totals = (epochs: EpochFigures[]) => ({
  epochs,
  trainSeconds: epochs.reduce((sum, epoch) => sum + epoch.trainSeconds, 0),
  testSeconds: epochs.reduce((sum, epoch) => sum + epoch.testSeconds, 0),
});

/** Scores of the epochs that the checkpoint knows; the file may be an epoch ahead of it. */
async function scoresUntil(folder: string, study: StudyFile, id: string, epochs: number): Promise<Float32Array[]> {
  if (epochs === 0) return [];
  const all = await readScores(scoresPath(folder, id), { items: study.data.test, classes: study.data.classes });
  return all.slice(0, epochs);
}

/** With the optimizer's state while there is more to train, then as a model, which is loaded, pruned or exported as any other. */
function writeCheckpoint(
  folder: string,
  graph: Graph,
  trial: TrialFile,
  checkpoint: Checkpoint,
  recipe: Recipe,
  { inputs }: Split,
): void {
  const done = checkpoint.epoch === recipe.epochs;
  const kept = done ? parameters(graph) : carriedTensors(graph, optimizer(recipe.optimizer));
  const tensors = Object.fromEntries(kept.map(({ name, shape }) => [name, { shape, data: checkpoint.tensors[name]! }]));
  const metadata = {
    ...(done ? modelMetadata(graph, trial, checkpoint, recipe, inputs) : {}),
    network: trial.network,
    epochs: JSON.stringify(trial.epochs),
  };
  writeWhole(weightsPath(folder, trial.id), safetensorsParts({ tensors, metadata }));
}

/** What makes the weights of a trial that is done a model. */
const modelMetadata = (
  graph: Graph,
  trial: TrialFile,
  checkpoint: Checkpoint,
  recipe: Recipe,
  inputs: Split["inputs"],
) =>
  metadataOf({
    network: networkOf(graph, { oneInput: true, oneOutput: true, outputNames: [...graph.outputs] }),
    weights: checkpoint.tensors,
    recipe,
    history: trial.epochs.map(({ epoch, loss, trainSeconds, testSeconds, ...test }) => ({
      ...{ epoch, loss, trainSeconds, testSeconds, test },
    })),
    inputTypes: [inputs instanceof Uint8Array ? "uint8" : "float32"],
  });

function readCheckpoint(folder: string, id: string): { checkpoint: Checkpoint; epochs: EpochFigures[] } | undefined {
  const file = weightsPath(folder, id);
  const parts = partsIfThere(file);
  if (!parts) return undefined;
  const mend = `delete it and the files of trial ${id} in trials/ and start again, the trial is trained anew`;
  try {
    const { tensors, metadata } = decodeSafetensors(parts);
    const epochs = z.array(epochSchema).parse(JSON.parse(metadata.epochs ?? ""));
    const values = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
    return { checkpoint: { epoch: epochs.length, tensors: values, history: epochs }, epochs };
  } catch (error) {
    if (error instanceof ModelError) throw fileError("read", file, causeOf(error));
    throw damaged(file, error instanceof SafetensorsError ? error.message : "its notes are no list of epochs", mend);
  }
}

function partsIfThere(file: string): FileParts | undefined {
  try {
    return fileParts(file);
  } catch (error) {
    if (errorCode(causeOf(error)) === "ENOENT") return undefined;
    throw fileError("read", file, causeOf(error));
  }
}

/** What the system said of a file that cannot be read. */
const causeOf = (error: unknown): unknown => (error instanceof ModelError && error.cause) || error;

const loaded = new Map<string, Promise<DataSet>>();

/** The study's data, kept for the next trial of this process. */
async function loadOnce({ data: { source, hash, name } }: StudyFile): Promise<DataSet> {
  const loading = loaded.get(source) ?? loadData(source);
  loaded.set(source, loading);
  const data = await loading;
  if (data.hash !== hash) {
    throw new StudyError(
      `study: ${source} does not hold the ${name} that the study began with, got other samples; put them back`,
    );
  }
  return data;
}
