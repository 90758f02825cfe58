/** A file's expressions, from the parser's tree. */
import { deepestNesting } from "./limits.js";
import { isLogical, logic } from "./logic.js";
import { PyTorchError, type Source } from "./source.js";
import { numberOf, textOf, unescaped, unquoted } from "./strings.js";
import type { CallArgument, Expression, Loop, Parameter } from "./syntax.js";
import type { Branch } from "./tree.js";

const comparing = /^([<>]=?|[=!]=|in|not in|is|is not)$/;

export class Expressions {
  private depth = 0;
  constructor(readonly source: Source) {}

  text({ at, end }: Branch): string {
    return this.source.text.slice(at, end);
  }

  protected deeper<T>(work: () => T, at = 0): T {
    if (this.depth >= deepestNesting) {
      throw new PyTorchError(
        this.source,
        at,
        `python: expressions and blocks may stand ${deepestNesting} deep in one another, got more; split them`,
      );
    }
    this.depth++;
    try {
      return work();
    } finally {
      this.depth--;
    }
  }

  expression(branch: Branch): Expression {
    return this.deeper(() => {
      const read = this.kinds[branch.name];
      if (read) return read(branch);
      throw new PyTorchError(
        this.source,
        branch.at,
        `python: this cannot stand in a network, got ${this.text(branch).split("\n")[0]!.slice(0, 40)}; write it otherwise`,
      );
    }, branch.at);
  }

  /** One expression, or several with commas between them: a tuple. */
  commas(branches: readonly Branch[], at: number): Expression {
    const items = this.items(branches);
    return branches.some(({ name }) => name === ",") ? { kind: "tuple", at: branches[0]?.at ?? at, items } : items[0]!;
  }

  private items(branches: readonly Branch[]): Expression[] {
    const items: Expression[] = [];
    for (let i = 0; i < branches.length; i++) {
      const { name, at } = branches[i]!;
      if (name === "*" || name === "**") items.push({ kind: "star", at, value: this.expression(branches[++i]!) });
      else if (name !== ",") items.push(this.expression(branches[i]!));
    }
    return items;
  }

  private readonly kinds: Readonly<Record<string, (branch: Branch) => Expression>> = {
    VariableName: one => ({ kind: "name", at: one.at, name: this.text(one) }),
    Number: one => this.number(one),
    String: one => ({ kind: "constant", at: one.at, value: textOf(this.text(one)) }),
    ContinuedString: one => ({ kind: "format", at: one.at, parts: one.children.map(part => this.expression(part)) }),
    FormatString: one => this.format(one),
    Boolean: one => ({ kind: "constant", at: one.at, value: this.text(one) === "True" }),
    None: ({ at }) => ({ kind: "constant", at, value: null }),
    Ellipsis: ({ at }) => ({ kind: "ellipsis", at }),
    ParenthesizedExpression: ({ children }) => this.expression(children[1]!),
    TupleExpression: ({ at, children }) => ({ kind: "tuple", at, items: this.items(children.slice(1, -1)) }),
    ArrayExpression: ({ at, children }) => ({ kind: "list", at, items: this.items(children.slice(1, -1)) }),
    SetExpression: ({ at, children }) => ({ kind: "set", at, items: this.items(children.slice(1, -1)) }),
    DictionaryExpression: one => this.dictionary(one),
    UnaryExpression: one => this.unary(one),
    BinaryExpression: one => this.binary(one),
    ConditionalExpression: ({ at, children: [yes, , test, , no] }) => ({
      kind: "either",
      at,
      test: this.expression(test!),
      yes: this.expression(yes!),
      no: this.expression(no!),
    }),
    CallExpression: ({ at, children: [callee, args] }) => ({
      kind: "call",
      at,
      callee: this.expression(callee!),
      args: this.callArguments(args!),
    }),
    MemberExpression: one => this.member(one),
    LambdaExpression: ({ at, children }) => ({
      kind: "lambda",
      at,
      parameters: this.parameters(children.find(({ name }) => name === "ParamList")?.children ?? []),
      body: this.expression(children.at(-1)!),
    }),
    ArrayComprehensionExpression: one => this.comprehension(one.children.slice(1, -1), one.at, "list"),
    ComprehensionExpression: one => this.comprehension(one.children.slice(1, -1), one.at, "list"),
    SetComprehensionExpression: one => this.comprehension(one.children.slice(1, -1), one.at, "set"),
    DictionaryComprehensionExpression: one => this.comprehension(one.children.slice(1, -1), one.at, "dict"),
  };

  private number(one: Branch): Expression {
    const value = numberOf(this.text(one));
    if (!Number.isNaN(value)) return { kind: "constant", at: one.at, value };
    throw new PyTorchError(this.source, one.at, `python: this is no real number, got ${this.text(one)}; give one`);
  }

  private format({ at, end, children }: Branch): Expression {
    const parts: (string | Expression)[] = [];
    const { raw, start, text } = unquoted(this.source.text.slice(at, end));
    let from = at + start;
    const literal = (to: number): void => {
      const piece = this.source.text.slice(from, to).replaceAll("{{", "{").replaceAll("}}", "}");
      parts.push(raw ? piece : unescaped(piece));
    };
    for (const child of children) {
      if (child.name !== "FormatReplacement") continue;
      literal(child.at);
      if (child.children.length > 3) {
        throw new PyTorchError(
          this.source,
          child.at,
          `python: a format is not understood, got ${this.text(child)}; leave it out`,
        );
      }
      parts.push(this.expression(child.children[1]!));
      from = child.end;
    }
    literal(at + start + text.length);
    return { kind: "format", at, parts };
  }

