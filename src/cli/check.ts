/** netpick check: every layer of networks in files, with shapes and costs. */

import { type Attrs, type Graph, printAttrs } from "../graph/index.js";
import { analyse, figures, type Op, trainableCount } from "../op/index.js";
import { textTable } from "../text/table.js";
import { FileError } from "./failure.js";
import { readNetworks } from "./read-networks.js";
import { terminalWidth } from "./terminal.js";

export async function run(files: readonly string[], { json }: { json?: true }): Promise<number> {
  let failed = 0;
  for (const file of files) {
    try {
      for (const graph of await readNetworks(file)) console.log(json ? JSON.stringify(describe(graph)) : layers(graph));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      console.error(error.message);
      failed++;
    }
  }
  return failed > 0 ? 1 : 0;
}

/** What `--json` prints for a network. */
function describe(graph: Graph) {
  const { shapes, placed } = analyse(graph);
  const { params, macs, memoryElements, peakBytes, ops, autogradOps } = figures(graph);
  return {
    name: graph.name,
    inputs: Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, shape])),
    outputs: Object.fromEntries(graph.outputs.map(name => [name, shapes.get(name)])),
    ...{ params, macs, memoryElements, peakBytes, ops, autogradOps },
    nodes: placed.map(one => ({
      name: one.node.name,
      op: one.node.op,
      shape: one.site.output,
      params: one.node.shares === undefined ? trainableCount(one) : 0,
      macs: one.cost.macs,
    })),
  };
}

function layers(graph: Graph): string {
  const { placed, shapes } = analyse(graph);
  const size = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
  const text = (title: string) => ({ title, kind: "text" as const });
  const integer = (title: string) => ({ title, kind: "integer" as const });
  const total = figures(graph);
  const table = textTable(
    {
      title: graph.name,
      columns: [text("name"), text("op"), text("attributes"), text("output"), integer("parameters"), integer("macs")],
      rows: [
        ...graph.inputs.map(({ name, shape }) => [name, "input", "", size(shape), 0, 0]),
        ...placed.map(one => [
          one.node.name,
          one.node.op,
          printAttrs(told(one.op, one.node.attrs)),
          size(one.site.output),
          one.node.shares === undefined ? trainableCount(one) : 0,
          one.cost.macs,
        ]),
      ],
    },
    terminalWidth(),
  );
  const outputs = graph.outputs.map(name => `${name} ${size(shapes.get(name)!)}`).join(", ");
  const number = (value: number): string => value.toLocaleString("en-US");
  return [
    graph.name,
    table,
    `outputs ${outputs}; ${number(total.params)} parameters; ${number(total.macs)} multiply-accumulates; ${number(total.memoryElements)} activation elements; ${number(total.peakBytes)} bytes at the peak; ${total.ops} ops (${total.autogradOps} as PyTorch counts)`,
    "",
  ].join("\n");
}

/** The attributes that differ from what the op takes where nothing is told. */
function told(op: Op, attrs: Attrs): Attrs {
  const isDefault = (key: string): boolean => {
    const { [key]: _, ...rest } = attrs;
    const read = op.attrs.safeParse(rest);
    return read.success && JSON.stringify((read.data as Attrs)[key]) === JSON.stringify(attrs[key]);
  };
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => !isDefault(key)));
}
