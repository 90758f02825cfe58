/** Functions and classes of the file as they are defined, and how arguments become their parameters. */
import { Evaluator } from "./evaluate.js";
import { undecided } from "./operators.js";
import type { ClassNode, FunctionNode } from "./syntax.js";
import {
  type Args,
  type ClassValue,
  describe,
  type FunctionValue,
  type Instance,
  isClass,
  lineage,
  Scope,
  tupleOf,
  type Value,
} from "./values.js";

export abstract class Definitions extends Evaluator {
  protected functionValue(node: FunctionNode, scope: Scope, inside?: ClassValue): FunctionValue {
    const defaults = new Map<string, Value>();
    for (const { name, fallback } of node.parameters) if (fallback) defaults.set(name, this.evaluate(fallback, scope));
    const { name, parameters, body } = node;
    return {
      kind: "function",
      name,
      parameters,
      defaults,
      body,
      scope,
      source: this.source,
      node,
      ...(inside && { inside }),
    };
  }

  protected classValue(node: ClassNode, scope: Scope): ClassValue {
    const bases = node.bases.map(base => {
      const value = this.evaluate(base, scope);
      return isClass(value)
        ? value
        : { kind: "class" as const, name: describe(value), bases: [], attributes: new Map() };
    });
    const made: ClassValue = { kind: "class", name: node.name, bases, attributes: new Map(), node };
    const own = new Scope(scope);
    for (const statement of node.body) {
      if (statement.kind === "function") {
        const value = this.functionValue(statement, scope, made);
        made.attributes.set(statement.name, value);
        own.set(statement.name, value);
      } else if (statement.kind === "assign" || (statement.kind === "field" && statement.value)) {
        const value = this.evaluate(statement.value!, own);
        for (const target of statement.kind === "assign" ? statement.targets : [statement.target]) {
          this.assign(target, value, own);
          if (target.kind === "name") made.attributes.set(target.name, value);
        }
      }
    }
    return made;
  }

  /** An object of a class without `__init__`, whose fields are its parameters, as those of a dataclass are. */
  protected fill(self: Instance, of: ClassValue, args: Args, at: number): void {
    const classes = lineage(of).reverse();
    const statements = classes.flatMap(({ node }) => node?.body ?? []);
    const names = statements.flatMap(one =>
      one.kind === "field" && one.target.kind === "name" ? [one.target.name] : [],
    );
    const fields = [...new Set(names)];
    const defaults = new Map(
      classes.flatMap(({ attributes }) => [...attributes].filter(([name]) => fields.includes(name))),
    );
    const parameters = fields.map(name => ({ name, at }));
    const scope = new Scope();
    this.bindParameters({ name: of.name, parameters, defaults }, args, scope, at);
    for (const name of fields) self.attributes.set(name, scope.get(name)!);
  }

  /** Refuses a sentence at a place. */
  protected refuse(at: number, sentence: string): never {
    return this.at(at, () => undecided(sentence));
  }

  protected bindParameters(
    of: Pick<FunctionValue, "name" | "parameters" | "defaults">,
    { positional, keywords }: Args,
    scope: Scope,
    at: number,
  ): void {
    const left = new Map(keywords);
    let next = 0;
    for (const { name, stars, keywordOnly } of of.parameters) {
      if (stars === 1) {
        scope.set(name, tupleOf(positional.slice(next)));
        next = positional.length;
      } else if (stars === 2) {
        scope.set(name, { kind: "dict", entries: new Map(left) });
        left.clear();
      } else if (!keywordOnly && next < positional.length) scope.set(name, positional[next++]!);
      else if (left.has(name)) {
        scope.set(name, left.get(name)!);
        left.delete(name);
      } else if (of.defaults.has(name)) scope.set(name, of.defaults.get(name)!);
      else this.refuse(at, `${of.name}: an argument is missing, got no ${name}; give it`);
    }
    const [unknown] = left.keys();
    if (unknown !== undefined) {
      const known = of.parameters.map(({ name }) => name).join(", ");
      this.refuse(at, `${of.name}: there is no such argument, got ${unknown}; known are ${known}`);
    }
    if (next < positional.length) {
      this.refuse(at, `${of.name}: there are ${next} arguments, got ${positional.length}; leave some out`);
    }
  }
}
