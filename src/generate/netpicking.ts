/** The plan of the Netpicking article: 1001 networks by computation and activation, or any number in proportion. */
import type { Graph } from "../graph/index.js";
import { nearest } from "../nearest.js";
import { deriveSeed, random } from "../random.js";
import type { Shape } from "../shape/index.js";
import { checkWhole, GenerateError } from "./error.js";
import { type Family, family } from "./family.js";
import { type Limits, limited } from "./price.js";
import { type Cell, type Computation, computations, type PlanActivation, planCells } from "./table.js";
import type { Views } from "./views.js";

export interface NetpickingOptions {
  /** How many networks, the baseline among them. */
  readonly n: number;
  readonly seed: number;
  /** Shapes in which networks may see the samples: the article's (the default), or every split. */
  readonly views?: Views | undefined;
  /** What each network may have at most. */
  readonly limits?: Limits | undefined;
  /** Scores at the end; 10 unless told. */
  readonly classes?: number | undefined;
  /** Shape of a sample; [1, 28, 28] unless told. */
  readonly inputShape?: Shape | undefined;
  /** Computations of which there shall be no network. */
  readonly leaveOut?: readonly Computation[] | undefined;
}

export interface PlannedNetwork {
  /** Unique in the plan, e.g. `Conv2dReLU_12`. */
  readonly name: string;
  readonly computation: Computation;
  readonly activation: PlanActivation;
  readonly graph: Graph;
}

/** All networks of the plan. The same options give the same plan; a name stands for the same network whatever `n` is. */
export const netpickingPlan = (options: NetpickingOptions): PlannedNetwork[] => [...netpickingNetworks(options)];

/** The networks of the plan one by one, each made when it is asked for; what cannot be is refused at once. */
export function netpickingNetworks(options: NetpickingOptions): Generator<PlannedNetwork> {
  const { n, seed, views = "published", limits = {}, classes = 10, inputShape = [1, 28, 28], leaveOut = [] } = options;
  check({ n, seed, views, limits, classes, inputShape, leaveOut });
  const without = new Set(leaveOut);
  const baseline = without.has("Basic") ? 0 : 1;
  const make = (cell: Cell | BaselineCell): Family =>
    family(
      cell.computation,
      cell.prefix,
      { input: inputShape, classes, views, activation: cell.activation },
      limits,
      cell.count,
    );
  const cells = [...(baseline === 1 ? [basic] : []), ...planCells(n - baseline, without, views === "any")].map(
    cell => ({ cell, source: random(deriveSeed("generate", seed, cell.prefix)), networks: make(cell) }),
  );
  return stream(cells);
}

type BaselineCell = Omit<Cell, "computation"> & { readonly computation: "Basic" };
const basic: BaselineCell = { computation: "Basic", activation: "none", count: 1, prefix: "Basic" };

function* stream(
  cells: readonly { cell: Cell | BaselineCell; source: ReturnType<typeof random>; networks: Family }[],
): Generator<PlannedNetwork> {
  for (const { cell, source, networks } of cells) {
    const { computation, activation, prefix, count } = cell;
    for (let i = 1; i <= count; i++) {
      const name = computation === "Basic" ? prefix : `${prefix}_${i}`;
      yield { name, computation, activation, graph: networks.next(name, source) };
    }
  }
}

interface Complete {
  readonly n: number;
  readonly seed: number;
  readonly views: Views;
  readonly limits: Limits;
  readonly classes: number;
  readonly inputShape: Shape;
  readonly leaveOut: readonly Computation[];
}

function check({ n, seed, views, limits, classes, inputShape, leaveOut }: Complete): void {
  checkWhole("n", n, 1);
  checkWhole("classes", classes, 2);
  if (!Number.isSafeInteger(seed)) {
    throw new GenerateError(`generate: seed must be a whole number, got ${seed}; give e.g. 42`);
  }
  if (views !== "published" && views !== "any") {
    throw new GenerateError(`generate: views must be published or any, got ${views}; give one of these`);
  }
  for (const [key, limit] of Object.entries(limits)) {
    if (!(limited as readonly string[]).includes(key)) {
      throw new GenerateError(`generate: there is no such limit, got ${key}; ${nearest(key, limited)}`);
    }
    if (limit !== undefined) checkWhole(`limit ${key}`, limit, 0);
  }
  if (inputShape.length === 0 || inputShape.some(dim => !Number.isSafeInteger(dim) || dim < 1)) {
    throw new GenerateError(
      `generate: inputShape must be a list of whole numbers from 1, got [${inputShape.join(", ")}]; give e.g. [1, 28, 28]`,
    );
  }
  const unknown = leaveOut.find(name => !computations.includes(name));
  if (unknown !== undefined) {
    throw new GenerateError(`generate: there is no such class, got ${unknown}; ${nearest(unknown, computations)}`);
  }
  if (
    computations.every(name => leaveOut.includes(name) || name === "Basic") &&
    (n > 1 || leaveOut.includes("Basic"))
  ) {
    throw new GenerateError(
      `generate: no class is left to draw from, got ${leaveOut.length} of ${computations.length} left out; leave fewer out`,
    );
  }
}
