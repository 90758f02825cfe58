/** What the nodes' records say of their channels, node by node in the order of the graph. */
import type { Graph } from "../graph/index.js";
import { analyse, type Channels } from "../op/index.js";

/** Widths along an axis of the output, from those of the inputs' places of the same labels. */
export function widthsOf(
  rule: Channels | undefined,
  axis: number,
  inputs: readonly (readonly (Int32Array | undefined)[])[],
): Int32Array | undefined {
  const labels = rule?.output[axis];
  if (!rule || !labels) return undefined;
  const block = rule.block ?? 1;
  if (block === 1 && inputs.every(axes => axes.every(one => one === undefined))) return undefined;
  const known: number[] = [];
  rule.inputs.forEach((axes, i) => {
    axes.forEach((inputLabels, at) => {
      if (inputLabels) widthsIn(inputLabels, inputs[i]![at], known);
    });
  });
  const widths = labels.map(label => block * (known[label] ?? 1));
  return fill(widths) ? widths : undefined;
}

/** Of every label along an axis, how many labels the run of places has in which it stands: places that are taken together are one. */
function widthsIn(labels: Int32Array, widths: Int32Array | undefined, known: number[]): void {
  for (let from = 0; from < labels.length; ) {
    const run = labels.subarray(from, from + (widths?.[from] ?? 1));
    const width = run.length === 1 ? 1 : new Set(run).size;
    for (const label of run) known[label] = width;
    from += run.length;
  }
}

/** Whether runs of these widths end with the axis: where a reshape took runs together again, each place stands alone. */
function fill(widths: Int32Array): boolean {
  let end = 0;
  while (end < widths.length) end += widths[end]!;
  return end === widths.length;
}

/** The widths, where every run of places has one class; where places were put in another order, each stands alone. */
export function wholeRuns(widths: Int32Array | undefined, classes: Int32Array): Int32Array | undefined {
  if (!widths) return undefined;
  for (let from = 0; from < classes.length; from += widths[from]!) {
    for (let i = 1; i < widths[from]!; i++) if (classes[from + i] !== classes[from]) return undefined;
  }
  return widths;
}

/** Rules of all nodes, each told along which axes of its inputs channels may change. */
export function rulesOf(graph: Graph, free: (tensor: string) => boolean): Map<string, Channels | undefined> {
  const live = new Map<string, readonly boolean[]>(
    graph.inputs.map(({ name, shape }) => [name, shape.map(() => free(name))]),
  );
  const rules = new Map<string, Channels | undefined>();
  for (const { node, op, site } of analyse(graph).placed) {
    const inputs = node.inputs.map(name => live.get(name)!);
    const rule = op.channels?.(site, inputs, op.forward);
    rules.set(node.name, rule);
    live.set(
      node.name,
      site.output.map((_, axis) => {
        const labels = rule?.output[axis];
        if (!rule || !labels) return false;
        if (inputs.every(axes => axes.every(Boolean))) return true;
        const from = new Set<number>();
        rule.inputs.forEach((axes, i) => {
          axes.forEach((one, at) => {
            if (!inputs[i]![at]) for (const label of one ?? []) from.add(label);
          });
        });
        return labels.some(label => !from.has(label));
      }),
    );
  }
  return rules;
}

/** Whether the channels along an axis of an input come out again, or are weighed; else they are summed over as they are. */
export const passes = (rule: Channels, input: number, axis: number): boolean =>
  comesOut(rule, input, axis) ||
  Object.values(rule.weights ?? {}).some(axes => axes.some(one => one?.of === input && one.axis === axis));

/** Whether the channels along an axis of an input are channels of the output. */
export function comesOut({ inputs, output }: Channels, input: number, axis: number): boolean {
  const labels = inputs[input]?.[axis];
  if (!labels || output.includes(labels)) return true;
  const out = new Set(output.flatMap(own => [...(own ?? [])]));
  return labels.every(label => out.has(label));
}
