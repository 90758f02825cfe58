/** Expressions worked out. */
import { Core } from "./core.js";
import { isMade, itemOfMade } from "./dry-run.js";
import { longestValue } from "./limits.js";
import { asText, calculate, compare, item, itemsOf, negative, setOf, truth, undecided } from "./operators.js";
import { besideTensor, calculatedMade, isParameter, subscriptOfParameter } from "./parameters.js";
import { subscript } from "./subscript.js";
import type { CallArgument, Expression, Loop } from "./syntax.js";
import {
  type Args,
  type Dict,
  describe,
  type FunctionValue,
  isInstance,
  isSpecial,
  isTensor,
  kindOf,
  listOf,
  Scope,
  special,
  tupleOf,
  type Value,
} from "./values.js";

/** Python's names for the operators. */
const methods: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "truediv",
  "@": "matmul",
  "**": "pow",
};
const comparisons = new Set(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]);

type Of<K extends Expression["kind"]> = Extract<Expression, { readonly kind: K }>;

export abstract class Evaluator extends Core {
  evaluate(expression: Expression, scope: Scope): Value {
    this.tick(expression.at);
    switch (expression.kind) {
      case "constant":
        return expression.value;
      case "name":
        return this.name(expression, scope);
      case "ellipsis":
        return special("ellipsis", "...");
      case "format":
        return this.at(expression.at, () => this.format(expression, scope));
      case "tuple":
        return tupleOf(this.items(expression.items, scope));
      case "set":
        return setOf(this.items(expression.items, scope));
      case "list":
        return listOf(this.items(expression.items, scope));
      case "dict":
        return this.dict(expression, scope);
      case "unary":
        return this.unary(expression, scope);
      case "binary":
        return this.binary(expression, scope);
      case "either": {
        const test = this.evaluate(expression.test, scope);
        const yes = this.at(expression.test.at, () => truth(test));
        return this.evaluate(yes ? expression.yes : expression.no, scope);
      }
      case "call":
        return this.calling(expression, scope);
      case "attribute":
        return this.attribute(this.evaluate(expression.of, scope), expression.name, expression.at);
      case "index":
        return this.index(expression, scope);
      case "slice": {
        const [start = null, end = null, step = null] = expression.bounds.map(one => one && this.evaluate(one, scope));
        return { kind: "slice", bounds: [start, end, step] };
      }
      case "lambda":
        return this.lambda(expression, scope);
      case "comprehension":
        return this.comprehension(expression, scope);
      case "star":
        return this.at(expression.at, () => undecided("python: a star has no list here, got *; leave it out"));
    }
  }

  private name({ name, at }: Of<"name">, scope: Scope): Value {
    const found = scope.get(name);
    if (found !== undefined) return found;
    return this.at(at, () => undecided(`python: there is no such name, got ${name}; define or import it`));
  }

  private format({ parts }: Of<"format">, scope: Scope): string {
    const texts = parts.map(part => (typeof part === "string" ? part : asText(this.evaluate(part, scope))));
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (length > longestValue)
      undecided(`python: a text may have ${longestValue} characters, got ${length}; shorten it`);
    return texts.join("");
  }

  private items(items: readonly Expression[], scope: Scope): Value[] {
    return items.flatMap(one => {
      if (one.kind !== "star") return [this.evaluate(one, scope)];
      const value = this.evaluate(one.value, scope);
      return this.at(one.at, () => itemsOf(value));
    });
  }

  private dict({ entries, at }: Of<"dict">, scope: Scope): Dict {
    const made = new Map<Value, Value>();
    for (const [key, value] of entries) {
      if (key !== undefined) made.set(this.evaluate(key, scope), this.evaluate(value, scope));
      else for (const [name, one] of this.entriesOf(this.evaluate(value, scope), at)) made.set(name, one);
    }
    return { kind: "dict", entries: made };
  }

  private entriesOf(value: Value, at: number): ReadonlyMap<Value, Value> {
    if (kindOf(value) === "dict") return (value as Dict).entries;
    return this.at(at, () => undecided(`python: ** needs a dict, got ${describe(value)}; give one`));
  }

  private unary({ sign, value, at }: Of<"unary">, scope: Scope): Value {
    const of = this.evaluate(value, scope);
    if (sign === "-" && isTensor(of)) return this.graph.function("Tensor.__neg__", [of], at, this);
    return this.at(at, () => negative(sign, of));
  }

  private binary(expression: Of<"binary">, scope: Scope): Value {
    const { sign, left, right, at } = expression;
    if ((sign === "+" || sign === "-") && left.kind === "binary" && left.sign === "*") {
      return this.scaled(expression, left, scope);
    }
    const a = this.evaluate(left, scope);
    if (sign === "and" || sign === "or") {
      return this.at(left.at, () => truth(a)) === (sign === "and") ? this.evaluate(right, scope) : a;
    }
    const b = this.evaluate(right, scope);
    return this.operate(sign, a, b, at);
  }