  private dictionary({ at, children }: Branch): Expression {
    const entries: (readonly [Expression | undefined, Expression])[] = [];
    const parts = children.slice(1, -1).filter(({ name }) => name !== ",");
    for (let i = 0; i < parts.length; ) {
      if (parts[i]!.name === "**") {
        entries.push([undefined, this.expression(parts[i + 1]!)]);
        i += 2;
      } else {
        entries.push([this.expression(parts[i]!), this.expression(parts[i + 2]!)]);
        i += 3;
      }
    }
    return { kind: "dict", at, entries };
  }

  private unary(one: Branch): Expression {
    const [first, value] = one.children;
    const sign = this.text(first!);
    return sign === "not" ? this.logic(one) : { kind: "unary", at: one.at, sign, value: this.expression(value!) };
  }

  private logic(one: Branch): Expression {
    return logic(
      one,
      branch => this.text(branch),
      operand => this.expression(operand),
    );
  }

  private binary(one: Branch): Expression {
    if (isLogical(one, branch => this.text(branch))) return this.logic(one);
    const { at, children } = one;
    const signs = children.slice(1, -1);
    const sign = signs.map(one => this.text(one)).join(" ");
    const left = this.expression(children[0]!);
    const right = this.expression(children.at(-1)!);
    const simple: Expression = { kind: "binary", at: signs[0]!.at, sign, left, right };
    // `a < b < c` is `a < b and b < c`.
    const chained = children[0]!.name === "BinaryExpression" && comparing.test(sign);
    if (!chained || left.kind !== "binary" || !(comparing.test(left.sign) || left.sign === "and")) return simple;
    const middle = left.sign === "and" && left.right.kind === "binary" ? left.right.right : left.right;
    return { kind: "binary", at, sign: "and", left, right: { ...simple, left: middle } };
  }

  private member({ at, children }: Branch): Expression {
    const of = this.expression(children[0]!);
    if (children[1]!.name === ".") return { kind: "attribute", at: children[2]!.at, of, name: this.text(children[2]!) };
    const inside = children.slice(2, -1);
    const items: Expression[] = [];
    let part: Branch[] = [];
    const finish = (): void => {
      if (part.length > 0) items.push(this.subscript(part));
      part = [];
    };
    for (const branch of inside) {
      if (branch.name === ",") finish();
      else part.push(branch);
    }
    finish();
    const several = inside.some(({ name }) => name === ",");
    return { kind: "index", at, of, index: several ? { kind: "tuple", at, items } : items[0]! };
  }

  private subscript(part: readonly Branch[]): Expression {
    const at = part[0]!.at;
    if (!part.some(({ name }) => name === ":")) return this.items(part)[0]!;
    const bounds: (Expression | undefined)[] = [undefined];
    for (const branch of part) {
      if (branch.name === ":") bounds.push(undefined);
      else bounds[bounds.length - 1] = this.expression(branch);
    }
    return { kind: "slice", at, bounds };
  }

  callArguments({ at, children }: Branch): CallArgument[] {
    const inside = children.slice(1, -1);
    if (inside.some(({ name }) => name === "for")) return [{ value: this.comprehension(inside, at, "list") }];
    const args: CallArgument[] = [];
    for (let i = 0; i < inside.length; i++) {
      const { name } = inside[i]!;
      if (name === ",") continue;
      if (name === "*" || name === "**") {
        args.push({ value: this.expression(inside[++i]!), stars: name === "*" ? 1 : 2 });
      } else if (inside[i + 1]?.name === "AssignOp") {
        args.push({ keyword: this.text(inside[i]!), value: this.expression(inside[i + 2]!) });
        i += 2;
      } else args.push({ value: this.expression(inside[i]!) });
    }
    return args;
  }

  parameters(children: readonly Branch[]): Parameter[] {
    const found: Parameter[] = [];
    let keywordOnly = false;
    for (let i = 0; i < children.length; i++) {
      const { name, at } = children[i]!;
      const named = children[i + 1]?.name === "VariableName";
      if (name === "*" || name === "**") {
        if (named) found.push({ at, name: this.text(children[++i]!), stars: name === "*" ? 1 : 2 });
        if (name === "*") keywordOnly = true;
      } else if (name === "VariableName") {
        const text = this.text(children[i]!);
        if (children[i + 1]?.name === "TypeDef") i++;
        const told = children[i + 1]?.name === "AssignOp";
        if (told) i += 2;
        const fallback = told ? { fallback: this.expression(children[i]!) } : {};
        found.push({ at, name: text, ...fallback, ...(keywordOnly && { keywordOnly }) });
      }
    }
    return found;
  }

  private comprehension(children: readonly Branch[], at: number, of: "list" | "set" | "dict"): Expression {
    const first = children.findIndex(({ name }) => name === "for");
    const [item, , value] = children.slice(0, first);
    const loops: Loop[] = [];
    for (let i = first; i < children.length; ) {
      const end = children.findIndex(({ name }, k) => k > i && name === "for");
      const part = children.slice(i, end < 0 ? undefined : end);
      const into = part.findIndex(({ name }) => name === "in");
      loops.push({
        target: this.commas(part.slice(1, into), at),
        over: this.expression(part[into + 1]!),
        tests: part
          .slice(into + 2)
          .filter(({ name }) => name !== "if")
          .map(test => this.expression(test)),
      });
      i += part.length;
    }
    return {
      kind: "comprehension",
      at,
      of,
      item: this.expression(item!),
      value: value && this.expression(value),
      loops,
    };
  }
}
