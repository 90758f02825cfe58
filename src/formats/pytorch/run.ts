/** Statements run; functions and classes of the file called. */
import { Definitions } from "./define.js";
import { item, itemsOf, place, truth } from "./operators.js";
import type { Expression, Statement } from "./syntax.js";
import {
  type Args,
  describe,
  type FunctionValue,
  isInstance,
  isList,
  isSpecial,
  isTensor,
  kindOf,
  listOf,
  Scope,
  type Value,
} from "./values.js";

/** How a block ended early. */
type Signal = { readonly returned: Value } | "break" | "continue" | undefined;
type Of<K extends Statement["kind"]> = Extract<Statement, { readonly kind: K }>;

export abstract class Runner extends Definitions {
  run(statements: readonly Statement[], scope: Scope): void {
    this.block(statements, scope);
  }

  private block(statements: readonly Statement[], scope: Scope): Signal {
    for (const statement of statements) {
      const signal = this.statement(statement, scope);
      if (signal !== undefined) return signal;
    }
    return undefined;
  }

  private statement(statement: Statement, scope: Scope): Signal {
    this.tick(statement.at);
    switch (statement.kind) {
      case "expression":
        this.evaluate(statement.value, scope);
        return undefined;
      case "assign": {
        const value = this.evaluate(statement.value, scope);
        // What gets a name of its own is no part of the call behind it; of a tuple's values some may never be used.
        const own = isTensor(value) ? this.at(statement.at, () => this.graph.settled(value)) : value;
        for (const target of statement.targets) this.assign(target, own, scope);
        return undefined;
      }
      case "field":
        // `x: int` alone says a type and assigns nothing.
        return statement.value
          ? this.statement({ ...statement, kind: "assign", targets: [statement.target], value: statement.value }, scope)
          : undefined;
      case "update":
        return this.update(statement, scope);
      case "if":
        return this.choice(statement, scope);
      case "for":
        return this.forLoop(statement, scope);
      case "while":
        return this.whileLoop(statement, scope);
      case "with":
        return this.within(statement, scope);
      case "block":
        return this.block(statement.body, scope);
      case "return":
        return { returned: statement.value ? this.evaluate(statement.value, scope) : null };
      case "break":
      case "continue":
        return statement.kind;
      case "pass":
        return undefined;
      case "import":
        for (const { from, name, as } of statement.names) this.imported(from, name, as, scope, statement.at);
        return undefined;
      case "function":
        scope.set(statement.name, this.functionValue(statement, scope));
        return undefined;
      case "class":
        scope.set(statement.name, this.classValue(statement, scope));
        return undefined;
      case "raise": {
        const what = statement.value ? this.text(statement.value) : "raise";
        return this.refuse(statement.at, `python: the program refuses these arguments, got ${what}; give others`);
      }
      case "other":
        return this.refuse(
          statement.at,
          `python: this cannot stand in a network, got ${statement.what}; write it without`,
        );
    }
  }

  protected abstract imported(from: string, name: string | undefined, as: string, scope: Scope, at: number): void;

  private text({ at }: Expression): string {
    return this.source.text.slice(at).split("\n")[0]!.slice(0, 60);
  }

  private choice({ branches }: Of<"if">, scope: Scope): Signal {
    for (const [test, body] of branches) {
      if (test === undefined) return this.block(body, scope);
      const value = this.evaluate(test, scope);
      if (this.at(test.at, () => truth(value))) return this.block(body, scope);
    }
    return undefined;
  }

  /** What stands in a context of PyTorch's is read as if it stood outside: contexts change how, not what. */
  private within({ contexts, body }: Of<"with">, scope: Scope): Signal {
    for (const { value, as } of contexts) {
      const context = this.evaluate(value, scope);
      if (!isSpecial(context, "opaque")) {
        const sentence = `python: only contexts of PyTorch are understood, got ${describe(context)}; write it without`;
        this.refuse(value.at, sentence);
      }
      if (as) this.assign(as, context, scope);
    }
    return this.block(body, scope);
  }