  /** `x * 2 + 1` is one step. */
  private scaled({ sign, right, at }: Of<"binary">, { left, right: by, at: star }: Of<"binary">, scope: Scope): Value {
    const [x, factor, shift] = [left, by, right].map(one => this.evaluate(one, scope)) as [Value, Value, Value];
    const [of, times] = isTensor(x) ? [x, factor] : [factor, x];
    if (isTensor(of) && typeof times === "number" && typeof shift === "number") {
      return this.graph.function("Tensor.__mul_add__", [of, times, sign === "+" ? shift : -shift], at, this);
    }
    return this.operate(sign, this.operate("*", x, factor, star), shift, at);
  }

  /** An operator on two values; `inPlace` where it stands before `=`. */
  protected operate(sign: string, a: Value, b: Value, at: number, inPlace = false): Value {
    const method = methods[sign];
    if (method && isParameter(a) && isTensor(b)) return this.operate(sign, besideTensor(a, b, this, at), b, at);
    if (method && isTensor(a) && isParameter(b))
      return this.operate(sign, a, besideTensor(b, a, this, at), at, inPlace);
    if (method && (isTensor(a) || isTensor(b))) {
      if (!isTensor(a)) return this.graph.function(`Tensor.__r${method}__`, [b, a], at, this);
      return this.graph.function(`Tensor.__${inPlace ? "i" : ""}${method}__`, [a, b], at, this);
    }
    const made = calculatedMade(sign, a, b);
    if (made !== undefined) return made;
    const asked = sign === "is" || sign === "is not" || a === null || b === null;
    if (isSpecial(a, "opaque") && !asked) return a;
    if (isSpecial(b, "opaque") && !asked) return b;
    return this.at(at, () => (comparisons.has(sign) ? compare(sign, a, b) : calculate(sign, a, b)));
  }

  private calling({ callee, args, at }: Of<"call">, scope: Scope): Value {
    // `super()` looks behind the class whose method stands here.
    if (callee.kind === "name" && callee.name === "super") return this.behind(at, scope);
    const of = this.evaluate(callee, scope);
    const place = callee.kind === "attribute" ? callee.at : at;
    return this.call(of, this.given(args, scope), place);
  }

  private behind(at: number, scope: Scope): Value {
    const method = scope.nearestMethod();
    if (!method || !isInstance(method.self)) {
      return this.at(at, () => undecided("python: super stands outside of a method, got super(); use it in __init__"));
    }
    return { kind: "super", ...method };
  }

  private given(args: readonly CallArgument[], scope: Scope): Args {
    const positional: Value[] = [];
    const keywords = new Map<string, Value>();
    for (const { value, keyword, stars } of args) {
      const one = this.evaluate(value, scope);
      if (keyword !== undefined) keywords.set(keyword, one);
      else if (stars === 1) positional.push(...this.spread(one, value.at));
      else if (stars === 2) for (const [key, each] of this.entriesOf(one, value.at)) keywords.set(String(key), each);
      else positional.push(one);
    }
    return { positional, keywords };
  }

  /** What nobody knows stays one argument that nobody knows. */
  private spread(value: Value, at: number): readonly Value[] {
    return isSpecial(value, "unknown") ? [value] : this.at(at, () => itemsOf(value));
  }

  private index({ of, index, at }: Of<"index">, scope: Scope): Value {
    const from = this.evaluate(of, scope);
    const place = this.evaluate(index, scope);
    if (isTensor(from)) return subscript(from, place, at, this);
    if (isMade(from)) return this.at(at, () => itemOfMade(from, place));
    if (isParameter(from)) return this.at(at, () => subscriptOfParameter(from, place));
    if (isInstance(from))
      return this.call(this.attribute(from, "__getitem__", at), { positional: [place], keywords: new Map() }, at);
    // `List[int]` in front of an equals sign says a type.
    if (isSpecial(from, "unknown")) return from;
    return this.at(at, () => item(from, place));
  }

  private lambda({ parameters, body }: Of<"lambda">, scope: Scope): FunctionValue {
    const defaults = new Map<string, Value>();
    for (const { name, fallback } of parameters) if (fallback) defaults.set(name, this.evaluate(fallback, scope));
    return { kind: "function", name: "lambda", parameters, defaults, body, scope, source: this.source };
  }

  private comprehension({ of, item: one, value, loops }: Of<"comprehension">, outer: Scope): Value {
    const scope = new Scope(outer);
    const items: Value[] = [];
    const entries = new Map<Value, Value>();
    this.nested(loops, scope, () => {
      this.tick(one.at);
      const made = this.evaluate(one, scope);
      if (value) entries.set(made, this.evaluate(value, scope));
      else items.push(made);
    });
    if (of === "dict") return { kind: "dict", entries };
    return of === "set" ? setOf(items) : listOf(items);
  }

  private nested([loop, ...rest]: readonly Loop[], scope: Scope, work: () => void): void {
    if (!loop) {
      work();
      return;
    }
    const over = this.evaluate(loop.over, scope);
    for (const one of this.at(loop.over.at, () => [...itemsOf(over)])) {
      this.assign(loop.target, one, scope);
      const wanted = loop.tests.every(test => {
        const value = this.evaluate(test, scope);
        return this.at(test.at, () => truth(value));
      });
      if (wanted) this.nested(rest, scope, work);
    }
  }

  protected abstract assign(target: Expression, value: Value, scope: Scope): void;
}
