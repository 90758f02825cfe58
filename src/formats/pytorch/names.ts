/** Names of a graph as Python's, and of its weights as a state dict's. */
import type { Graph } from "../../graph/index.js";
import { analyse } from "../../op/index.js";

/** Words that mean something else in Python or in the file. */
const taken = new Set(
  [
    "False None True and as assert async await break class continue def del elif else except finally for from global if",
    "import in is lambda nonlocal not or pass raise return try while with yield",
    "self torch nn json struct sum load_weights super range bytearray open",
    // What every nn.Module has.
    "training forward parameters buffers modules children apply cuda cpu ipu xpu to type float double half bfloat16 train",
    "eval requires_grad_ zero_grad share_memory extra_repr state_dict load_state_dict add_module register_module",
    "register_buffer register_parameter named_parameters named_buffers named_modules named_children get_submodule",
    "get_parameter get_buffer get_extra_state set_extra_state to_empty dump_patches T_destination compile",
  ].flatMap(words => words.split(" ")),
);

/** An identifier of Python: what it cannot hold becomes an underscore. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^_+/, "");
  const begun = /^[A-Za-z]/.test(plain) ? plain : `n${plain}`;
  return taken.has(begun) ? `${begun}_` : begun;
}

/**
 * The identifier of every input and node. The rule: characters other than letters, digits and underscores become
 * underscores, so that `block1.conv1` is `block1_conv1`; words of Python's or of nn.Module's get an underscore behind
 * them; of two names that became one, the later gets a number.
 */
export function pythonNames(graph: Graph): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const { name } of [...graph.inputs, ...graph.nodes]) {
    const wanted = identifier(name);
    let free = wanted;
    for (let i = 2; used.has(free); i++) free = `${wanted}_${i}`;
    used.add(free);
    names.set(name, free);
  }
  return names;
}

/** What a state dict calls a weight: `runningMean` is `running_mean`. */
const stateRole = (role: string): string => role.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

/**
 * Weights by netpick's names (`block1.bn1.runningMean`) with those of the written class's state dict
 * (`block1_bn1.running_mean`), or with those that the nodes' own names make (`block1.bn1.running_mean`).
 */
export function stateDictNames(graph: Graph, names = pythonNames(graph)): ReadonlyMap<string, string> {
  const owners = analyse(graph).placed.filter(({ node }) => node.shares === undefined);
  return new Map(
    owners.flatMap(({ node, op, site, weights }) => {
      const own = names.get(node.name) ?? node.name;
      const isWeight = weights.length > 0 && "isWeight" in op.pytorch(site);
      return weights.map(({ role }) => [`${node.name}.${role}`, isWeight ? own : `${own}.${stateRole(role)}`] as const);
    }),
  );
}
