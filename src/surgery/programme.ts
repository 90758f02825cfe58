/** Mixed-integer programmes: variables, rows, and objectives in their order; HiGHS solves them. */
import loadHighs, { type Highs, type Model, type VariableType } from "highs";
import { merged } from "./sums.js";

/** A variable by number, and its factor. */
export type Term = readonly [variable: number, factor: number];

export interface Row {
  readonly terms: readonly Term[];
  readonly lower: number;
  readonly upper: number;
  /** What the row demands, in the words of who reads that it cannot be met. */
  readonly why: string;
}

export interface Programme {
  readonly lower: number[];
  readonly upper: number[];
  readonly whole: boolean[];
  readonly rows: Row[];
  /** Each is minimised among the optima of those before it. */
  readonly objectives: Term[][];
}

export interface Solved {
  readonly values: Float64Array;
  /** Whether every objective was proved to be at its optimum before the time ran out. */
  readonly proved: boolean;
  readonly solver: Solver;
}
/** What the solver did. */
export interface Solver {
  /** Seconds that it took, its start not among them. */
  readonly seconds: number;
  /** How far the last objective may be from its best, as a share of it: 0 where that was proved. */
  readonly gap: number;
}
/** `undefined`: there is no solution; `time`: none was found before the time ran out. */
export type Outcome = Solved | "infeasible" | "time";

export const emptyProgramme = (): Programme => ({ lower: [], upper: [], whole: [], rows: [], objectives: [] });

/** A new variable; returns its number. */
export function variable(programme: Programme, lower: number, upper: number, whole = true): number {
  programme.lower.push(lower);
  programme.upper.push(upper);
  programme.whole.push(whole);
  return programme.lower.length - 1;
}

let loading: Promise<{ readonly highs: Highs; readonly model: Model }> | undefined;
/** The solver, started once, and its one model: to make one takes longer than to solve a small one. */
const solver = () => (loading ??= load().then(highs => ({ highs, model: highs.createModel() })));
/** The package's types describe its CommonJS form, in which the loader stands one level deeper. */
const load = loadHighs as unknown as (typeof loadHighs)["default"];

/** Share of an objective's value that a later objective may not take from it: HiGHS' own tolerance. */
const tolerance = 1e-7;

/** Solve within so many seconds. */
export async function solve(programme: Programme, seconds: number): Promise<Outcome> {
  const { highs, model } = await solver();
  const start = performance.now();
  pass(highs, model, programme);
  const until = start + 1000 * seconds;
  const solved = (values: Float64Array, proved: boolean): Solved => ({
    values: rounded(programme, values),
    proved,
    solver: {
      seconds: (performance.now() - start) / 1000,
      gap: proved ? 0 : Math.min(1, Number(model.info.get("mip_gap"))),
    },
  });
  let found: Float64Array | undefined;
  for (const objective of programme.objectives.length > 0 ? programme.objectives : [[]]) {
    aim(model, programme, objective);
    const status = run(model, (until - performance.now()) / 1000);
    const now = status === "optimal" || feasible(model) ? model.getSolution().colValue : undefined;
    if (!now && !found) return status === "infeasible" ? status : "time";
    if (!now || status !== "optimal") return solved(now ?? found!, false);
    found = now;
    const best = objective.reduce((sum, [column, factor]) => sum + factor * now[column]!, 0);
    if (objective.length > 0) {
      addRow(model, objective, -highs.infinity, best + tolerance * Math.max(1, Math.abs(best)));
    }
  }
  return solved(found!, true);
}

/**
 * Rows that cannot all be met though they can without any one of them: each row is left out in turn, and stays out when
 * the rest still cannot be met. Every row that the time does not suffice for stays in.
 */
export async function conflict(programme: Programme, seconds: number): Promise<Row[]> {
  const { highs, model } = await solver();
  pass(highs, model, programme);
  const until = performance.now() + 1000 * seconds;
  return programme.rows.filter((row, i) => {
    const left = (until - performance.now()) / 1000;
    model.changeRowBounds(i, -highs.infinity, highs.infinity);
    if (left > 0 && run(model, left) === "infeasible") return false;
    model.changeRowBounds(i, row.lower, row.upper);
    return true;
  });
}

function pass(highs: Highs, model: Model, { lower, upper, whole, rows }: Programme): void {
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const { terms } of rows) {
    for (const [column, factor] of merged(terms)) {
      indices.push(column);
      values.push(factor);
    }
    starts.push(indices.length);
  }
  const within = (bound: number): number => Math.max(-highs.infinity, Math.min(highs.infinity, bound));
  model.clear();
  model.passModel({
    numCols: lower.length,
    numRows: rows.length,
    colCost: lower.map(() => 0),
    colLower: lower.map(within),
    colUpper: upper.map(within),
    rowLower: rows.map(row => within(row.lower)),
    rowUpper: rows.map(row => within(row.upper)),
    integrality: whole.map((is): VariableType => (is ? 1 : 0)),
    matrix: { format: "csr", numRows: rows.length, numCols: lower.length, starts, indices, values },
  });
  // The gap within which HiGHS stops by itself is as large as a channel in ten thousand.
  model.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 1e-9 });
}

function aim(model: Model, { lower }: Programme, objective: readonly Term[]): void {
  const costs = new Float64Array(lower.length);
  for (const [column, factor] of objective) costs[column]! += factor;
  if (costs.length > 0) model.changeColsCost({ kind: "range", from: 0, to: costs.length - 1 }, costs);
}

function addRow(model: Model, terms: readonly Term[], lower: number, upper: number): void {
  const sums = merged(terms);
  model.addRow(lower, upper, { indices: [...sums.keys()], values: [...sums.values()] });
}

function run(model: Model, seconds: number): "optimal" | "infeasible" | "time" {
  model.options.set("time_limit", Math.max(0, seconds));
  model.zeroAllClocks();
  model.run();
  const status = model.getModelStatus();
  // 7: optimal; 8 and 9: infeasible, or unbounded, which sizes cannot be.
  return status === 7 ? "optimal" : status === 8 || status === 9 ? "infeasible" : "time";
}

/** 2: a feasible point is at hand. */
const feasible = (model: Model): boolean => model.info.get("primal_solution_status") === 2;

const rounded = ({ whole }: Programme, values: Float64Array): Float64Array =>
  values.map((value, i) => (whole[i] ? Math.round(value) : value));
