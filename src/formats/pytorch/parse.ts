/** A file's statements, from the parser's tree. */
import { longestSource } from "./limits.js";
import { statementsByLine } from "./lines.js";
import { Expressions } from "./parse-expression.js";
import { PyTorchError, type Source } from "./source.js";
import type { ClassNode, Expression, FunctionNode, ImportedName, Statement } from "./syntax.js";
import { type Branch, treeOf } from "./tree.js";

export function parse(source: Source): readonly Statement[] {
  const byLine = source.text.length <= longestSource ? statementsByLine(source.text, ifPython) : undefined;
  return byLine ?? parseWhole(source);
}

/** By the parser alone. */
export const parseWhole = (source: Source): readonly Statement[] => new Statements(source).block(treeOf(source));

/** Lines of a file on their own; errors are told of the whole file. */
function ifPython(text: string): readonly Statement[] | undefined {
  try {
    return parseWhole({ file: "", text });
  } catch (error) {
    if (error instanceof PyTorchError) return undefined;
    throw error;
  }
}

class Statements extends Expressions {
  /** The statements of a body or a file. */
  block({ children }: Branch): readonly Statement[] {
    return this.deeper(() =>
      children.filter(({ name }) => name !== ":" && name !== ";").flatMap(one => this.statement(one)),
    );
  }

  private statement(branch: Branch): Statement | readonly Statement[] {
    const { name, at, children } = branch;
    const read = this.readers[name];
    if (read) return read(branch);
    const keyword = children[0]?.name ?? name;
    return { kind: "other", at, what: keyword };
  }

  private readonly readers: Readonly<Record<string, (branch: Branch) => Statement | readonly Statement[]>> = {
    StatementGroup: branch => this.block(branch),
    ExpressionStatement: ({ at, children }) => ({ kind: "expression", at, value: this.commas(children, at) }),
    AssignStatement: branch => this.assignment(branch),
    UpdateStatement: ({ at, children: [target, sign, ...value] }) => ({
      kind: "update",
      at,
      target: this.expression(target!),
      sign: this.text(sign!).replace(/=$/, ""),
      value: this.commas(value, at),
    }),
    IfStatement: branch => this.choice(branch),
    ForStatement: branch => this.forLoop(branch),
    WhileStatement: ({ at, children }) =>
      children.length > 3
        ? { kind: "other", at, what: "else behind a loop" }
        : { kind: "while", at, test: this.expression(children[1]!), body: this.block(children[2]!) },
    WithStatement: branch => this.context(branch),
    TryStatement: branch => this.tried(branch),
    ReturnStatement: ({ at, children: [, ...value] }) => ({
      kind: "return",
      at,
      value: value.length === 0 ? undefined : this.commas(value, at),
    }),
    RaiseStatement: ({ at, children: [, value] }) => ({
      kind: "raise",
      at,
      value: value && this.expression(value),
    }),
    BreakStatement: ({ at }) => ({ kind: "break", at }),
    ContinueStatement: ({ at }) => ({ kind: "continue", at }),
    PassStatement: ({ at }) => ({ kind: "pass", at }),
    // What is asserted holds in a network that runs.
    AssertStatement: ({ at }) => ({ kind: "pass", at }),
    DeleteStatement: ({ at }) => ({ kind: "pass", at }),
    ImportStatement: branch => ({ kind: "import", at: branch.at, names: this.imported(branch) }),
    FunctionDefinition: branch => this.functionNode(branch, []),
    ClassDefinition: branch => this.classNode(branch),
    DecoratedStatement: ({ children }) => {
      const decorators = children.filter(({ name }) => name === "Decorator").map(one => this.text(one).slice(1).trim());
      const definition = children.at(-1)!;
      return definition.name === "ClassDefinition"
        ? this.classNode(definition)
        : this.functionNode(definition, decorators);
    },
  };

  private assignment({ at, children }: Branch): Statement {
    const parts: Branch[][] = [[]];
    for (const child of children) {
      if (child.name === "AssignOp") parts.push([]);
      else if (child.name !== "TypeDef") parts.at(-1)!.push(child);
    }
    const values = parts.map(part => this.commas(part, at));
    if (children.some(({ name }) => name === "TypeDef")) {
      return { kind: "field", at, target: values[0]!, value: values[1] };
    }
    return { kind: "assign", at, targets: values.slice(0, -1), value: values.at(-1)! };
  }

