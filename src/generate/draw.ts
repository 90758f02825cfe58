/** Draws one network of a structure: shapes are tracked forward, and no choice is taken back. */
import { type Assembler, assemble } from "../op/index.js";
import type { Random } from "../random.js";
import type { Shape } from "../shape/index.js";
import { type Amount, type Budget, plus, within } from "./budget.js";
import { addStep, type Choice, type Step } from "./steps.js";
import type { Structure } from "./structure.js";

/** What a network may cost and what its input costs already. */
export interface Allowance {
  readonly limits: Amount;
  readonly spent: Amount;
  readonly budget: Budget;
}

export interface Drawn {
  readonly a: Assembler;
  readonly output: string;
  /** Everything that was chosen: two networks of one structure are equal when their choices are. */
  readonly choices: string;
}

/** Without an allowance nothing limits the network but its structure. */
export function drawNetwork(
  name: string,
  input: Shape,
  { steps, mustActivate }: Structure,
  random: Random,
  allowance?: Allowance,
): Drawn {
  const a = assemble(name);
  const places = steps.filter(step => step.activation !== undefined).length;
  let wishes = places === 0 ? 0 : random.int(mustActivate ? 1 : 0, 2 ** places - 1);
  let owed = mustActivate;
  let spent = allowance?.spent ?? [];
  let x = a.input("x", input);
  let choices = "";
  steps.forEach((step, i) => {
    let wish = false;
    if (step.activation !== undefined) {
      wish = wishes % 2 === 1;
      wishes = Math.floor(wishes / 2);
    }
    const shape = a.shape(x);
    const choice = allowance
      ? chooseWithin({ ...allowance, spent }, i, step, shape, wish, owed, random)
      : choose(step, shape, wish, random);
    if (allowance) spent = plus(spent, allowance.budget.price(step, shape, choice).cost);
    owed &&= !choice.activate;
    choices += `${choice.kernel},${choice.width},${Number(choice.bias)},${Number(choice.activate)};`;
    x = addStep(a, x, step, choice);
  });
  return { a, output: x, choices };
}

function choose(step: Step, input: Shape, activate: boolean, random: Random): Choice {
  return {
    kernel: step.kernels ? random.int(1, step.kernels(input)) : 1,
    width: step.widths ? random.int(...step.widths(input)) : 0,
    bias: step.bias ? random.chance() : false,
    activate,
  };
}

/** Draws only among what the cheapest end still fits behind. */
function chooseWithin(
  { limits, spent, budget }: Allowance,
  i: number,
  step: Step,
  input: Shape,
  wish: boolean,
  owed: boolean,
  random: Random,
): Choice {
  const fits = (cost: Amount, output: Shape, activate: boolean): boolean => {
    const now = plus(spent, cost);
    return (
      within(now, limits) &&
      budget.cheapest(i + 1, output, owed && !activate).some(rest => within(plus(now, rest), limits))
    );
  };
  const priced = (choice: Choice): boolean => {
    const { cost, output } = budget.price(step, input, choice);
    return fits(cost, output, choice.activate);
  };
  const open = budget.options(i, input).filter(({ cost, output, activate }) => fits(cost, output, activate));
  const wished = open.filter(option => option.activate === wish);
  const { kernel, activate } = random.pick(wished.length > 0 ? wished : open);
  let width = 0;
  if (step.widths) {
    const [least, greatest] = step.widths(input);
    const most = greatestThat(1, greatest, wide => priced({ kernel, width: wide, bias: false, activate }));
    width = random.int(Math.min(least, most), most);
  }
  const choice = { kernel, width, bias: step.bias ? random.chance() : false, activate };
  return choice.bias && !priced(choice) ? { ...choice, bias: false } : choice;
}

/** The greatest number for which it holds, by bisection: it holds for `low` and, from some number on, no more. */
function greatestThat(low: number, high: number, holds: (n: number) => boolean): number {
  if (holds(high)) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
