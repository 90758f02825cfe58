/** Draws one network of a structure: shapes are tracked forward, and no choice is taken back. */
import { type Assembler, assemble } from "../op/index.js";
import type { Random } from "../random.js";
import type { Shape } from "../shape/index.js";
import { type Budget, stillOwed } from "./budget.js";
import { type Amount, minus, price, stepOptions } from "./price.js";
import { type Choice, type Step, view } from "./steps.js";
import type { Structure } from "./structure.js";

/** What the steps of a network may cost. */
export interface Allowance {
  readonly left: Amount;
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
  { seen, steps, mustActivate }: Structure,
  random: Random,
  allowance?: Allowance,
): Drawn {
  const a = assemble(name);
  let x = view(a, a.input("x", input), seen);
  const places = steps.reduce((count, step) => count + (step.optional ? 1 : 0), 0);
  let wishes = places === 0 ? 0 : random.int(mustActivate ? 1 : 0, 2 ** places - 1);
  let owed = mustActivate;
  let left = allowance?.left;
  let choices = "";
  for (const [i, step] of steps.entries()) {
    let wish = true;
    if (step.optional) {
      wish = wishes % 2 === 1;
      wishes = Math.floor(wishes / 2);
    }
    const shape = a.shape(x);
    let choice: Choice;
    if (left) {
      choice = chooseWithin({ budget: allowance!.budget, left }, i, step, shape, wish, owed, random);
      left = minus(left, price(step, shape, choice).cost);
    } else choice = choose(step, shape, wish, random);
    owed = stillOwed(owed, step, choice);
    choices += `${choice.kernel},${choice.width},${choice.bias ? 1 : 0},${choice.present ? 1 : 0};`;
    x = step.add(a, x, choice);
  }
  return { a, output: x, choices };
}

function choose(step: Step, input: Shape, present: boolean, random: Random): Choice {
  const [least, greatest] = step.widths?.(input) ?? [0, 0];
  return {
    kernel: step.kernels ? random.int(1, step.kernels(input)) : 1,
    width: random.int(least, greatest),
    bias: step.bias ? random.chance() : false,
    present,
  };
}

/** Draws only among what an end still fits behind. */
function chooseWithin(
  { left, budget }: Allowance,
  i: number,
  step: Step,
  input: Shape,
  wish: boolean,
  owed: boolean,
  random: Random,
): Choice {
  const [channels, ...spatial] = input as [number, ...number[]];
  const open = stepOptions(step, spatial).filter(option =>
    budget.fits(
      i + 1,
      option.channels(channels),
      option.spatial,
      stillOwed(owed, step, option),
      minus(left, option.cost(channels)),
    ),
  );
  const wished = open.filter(option => option.present === wish);
  const { kernel, present } = random.pick(wished.length > 0 ? wished : open);
  const fits = (choice: Choice): boolean => {
    const { cost, output } = price(step, input, choice);
    return budget.fits(i + 1, output[0]!, output.slice(1), stillOwed(owed, step, choice), minus(left, cost));
  };
  let width = 0;
  if (step.widths) {
    const [least, greatest] = step.widths(input);
    const most = greatestThat(1, greatest, wide => fits({ kernel, width: wide, bias: false, present }));
    width = random.int(Math.min(least, most), most);
  }
  const choice = { kernel, width, bias: step.bias ? random.chance() : false, present };
  return choice.bias && !fits(choice) ? { ...choice, bias: false } : choice;
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
