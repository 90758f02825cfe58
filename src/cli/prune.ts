/** netpick prune: the least useful channels go, until the network costs no more than it may. */
import { latencyOf } from "../fit/index.js";
import { type Budget, batchNormScale, l1, l2, operate, randomUtility, type Utility } from "../surgery/index.js";
import { UsageError } from "./failure.js";
import { applied, operated, type Subject, type SurgeryOptions } from "./operated.js";
import { type Measured, measures, pruneTrained, type TrainedOptions } from "./prune-trained.js";

interface Options extends SurgeryOptions, Omit<Budget, "latency">, Omit<TrainedOptions, "utility"> {
  readonly latency?: { readonly most: number } | { readonly share: number };
  readonly latencyBatch?: number;
  readonly utility?: Plain | Measured;
}
type Plain = "l1" | "l2" | "batchNorm" | "random";

export async function run(file: string, options: Options): Promise<number> {
  const { utility, data, fineTune, keepAccuracy, frozen } = options;
  checkTogether(options);
  const budget = budgetOf(options);
  const strategy = {
    ...(frozen && { frozen }),
    ...(utility && !measures(utility) && { utility: plain(utility, options.seed) }),
  };
  const usesData = [data, fineTune, keepAccuracy].some(one => one !== undefined) || measures(utility);
  return operated("prune", file, options, (subject: Subject) =>
    usesData
      ? pruneTrained(file, subject, budget, strategy, options)
      : applied(operate(subject, strategy).prune(budget)),
  );
}

function plain(name: Plain, seed = 42): Utility {
  return { l1, l2, batchNorm: batchNormScale, random: randomUtility(seed) }[name];
}

function budgetOf({ params, macs, channels, activationBytes, latency, latencyBatch }: Options): Budget {
  const counted = Object.entries({ params, macs, channels, activationBytes }).filter(([, most]) => most !== undefined);
  const batch = latencyBatch === undefined ? {} : { batchSize: latencyBatch };
  return {
    ...Object.fromEntries(counted),
    ...(latency && { latency: { ...latency, measure: network => latencyOf(network, batch) } }),
  };
}

/** Options that say nothing without others. */
function checkTogether(options: Options): void {
  const { latency, latencyBatch, channels, fineTune, learningRate, keepAccuracy, round } = options;
  const lost = (option: string, needs: string): UsageError =>
    new UsageError(`prune: ${option} is for ${needs}, got it alone; give both or neither`);
  if (latencyBatch !== undefined && !latency) throw lost("--latency-batch", "--latency");
  if (round !== undefined && keepAccuracy === undefined) throw lost("--round", "--keep-accuracy");
  if (learningRate !== undefined && fineTune === undefined && keepAccuracy === undefined) {
    throw lost("--learning-rate", "--fine-tune");
  }
  const uncounted = latency ? "--latency" : channels === undefined ? undefined : "--channels";
  if (uncounted !== undefined && keepAccuracy !== undefined) {
    throw new UsageError(
      `prune: rounds go by --params, --macs or --activation-bytes, got ${uncounted}; give one of these, or none`,
    );
  }
}