  private choice({ at, children }: Branch): Statement {
    const branches: (readonly [Expression | undefined, readonly Statement[]])[] = [];
    for (let i = 0; i < children.length; ) {
      const otherwise = children[i]!.name === "else";
      const test = otherwise ? undefined : this.expression(children[i + 1]!);
      branches.push([test, this.block(children[i + (otherwise ? 1 : 2)]!)]);
      i += otherwise ? 2 : 3;
    }
    return { kind: "if", at, branches };
  }

  private forLoop({ at, children }: Branch): Statement {
    const into = children.findIndex(({ name }) => name === "in");
    const body = children.findIndex(({ name }) => name === "Body");
    if (children[0]!.name !== "for" || body !== children.length - 1) {
      return { kind: "other", at, what: children[0]!.name === "for" ? "else behind a loop" : "async" };
    }
    return {
      kind: "for",
      at,
      target: this.commas(children.slice(1, into), at),
      over: this.commas(children.slice(into + 1, body), at),
      body: this.block(children[body]!),
    };
  }

  private context({ at, children }: Branch): Statement {
    if (children[0]!.name !== "with") return { kind: "other", at, what: "async" };
    const listed = children.slice(1, -1).filter(({ name }) => name !== "(" && name !== ")");
    const contexts = separated(listed, ",").map(([value, , as]) => ({
      value: this.expression(value!),
      ...(as && { as: this.expression(as) }),
    }));
    return { kind: "with", at, contexts, body: this.block(children.at(-1)!) };
  }

  private tried({ at, children }: Branch): Statement {
    // The body stands behind its word and a colon is part of it; handlers have more words in front.
    const kept = children.filter(
      ({ name }, i) => name === "Body" && ["try", "else", "finally"].includes(children[i - 1]!.name),
    );
    return { kind: "block", at, body: kept.flatMap(body => this.block(body)) };
  }

  private functionNode({ at, children }: Branch, decorators: readonly string[]): Statement {
    const find = (wanted: string) => children.find(({ name }) => name === wanted);
    if (children[0]!.name !== "def") return { kind: "other", at, what: "async" };
    const made: FunctionNode = {
      kind: "function",
      at,
      name: this.text(find("VariableName")!),
      parameters: this.parameters(find("ParamList")!.children),
      body: this.block(find("Body")!),
      decorators,
    };
    return made;
  }

  private classNode({ at, children }: Branch): ClassNode {
    const find = (wanted: string) => children.find(({ name }) => name === wanted);
    const bases = find("ArgList");
    return {
      kind: "class",
      at,
      name: this.text(find("VariableName")!),
      bases: bases ? this.callArguments(bases).flatMap(({ value, keyword }) => (keyword ? [] : [value])) : [],
      body: this.block(find("Body")!),
    };
  }

  private imported({ children }: Branch): ImportedName[] {
    const split = children.findIndex(({ name }, i) => name === "import" && i > 0);
    const path = (parts: readonly Branch[]) => parts.map(part => this.text(part)).join("");
    const from = split < 0 ? undefined : path(children.slice(1, split));
    const listed = children.slice(split < 0 ? 1 : split + 1).filter(({ name }) => name !== "(" && name !== ")");
    return separated(listed, ",").map(parts => {
      const as = parts.findIndex(({ name }) => name === "as");
      const name = path(as < 0 ? parts : parts.slice(0, as));
      const alias = as < 0 ? undefined : path(parts.slice(as + 1));
      if (from !== undefined) return { from, name, as: alias ?? name };
      // `import torch.nn` binds `torch`.
      return { from: alias ? name : name.split(".")[0]!, name: undefined, as: alias ?? name.split(".")[0]! };
    });
  }
}

function separated(branches: readonly Branch[], sign: string): Branch[][] {
  const parts: Branch[][] = [[]];
  for (const branch of branches) {
    if (branch.name === sign) parts.push([]);
    else parts.at(-1)!.push(branch);
  }
  return parts.filter(part => part.length > 0);
}
