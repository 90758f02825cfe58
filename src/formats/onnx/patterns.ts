/** Several nodes that together are one op, found from the last one back. */
import type { OnnxNode } from "./schema.js";

interface Line {
  readonly operator: string;
  readonly inputs: readonly string[];
}
export interface Pattern {
  readonly last: string;
  readonly lines: ReadonlyMap<string, Line>;
  /** Words that no line makes, in order. */
  readonly outside: readonly string[];
}

const parsed = new WeakMap<readonly string[], Pattern>();

/** `["s = Sigmoid(x)", "y = Mul(x, s)"]`, as an op's file has it. */
export function patternOf(text: readonly string[]): Pattern {
  const before = parsed.get(text);
  if (before) return before;
  const lines = new Map(
    text.map(line => {
      const [, name, operator, inputs] = /^(\w+) = (\w+)\((.*)\)$/.exec(line)!;
      return [name!, { operator: operator!, inputs: inputs!.split(", ") }];
    }),
  );
  const words = [...lines.values()].flatMap(({ inputs }) => inputs);
  const made = {
    last: [...lines.keys()].at(-1)!,
    lines,
    outside: [...new Set(words)].filter(word => !lines.has(word)),
  };
  parsed.set(text, made);
  return made;
}

/** Values and nodes by the pattern's words. */
export interface Match {
  readonly values: ReadonlyMap<string, string>;
  readonly nodes: ReadonlyMap<string, OnnxNode>;
}

const commutes = new Set(["Add", "Mul"]);

/** How the pattern ends in this node, if it does. */
export function match(
  { last, lines }: Pattern,
  node: OnnxNode,
  producer: (value: string) => OnnxNode | undefined,
): Match | undefined {
  const fits = (word: string, one: OnnxNode, found: Match): Match | undefined => {
    const line = lines.get(word)!;
    if (one.opType !== line.operator || one.domain || one.input.length < line.inputs.length) return undefined;
    const here = { values: found.values, nodes: new Map([...found.nodes, [word, one]]) };
    const orders = commutes.has(line.operator) ? [one.input, [...one.input].reverse()] : [one.input];
    for (const order of orders) {
      const all = line.inputs.reduce<Match | undefined>((so, input, i) => so && bound(input, order[i]!, so), here);
      if (all) return all;
    }
    return undefined;
  };
  const bound = (word: string, value: string, found: Match): Match | undefined => {
    const before = found.values.get(word);
    if (before !== undefined) return before === value ? found : undefined;
    const here = { nodes: found.nodes, values: new Map([...found.values, [word, value]]) };
    if (!lines.has(word)) return here;
    const made = producer(value);
    return made && made.output[0] === value ? fits(word, made, here) : undefined;
  };
  return fits(last, node, { values: new Map(), nodes: new Map() });
}
