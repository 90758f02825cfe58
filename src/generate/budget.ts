/** What the rest of a network costs at least, so that every choice leaves enough for it. */
import { assemble, figures } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";
import { addStep, type Choice, type Step } from "./steps.js";

export interface Limits {
  readonly params?: number;
  readonly macs?: number;
  readonly memoryElements?: number;
}
export type Limited = keyof Limits;
export const limited: readonly Limited[] = ["params", "macs", "memoryElements"];

/** One number for every limit in force, in their order. */
export type Amount = readonly number[];

/** A step with one kernel and activation or none, as narrow as can be. */
export interface Option {
  readonly kernel: number;
  readonly activate: boolean;
  readonly output: Shape;
  readonly cost: Amount;
}

export const plus = (a: Amount, b: Amount): Amount => a.map((value, i) => value + b[i]!);
export const within = (a: Amount, limits: Amount): boolean => a.every((value, i) => value <= limits[i]!);

/** The costs of the steps of one structure. */
export interface Budget {
  /** Cost and output of one step. */
  readonly price: (step: Step, input: Shape, choice: Choice) => { cost: Amount; output: Shape };
  /** Every kernel that step `i` can have, with and without activation, as narrow as can be. */
  readonly options: (i: number, input: Shape) => readonly Option[];
  /**
   * The cheapest ways from step `i` to the end: nothing costs less in every respect than one of them. `owed`: an
   * activation must come yet. Empty where there is no way.
   */
  readonly cheapest: (i: number, input: Shape, owed: boolean) => readonly Amount[];
}

/** `keys`: the limits in force; what is not limited need not be counted, which keeps the lists of the cheapest short. */
export function budget(steps: readonly Step[], keys: readonly Limited[]): Budget {
  const ways = new Map<string, readonly Amount[]>();
  const lists = new Map<string, readonly Option[]>();
  const nothing: readonly Amount[] = [keys.map(() => 0)];

  const price: Budget["price"] = (step, input, choice) => {
    const a = assemble("price");
    const y = addStep(a, a.input("x", input), step, choice);
    const output = a.shape(y);
    const costs = figures(a.finish(y));
    const own = { ...costs, memoryElements: costs.memoryElements - product(input) };
    return { cost: keys.map(key => own[key]), output };
  };
  const options: Budget["options"] = (i, input) => {
    const key = `${i} ${input}`;
    const before = lists.get(key);
    if (before) return before;
    const step = steps[i]!;
    const width = step.widths ? 1 : 0;
    const list: Option[] = [];
    for (let kernel = 1; kernel <= (step.kernels?.(input) ?? 1); kernel++) {
      for (const activate of step.activation === undefined ? [false] : [false, true]) {
        list.push({ kernel, activate, ...price(step, input, { kernel, width, bias: false, activate }) });
      }
    }
    lists.set(key, list);
    return list;
  };
  const cheapest: Budget["cheapest"] = (i, input, owed) => {
    if (i === steps.length) return owed ? [] : nothing;
    const key = `${i} ${input} ${owed}`;
    const before = ways.get(key);
    if (before) return before;
    const found: Amount[] = [];
    for (const { activate, cost, output } of options(i, input)) {
      // An activation that nobody owes only costs.
      if (activate && !owed) continue;
      for (const rest of cheapest(i + 1, output, owed && !activate)) keep(found, plus(cost, rest));
    }
    ways.set(key, found);
    return found;
  };
  return { price, options, cheapest };
}

/** Add a way unless one is as cheap in every respect, and drop those that it undercuts. */
function keep(found: Amount[], way: Amount): void {
  if (found.some(other => within(other, way))) return;
  for (let i = found.length - 1; i >= 0; i--) if (within(way, found[i]!)) found.splice(i, 1);
  found.push(way);
}
