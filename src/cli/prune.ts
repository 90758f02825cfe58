/** netpick prune: the least useful channels go, until the network costs no more than it may. */
import { type Budget, batchNormScale, l1, l2, randomUtility, type Utility } from "../surgery/index.js";
import { operated, type SurgeryOptions } from "./operated.js";

interface Options extends SurgeryOptions, Budget {
  readonly utility?: "l1" | "l2" | "batchNorm" | "random";
  readonly seed?: number;
}

export async function run(file: string, options: Options): Promise<number> {
  const { params, macs, channels, utility, seed = 42 } = options;
  const utilities: Readonly<Record<NonNullable<Options["utility"]>, Utility>> = {
    l1,
    l2,
    batchNorm: batchNormScale,
    random: randomUtility(seed),
  };
  const budget: Budget = {
    ...(params === undefined ? {} : { params }),
    ...(macs === undefined ? {} : { macs }),
    ...(channels === undefined ? {} : { channels }),
  };
  return operated("prune", file, options, utility ? { utility: utilities[utility] } : {}, operation =>
    operation.prune(budget),
  );
}
