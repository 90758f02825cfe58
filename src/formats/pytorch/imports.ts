/** What a file is made of: its own definitions, and what it imports from packages and from other files of its project. */
import { Builtins } from "./builtins.js";
import { GraphInProgress } from "./graph-in-progress.js";
import type { Neighbours } from "./neighbours.js";
import { canonical, isPackage, Packages } from "./packages.js";
import { Runner } from "./run.js";
import { PyTorchError, type Source } from "./source.js";
import type { Statement } from "./syntax.js";
import { isSpecial, type Module, type Namespace, Scope, special, type Value } from "./values.js";

export abstract class Imports extends Runner {
  readonly globals: Scope;
  /** Why names of the file have no value. */
  readonly failed = new Map<string, PyTorchError>();
  protected readonly packages = new Packages(this);
  private readonly builtins = new Builtins(this);
  private readonly modules = new Map<string, Module>();

  constructor(
    source: Source,
    name: string,
    private readonly neighbours: Neighbours,
  ) {
    super(source, new GraphInProgress(name));
    this.globals = new Scope(this.builtins);
    this.globals.set("__name__", "model");
    this.globals.set("__file__", "model.py");
  }

  /** The definitions of the file; what else it does when it is run is no part of a network. */
  runFile(statements: readonly Statement[], scope = this.globals): void {
    for (const statement of statements) {
      if (!["import", "class", "function", "assign", "field", "block"].includes(statement.kind)) continue;
      try {
        this.run([statement], scope);
      } catch (error) {
        if (!(error instanceof PyTorchError)) throw error;
        for (const name of defined(statement)) {
          scope.set(name, special("unknown", name));
          if (scope === this.globals) this.failed.set(name, error);
        }
      }
    }
  }

  /** The names that another text defines. */
  define(source: Source, statements: readonly Statement[]): Scope {
    const scope = new Scope(this.builtins);
    this.inside(source, 0, () => this.run(statements, scope));
    return scope;
  }

  protected imported(from: string, name: string | undefined, as: string, scope: Scope, at: number): void {
    const importer = this.source.file;
    if (name !== undefined && name !== "*") {
      // Files import more than they use.
      scope.promise(as, () => this.member(from, name, importer));
      return;
    }
    const pack = canonical(from);
    const module = isPackage(pack) ? undefined : this.at(at, () => this.module(from, importer));
    if (name === undefined) scope.set(as, { kind: "namespace", name: pack, ...(module && { module }) });
    else if (module) for (const key of module.scope.ownNames()) scope.promise(key, () => module.scope.own(key) ?? null);
    else for (const [key, value] of this.packages.everything(from)) scope.set(key, value);
  }

  /** What another file of the project, or else a package, calls so. */
  private member(from: string, name: string, importer: string): Value {
    const pack = canonical(from);
    const known = this.packages.member(pack, name);
    if (isPackage(pack) || !isSpecial(known, "unknown")) return known;
    const found = this.module(from, importer)?.scope.own(name);
    if (found !== undefined) return found;
    const full = from.endsWith(".") ? from + name : `${from}.${name}`;
    return asNamespace(full, this.module(full, importer)) ?? known;
  }

  /** What another file of the project defines. */
  protected module(name: string, importer: string): Module | undefined {
    const found = this.neighbours.find(name, importer);
    if (!found) return undefined;
    const { source, statements } = found;
    const before = this.modules.get(source.file);
    if (before) return before;
    if (statements instanceof PyTorchError) throw statements;
    const module = { file: source.file, scope: new Scope(this.builtins) };
    // First of all: files import one another in circles.
    this.modules.set(source.file, module);
    this.inside(source, 0, () => this.runFile(statements, module.scope));
    return module;
  }
}

export const asNamespace = (name: string, module: Module | undefined): Namespace | undefined =>
  module && { kind: "namespace", name, module };

function defined(statement: Statement): string[] {
  if (statement.kind === "class" || statement.kind === "function") return [statement.name];
  if (statement.kind !== "assign" && statement.kind !== "field") return [];
  const targets = statement.kind === "assign" ? statement.targets : [statement.target];
  return targets.flatMap(target => (target.kind === "name" ? [target.name] : []));
}
