/** The plan's table: how many networks of which computation and activation, as in the Netpicking article. */

export const activations = ["none", "relu", "selu", "sigmoid", "tanh"] as const;
/** `none`, or the activation's op. */
export type PlanActivation = (typeof activations)[number];

const label: Record<PlanActivation, string> = {
  none: "",
  relu: "ReLU",
  selu: "SELU",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
};

/** Networks per activation, in the order of `activations`. The baseline, Basic, stands beside the table. */
const published = {
  Linear: [55, 23, 24, 25, 23],
  Conv1d: [59, 23, 24, 21, 23],
  Conv2d: [61, 23, 23, 20, 23],
  Conv3d: [57, 23, 23, 22, 25],
  Conv1dThenLinear: [34, 17, 17, 17, 15],
  Conv2dThenLinear: [38, 14, 16, 16, 16],
  Conv3dThenLinear: [33, 18, 16, 18, 15],
  ResNetStyle: [0, 100, 0, 0, 0],
} as const;

export type DrawnComputation = keyof typeof published;
export type Computation = "Basic" | DrawnComputation;
export const computations: readonly Computation[] = ["Basic", ...(Object.keys(published) as DrawnComputation[])];

/** Networks of one computation and activation. */
export interface Cell {
  readonly computation: DrawnComputation;
  readonly activation: PlanActivation;
  readonly count: number;
  /** What the names of its networks begin with. */
  readonly prefix: string;
}

/**
 * The table scaled to `total` networks by largest remainders; of equal remainders the earlier cell's goes first.
 * With `spread`, the networks of a computation that has one activation only are shared out among all activations.
 */
export function planCells(total: number, leaveOut: ReadonlySet<Computation>, spread: boolean): Cell[] {
  const cells = (Object.keys(published) as DrawnComputation[])
    .filter(computation => !leaveOut.has(computation))
    .flatMap(computation => cellsOf(computation, spread));
  const counts = shareOut(
    total,
    cells.map(cell => cell.count),
  );
  return cells.map((cell, i) => ({ ...cell, count: counts[i]! })).filter(cell => cell.count > 0);
}

function cellsOf(computation: DrawnComputation, spread: boolean): Cell[] {
  const row: readonly number[] = published[computation];
  const single = row.filter(count => count > 0).length === 1;
  const sum = row.reduce((total, count) => total + count, 0);
  const active = activations.length - 1;
  return activations.map((activation, i) => ({
    computation,
    activation,
    count: !(single && spread) ? row[i]! : activation === "none" ? 0 : sum / active,
    prefix: single && !spread ? computation : `${computation}${label[activation]}`,
  }));
}

/** Whole numbers in proportion to the weights, which add up to the total. */
export function shareOut(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum === 0) return weights.map(() => 0);
  const counts = weights.map(weight => Math.floor((total * weight) / sum));
  const remainder = (i: number): number => (total * weights[i]!) % sum;
  const missing = total - counts.reduce((all, count) => all + count, 0);
  const order = weights.map((_, i) => i).sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const i of order.slice(0, missing)) counts[i]!++;
  return counts;
}
