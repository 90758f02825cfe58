/** Graphs as typed descriptions of netpick's own: `network` with layers where weights are shared, else fluent methods. */
import type { Attrs, Graph, Node } from "../graph/index.js";
import { analyse, type Op, type Placed } from "../op/index.js";
import * as ops from "../ops/index.js";
import { identifier } from "./pytorch/names.js";

/** The maker of an op's layer, which is called as the op but for capitals: `Conv2d`, `PReLU`. */
const maker = (op: string): string | undefined =>
  Object.keys(ops).find(key => /^[A-Z]/.test(key) && key.toLowerCase() === op.toLowerCase());

/** A network that a typed description cannot say. */
export class TypeScriptError extends Error {
  override readonly name = "TypeScriptError";
}

/** Source that exports one network, which compiles and describes the same graph; its nodes may have other names. */
export function writeTypeScript(graph: Graph): string {
  const names = variableNames(graph);
  const { placed } = analyse(graph);
  const shared = new Set(placed.filter(({ node }) => node.shares !== undefined).map(({ owner }) => owner));
  const layers = placed.filter(({ node }) => shared.has(node.name)).map(one => layerOf(one, names));
  const lines = placed.map(one => {
    const { node, op, owner } = one;
    const inputs = node.inputs.map(input => names.get(input)!);
    const call = shared.has(owner)
      ? `pipe(${names.get(owner)}Layer)`
      : `${op.name}(${[...inputs.slice(1), ...argumentsOf(op, node.attrs)].join(", ")})`;
    return `  const ${names.get(node.name)} = ${inputs[0]}.${call};`;
  });
  const makers = [...new Set(placed.filter(({ node }) => shared.has(node.name)).map(({ op }) => maker(op.name)!))];
  const inputs = graph.inputs.map(({ name, shape }) => `${JSON.stringify(name)}: [${shape.join(", ")}]`);
  const given = graph.inputs.map(({ name }) => `${JSON.stringify(name)}: ${names.get(name)}`);
  return [
    `import { ${["graph", ...makers].join(", ")} } from "netpick";`,
    "",
    ...layers,
    ...(layers.length > 0 ? [""] : []),
    `export const ${identifier(graph.name)}Net = graph({ ${inputs.join(", ")} }, ({ ${given.join(", ")} }) => {`,
    ...lines,
    `  return ${result(graph.outputs, names)};`,
    `}, { name: ${JSON.stringify(graph.name)} });`,
    "",
  ].join("\n");
}

const result = (outputs: readonly string[], names: ReadonlyMap<string, string>): string =>
  outputs.length === 1
    ? names.get(outputs[0]!)!
    : `{ ${outputs.map((name, i) => `out${i + 1}: ${names.get(name)}`).join(", ")} }`;

function layerOf({ node, op }: Placed, names: ReadonlyMap<string, string>): string {
  if (op.arity === 1)
    return `const ${names.get(node.name)}Layer = ${maker(op.name)}(${argumentsOf(op, node.attrs).join(", ")});`;
  throw new TypeScriptError(
    `${node.op}: there is no layer that could share its weights, got ${node.name}; give each its own`,
  );
}

/** The arguments of the fluent method that make these attributes: those that stand alone, then the others as an object. */
function argumentsOf(op: Op, attrs: Attrs): string[] {
  const alone = positional(op);
  const written = Object.entries(attrs).filter(([name]) => !alone.includes(name) && !isUsual(op, attrs, name));
  const last = alone.findLastIndex(name => attrs[name] !== undefined && !isUsual(op, attrs, name));
  const first = alone.slice(0, last + 1).map(name => JSON.stringify(attrs[name]) ?? "undefined");
  if (written.length === 0) return first;
  const options = `{ ${written.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")} }`;
  const before = alone.map(name => JSON.stringify(attrs[name]) ?? "undefined");
  // The methods of several tensors do not offer in types to write over one of them, which changes no shape.
  const untyped = op.arity !== 1 && written.every(([name]) => name === "inPlace");
  return [...before, untyped ? `${options} as never` : options];
}

/** The attributes that stand alone, in order: each takes an object that it is given, where options would be spread. */
function positional(op: Op): string[] {
  const marks = [{}, {}, {}, {}];
  const made = op.args(...(marks as never[]));
  return marks.flatMap(mark => Object.keys(made).filter(name => made[name] === mark));
}

function isUsual(op: Op, attrs: Attrs, name: string): boolean {
  const { [name]: _, ...rest } = attrs;
  const read = op.attrs.safeParse(rest);
  return read.success && JSON.stringify((read.data as Attrs)[name]) === JSON.stringify(attrs[name]);
}

/** Words that a variable cannot be called by, and what the file itself uses. */
const taken = new Set(
  "graph var let const new function void this null delete default case switch catch throw typeof do export enum extends super instanceof interface package private protected public static implements eval arguments undefined".split(
    " ",
  ),
);

function variableNames(graph: Graph): ReadonlyMap<string, string> {
  const used = new Set<string>();
  return new Map(
    [...graph.inputs, ...graph.nodes].map(({ name }: Pick<Node, "name">) => {
      const plain = identifier(name);
      const wanted = taken.has(plain) ? `${plain}_` : plain;
      let free = wanted;
      for (let i = 2; used.has(free); i++) free = `${wanted}_${i}`;
      used.add(free);
      return [name, free] as const;
    }),
  );
}
