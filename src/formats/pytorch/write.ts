/** A graph as PyTorch source: one class, its layers declared and then called, and a function that loads its weights. */
import type { Graph } from "../../graph/index.js";
import { analyse, type Placed, type PyTorch } from "../../op/index.js";
import { declaration } from "./declaration.js";
import { identifier, pythonNames } from "./names.js";
import { needingCopies } from "./overwritten.js";

export interface WriteOptions {
  /** Every argument that means something here by name, those that are PyTorch's defaults too. */
  readonly explicit?: boolean;
}

/** What PyTorch source cannot say. */
export class PyTorchWriteError extends Error {
  override readonly name = "PyTorchWriteError";
}

/** PyTorch source of a graph; an op that PyTorch does not have is a PyTorchWriteError. */
export function writePyTorch(graph: Graph, { explicit = false }: WriteOptions = {}): string {
  const names = pythonNames(graph);
  const { placed } = analyse(graph);
  const spellings = new Map(placed.map(one => [one.node.name, spelling(one)]));
  const declared = placed.flatMap(one => {
    const spelled = spellings.get(one.node.name)!;
    if (!("module" in spelled) || one.node.shares !== undefined) return [];
    return [`        self.${names.get(one.node.name)} = ${declaration(spelled.module, explicit)}`];
  });
  const calls = callsOf(graph, spellings, names);
  const learns = placed.some(({ weights }) => weights.length > 0);
  const inputs = graph.inputs.map(({ name }) => names.get(name));
  return [
    ...(learns ? ["import json", "import struct", ""] : []),
    "import torch",
    "from torch import nn",
    "",
    "",
    `class ${identifier(graph.name)}(nn.Module):`,
    "    def __init__(self):",
    "        super().__init__()",
    ...declared,
    "",
    `    def forward(self, ${inputs.join(", ")}):`,
    ...calls.map(line => `        ${line}`),
    ...(learns ? ["", "", ...loader] : []),
    "",
  ].join("\n");
}

/** Reads what safetensors holds: the length of a header of JSON, the header, and the numbers. */
const loader = `def load_weights(model, path=__file__.rsplit(".", 1)[0] + ".safetensors"):
    """Fill the model with the weights of the file beside this one."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    state = model.state_dict()
    for name, place in header.items():
        if name != "__metadata__":
            begin, end = place["data_offsets"]
            state[name] = torch.frombuffer(data[begin:end], dtype=torch.float32).view_as(state[name])
    model.load_state_dict(state)
    return model`.split("\n");

function spelling({ node, op, site }: Placed): PyTorch {
  const spelled = op.pytorch(site);
  if (!("none" in spelled)) return spelled;
  throw new PyTorchWriteError(`${node.op}: PyTorch source cannot say it, got ${node.name}; ${spelled.none}`);
}

/** One line a node. A value takes the name of one it is made of where nobody needs that any more. */
function callsOf(graph: Graph, spellings: ReadonlyMap<string, PyTorch>, names: ReadonlyMap<string, string>): string[] {
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, i) => {
    for (const input of node.inputs) lastUse.set(input, i);
  });
  for (const output of graph.outputs) lastUse.set(output, graph.nodes.length);
  const copies = needingCopies(graph);
  const variables = new Map(graph.inputs.map(({ name }) => [name, names.get(name)!]));
  const lines = graph.nodes.map((node, i) => {
    const given = node.inputs.map(input => variables.get(input)!);
    if (copies.has(node.name)) given[0] = `${given[0]}.clone()`;
    // The variable that has been there longest is free again.
    const free = node.inputs.filter(input => lastUse.get(input) === i).map(input => variables.get(input)!);
    const variable = [...variables.values()].find(one => free.includes(one)) ?? names.get(node.name)!;
    variables.set(node.name, variable);
    return `${variable} = ${called(graph, spellings, names, i, given)}`;
  });
  return [...lines, `return ${graph.outputs.map(output => variables.get(output)).join(", ")}`];
}

function called(
  graph: Graph,
  spellings: ReadonlyMap<string, PyTorch>,
  names: ReadonlyMap<string, string>,
  i: number,
  inputs: readonly string[],
): string {
  const node = graph.nodes[i]!;
  const spelled = spellings.get(node.name)!;
  if (!("module" in spelled)) return spelled.expression(inputs);
  const owner = node.shares ?? node.name;
  const owned = spellings.get(owner)!;
  if (!("module" in owned) || owned.module !== spelled.module) {
    throw new PyTorchWriteError(
      `${node.op}: ${node.name} shares the weights of ${owner} and not its attributes, got ${spelled.module}; give both the same`,
    );
  }
  const module = `self.${names.get(owner)}`;
  if (spelled.call) return spelled.call(module, inputs);
  const given = spelled.before ? [spelled.before(inputs[0]!)] : inputs;
  return `${module}(${given.join(", ")})`;
}
