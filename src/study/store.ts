/** Reads and writes the folder of a study. Nothing but its files is the truth; nothing is kept between calls. */
import { existsSync, readFileSync } from "node:fs";
import type { z } from "zod";
import { damaged, errorCode, fileError, StudyError } from "./error.js";
import { FOLDERS, makeFolder, networkPath, scoresPath, studyPath, trialPath, writeWhole } from "./files.js";
import {
  FORMAT,
  type NetworkFile,
  networkSchema,
  type StudyFile,
  studySchema,
  type TrialFile,
  trialSchema,
} from "./format.js";
import { checkScores } from "./scores.js";

/** A study as it stands on the disk at one moment. */
export interface Study {
  readonly folder: string;
  readonly file: StudyFile;
  /** By hash. */
  readonly networks: ReadonlyMap<string, NetworkFile>;
  /** The trials that were begun, in the order of the plan. */
  readonly trials: readonly TrialFile[];
}

export interface OpenOptions {
  /** The content hash of a graph as it stands in a network's file; without it, hashes are believed. */
  readonly hashOf?: (graph: unknown) => string;
}

const TRIAL_MEND = "delete it and start again, the trial is trained anew";
const MEND = "put back a copy of it, or make the study again in another folder";

export const isStudy = (folder: string): boolean => existsSync(studyPath(folder));

/** Networks first and study.json last, so that a folder with a study.json is always a whole study. */
export function createStudy(folder: string, file: StudyFile, networks: readonly NetworkFile[]): void {
  if (isStudy(folder)) {
    throw new StudyError(`study: ${folder} already holds a study; start it again, or choose another folder`);
  }
  makeFolder(folder);
  for (const part of FOLDERS) makeFolder(`${folder}/${part}`);
  for (const network of networks) writeNetwork(folder, network);
  writeWhole(studyPath(folder), serialise(studySchema, file));
}

/** All of a study but the scores, checked; the first part that is missing or damaged is refused in one sentence. */
export function openStudy(folder: string, options: OpenOptions = {}): Study {
  const file = readStudy(folder);
  const networks = new Map<string, NetworkFile>();
  const trials: TrialFile[] = [];
  for (const { id, network } of file.trials) {
    if (!networks.has(network)) networks.set(network, readNetwork(folder, network, options));
    const trial = readTrial(folder, id);
    if (trial) trials.push(trial);
  }
  return { folder, file, networks, trials };
}

export function readStudy(folder: string): StudyFile {
  const file = studyPath(folder);
  const study = readJson(file, studySchema, MEND);
  if (!study) throw new StudyError(`study: ${folder} is no study, it has no study.json; give a folder that has one`);
  return study;
}

export function writeNetwork(folder: string, network: NetworkFile): void {
  writeWhole(networkPath(folder, network.hash), serialise(networkSchema, network));
}

export function readNetwork(folder: string, hash: string, { hashOf }: OpenOptions = {}): NetworkFile {
  const file = networkPath(folder, hash);
  const network = readJson(file, networkSchema, MEND);
  if (!network) throw new StudyError(`study: ${file} is missing; ${MEND}`);
  const found = network.hash === hash && hashOf ? hashOfGraph(file, network, hashOf) : network.hash;
  if (found !== hash) throw damaged(file, `expected the network ${hash}, got ${found}`, MEND);
  return network;
}

export function writeTrial(folder: string, trial: TrialFile): void {
  writeWhole(trialPath(folder, trial.id), serialise(trialSchema, trial));
}

/** Undefined for a trial that was not begun. */
export function readTrial(folder: string, id: string): TrialFile | undefined {
  const file = trialPath(folder, id);
  const trial = readJson(file, trialSchema, TRIAL_MEND);
  if (!trial) return undefined;
  if (trial.id !== id) throw damaged(file, `expected the trial ${id}, got ${trial.id}`, TRIAL_MEND);
  const misplaced = trial.epochs.findIndex(({ epoch }, i) => epoch !== i + 1);
  if (misplaced >= 0) throw damaged(file, `epoch ${misplaced + 1} is out of order`, TRIAL_MEND);
  if (trial.epochs.length === 0) return trial;
  if (!existsSync(scoresPath(folder, id))) {
    throw new StudyError(`study: ${scoresPath(folder, id)} is missing; delete ${file} and start again`);
  }
  checkScores(scoresPath(folder, id));
  return trial;
}

function hashOfGraph(file: string, network: NetworkFile, hashOf: (graph: unknown) => string): string {
  try {
    return hashOf(network.graph);
  } catch (error) {
    throw damaged(file, `its graph is refused: ${error instanceof Error ? error.message : error}`, MEND);
  }
}

/** Keys in the order of the schema, not of the value: equal parts have equal bytes. */
function serialise<T extends z.ZodType>(schema: T, value: z.input<T>): string {
  return `${JSON.stringify(schema.parse(value), null, 1)}\n`;
}

function readJson<T extends z.ZodType>(file: string, schema: T, mend: string): z.output<T> | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw fileError("read", file, error);
  }
  const value = parse(file, text, mend);
  const format = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (typeof format === "number" && format !== FORMAT) {
    const other = format > FORMAT ? "a newer" : "an older";
    throw new StudyError(
      `study: ${file} has format ${format}, this netpick reads format ${FORMAT}; use ${other} netpick`,
    );
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const issue = error.issues[0]!;
  throw damaged(file, `${[...issue.path, ""].join(".").replace(/\.$/, ": ")}${issue.message}`, mend);
}

function parse(file: string, text: string, mend: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(file, text === "" ? "it is empty" : "it is no JSON", mend);
  }
}