  private forLoop({ target, over, body }: Of<"for">, scope: Scope): Signal {
    const value = this.evaluate(over, scope);
    for (const one of this.at(over.at, () => [...itemsOf(value)])) {
      this.tick(target.at);
      this.assign(target, one, scope);
      const signal = this.block(body, scope);
      if (signal === "break") break;
      if (typeof signal === "object") return signal;
    }
    return undefined;
  }

  private whileLoop({ test, body }: Of<"while">, scope: Scope): Signal {
    for (;;) {
      const value = this.evaluate(test, scope);
      if (!this.at(test.at, () => truth(value))) return undefined;
      const signal = this.block(body, scope);
      if (signal === "break") return undefined;
      if (typeof signal === "object") return signal;
    }
  }

  private update({ target, sign, value, at }: Of<"update">, scope: Scope): Signal {
    const before = this.evaluate(target, scope);
    const by = this.evaluate(value, scope);
    if (sign === "+" && kindOf(before) === "list" && isList(by)) {
      // The very list grows, which others may hold too.
      const longer = this.operate(sign, before, listOf(by.items), at) as { items: Value[] };
      (before as { items: Value[] }).items.push(...longer.items.slice((before as { items: Value[] }).items.length));
    } else this.assign(target, this.operate(sign, before, by, at, true), scope);
    return undefined;
  }

  protected assign(target: Expression, value: Value, scope: Scope): void {
    switch (target.kind) {
      case "name":
        scope.set(target.name, value);
        return;
      case "tuple":
      case "list":
        this.unpack(target.items, value, scope, target.at);
        return;
      case "attribute": {
        const of = this.evaluate(target.of, scope);
        if (isInstance(of)) of.attributes.set(target.name, value);
        else if (!isSpecial(of, "opaque"))
          this.refuse(target.at, `python: nothing can be kept here, got ${describe(of)}; keep it in self`);
        return;
      }
      case "index":
        this.store(target, value, scope);
        return;
      default:
        this.refuse(target.at, `python: nothing can be kept here, got ${target.kind}; give a name`);
    }
  }

  private store({ of, index, at }: Extract<Expression, { readonly kind: "index" }>, value: Value, scope: Scope): void {
    const into = this.evaluate(of, scope);
    const key = this.evaluate(index, scope);
    if (kindOf(into) === "dict") (into as { entries: Map<Value, Value> }).entries.set(key, value);
    else if (kindOf(into) === "list" && typeof key === "number") {
      const { items } = into as { items: Value[] };
      items[this.at(at, () => place(key, items.length))] = value;
    } else if (isInstance(into)) {
      const call = this.attribute(into, "__setitem__", at);
      this.call(call, { positional: [key, value], keywords: new Map() }, at);
    } else this.refuse(at, `python: nothing can be kept here, got ${describe(into)}; use a list or a dict`);
  }

  private unpack(targets: readonly Expression[], value: Value, scope: Scope, at: number): void {
    const star = targets.findIndex(({ kind }) => kind === "star");
    // Of an input of unknown shape only the batch is known.
    if (isList(value) && value.open) this.at(at, () => item(value, 1));
    const items = this.at(at, () => itemsOf(value));
    const fits = star < 0 ? items.length === targets.length : items.length >= targets.length - 1;
    if (!fits) this.refuse(at, `python: ${targets.length} names stand here, got ${items.length} values; name each`);
    targets.forEach((target, i) => {
      if (target.kind === "star") {
        this.assign(target.value, listOf(items.slice(i, items.length - (targets.length - 1 - i))), scope);
      } else this.assign(target, items[star < 0 || i < star ? i : items.length - (targets.length - i)]!, scope);
    });
  }

  protected callFunction(of: FunctionValue, args: Args, at: number): Value {
    const self = of.self === undefined ? [] : [of.self];
    const method = of.inside && { inside: of.inside, self: of.self ?? args.positional[0] ?? null };
    return this.inside(of.source, at, () => {
      const scope = new Scope(of.scope, method);
      this.bindParameters(of, { ...args, positional: [...self, ...args.positional] }, scope, at);
      if (!Array.isArray(of.body)) return this.evaluate(of.body as Expression, scope);
      const signal = this.block(of.body, scope);
      return typeof signal === "object" ? signal.returned : null;
    });
  }
}
