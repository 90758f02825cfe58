/** What stands in the JSON files of a study. Every file is checked against its schema when it is read and written. */
import { z } from "zod";
import { checkSchedule, optimizerNames, type ScheduleSettings } from "../train/index.js";

export const FORMAT = 1;

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();
const share = z.number().min(0).max(1);
/** Both become file names. */
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "is no id: letters, digits, _ and -");
const hash = z.string().regex(/^[0-9a-f]{8,64}$/, "is no hash: 8 to 64 hexadecimal digits");
/** JSON has no NaN: a figure that is not a number (of a network that diverged) stands as null in the file. */
const figure = z.preprocess(
  value => (value === null ? Number.NaN : value),
  z.custom<number>(value => typeof value === "number", "expected a number or null"),
);

function isSchedule(value: unknown): boolean {
  try {
    checkSchedule(value as ScheduleSettings);
    return true;
  } catch {
    return false;
  }
}

const activationSchema = z.enum(["none", "relu", "selu", "sigmoid", "tanh"]);

const recipeSchema = z.strictObject({
  epochs: z.int().positive(),
  batchSize: z.int().positive(),
  optimizer: z.object({ name: z.enum(optimizerNames) }).catchall(z.union([z.number(), z.boolean(), z.string()])),
  schedule: z.custom<ScheduleSettings>(isSchedule, "is no schedule").optional(),
  loss: z.string(),
  normalise: z.strictObject({ mean: z.number(), deviation: z.number().positive() }),
  seed: z.int(),
});

/** study.json: nothing in it depends on when or where the study was made, so equal studies have equal files. */
export const studySchema = z.strictObject({
  format: z.literal(FORMAT),
  netpick: z.string(),
  name: z.string().min(1),
  data: z.strictObject({
    source: z.string(),
    name: z.string(),
    hash: z.string(),
    inputShape: z.array(z.int().positive()),
    classes: z.int().min(2).max(256),
    train: z.int().positive(),
    test: z.int().positive(),
  }),
  recipe: recipeSchema,
  plan: z.strictObject({
    kind: z.string(),
    n: z.int().positive(),
    seed: z.int(),
    views: z.string(),
    limits: z.strictObject({
      params: count.optional(),
      macs: count.optional(),
      memoryElements: count.optional(),
    }),
  }),
  trials: z.array(z.strictObject({ id, network: hash, name: z.string().min(1), seed: z.int() })).min(1),
});

export const networkSchema = z.strictObject({
  format: z.literal(FORMAT),
  hash,
  name: z.string().min(1),
  /** The class of the network: "Linear", "Conv2dThenLinear", "ResNetStyle", "Basic" or any other word. */
  computation: z.string().min(1),
  activation: activationSchema,
  figures: z.strictObject({
    params: count,
    macs: count,
    memoryElements: count,
    peakBytes: count,
    ops: count,
    autogradOps: count,
  }),
  graph: z.unknown(),
});

export const epochSchema = z.strictObject({
  /** Counted from 1. */
  epoch: z.int().positive(),
  /** Mean training loss over the epoch. */
  loss: figure,
  accuracy: share,
  classAccuracy: share,
  auc: figure,
  logLoss: z.number().nonnegative(),
  calibrationError: share,
  trainSeconds: seconds,
  testSeconds: seconds,
});

export const trialSchema = z.strictObject({
  format: z.literal(FORMAT),
  id,
  network: hash,
  name: z.string().min(1),
  seed: z.int(),
  state: z.enum(["running", "done", "diverged", "failed"]),
  attempts: z.int().positive(),
  error: z.string().optional(),
  trainSeconds: seconds,
  testSeconds: seconds,
  epochs: z.array(epochSchema),
});

export type Activation = z.infer<typeof activationSchema>;
export type StudyFile = z.infer<typeof studySchema>;
export type NetworkFile = z.infer<typeof networkSchema>;
export type EpochFigures = z.infer<typeof epochSchema>;
export type TrialFile = z.infer<typeof trialSchema>;
