/** A network as a table: every layer with the shape of its output, its parameters and what it computes; then the totals. */
import { type Attrs, type Graph, printAttrs } from "../graph/index.js";
import { analyse, figures, type Op, type Placed, trainableCount } from "../op/index.js";
import { product, type Shape, show } from "../shape/index.js";
import { integer } from "../text/figures.js";
import { textTable } from "../text/table.js";

export interface LayerFigures {
  readonly name: string;
  readonly op: string;
  /** Of one sample. */
  readonly shape: Shape;
  /** Trainable scalars; 0 where another layer's are used. */
  readonly params: number;
  /** Multiply-accumulates of one forward pass of one sample. */
  readonly macs: number;
}

/** Every node of the network, in order. */
export const layerFigures = (graph: Graph): LayerFigures[] => analyse(graph).placed.map(figuresOf);

const figuresOf = (one: Placed): LayerFigures => ({
  name: one.node.name,
  op: one.op.title?.(one.node.attrs) ?? one.node.op,
  shape: one.site.output,
  params: one.node.shares === undefined ? trainableCount(one) : 0,
  macs: one.cost.macs,
});

/** Text of at most `width` columns, as far as the names allow. */
export function summary(graph: Graph, width = 160): string {
  const { placed, shapes } = analyse(graph);
  const text = (title: string) => ({ title, kind: "text" as const });
  const whole = (title: string) => ({ title, kind: "integer" as const });
  const table = textTable(
    {
      title: graph.name,
      columns: [text("name"), text("op"), text("attributes"), text("output"), whole("parameters"), whole("macs")],
      rows: [
        ...graph.inputs.map(({ name, shape }) => [name, "input", "", show(shape), 0, 0]),
        ...placed.map(one => {
          const { name, op, shape, params, macs } = figuresOf(one);
          return [name, op, settings(one), show(shape), params, macs];
        }),
      ],
    },
    width,
  );
  const outputs = graph.outputs.map(name => `${name} ${show(shapes.get(name)!)}`).join(", ");
  return `${graph.name}\n${table}\noutputs ${outputs}; ${totals(graph)}\n`;
}

function totals(graph: Graph): string {
  const { params, macs, memoryElements, peakBytes, ops, autogradOps } = figures(graph);
  const carried = carriedCount(graph);
  return [
    `${integer(params)} parameters${carried > 0 ? ` and ${integer(carried)} running statistics` : ""}`,
    `${integer(macs)} multiply-accumulates`,
    `${integer(memoryElements)} activation elements`,
    `${integer(peakBytes)} bytes at the peak`,
    `${ops} ops (${autogradOps} as PyTorch counts)`,
  ].join("; ");
}

/** Scalars that are carried and not learned. */
const carriedCount = (graph: Graph): number =>
  analyse(graph)
    .placed.filter(({ node }) => node.shares === undefined)
    .flatMap(({ weights }) => weights)
    .reduce((sum, { trainable, shape }) => sum + (trainable ? 0 : product(shape)), 0);

/** The attributes that differ from what the op takes where nothing is told, and whose weights are used. */
const settings = ({ op, node: { attrs, shares } }: Placed): string =>
  [op.title ? "" : printAttrs(told(op, attrs)), shares && `shares ${shares}`].filter(Boolean).join(" ");

function told(op: Op, attrs: Attrs): Attrs {
  const isDefault = (key: string): boolean => {
    const { [key]: _, ...rest } = attrs;
    const read = op.attrs.safeParse(rest);
    return read.success && JSON.stringify((read.data as Attrs)[key]) === JSON.stringify(attrs[key]);
  };
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => !isDefault(key)));
}
