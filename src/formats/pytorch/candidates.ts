/** Which classes, functions and variables of a file may be networks. */
import { canonical, isPackage } from "./packages.js";
import type { Statement } from "./syntax.js";

export interface Candidate {
  readonly name: string;
  readonly at: number;
  /** A class of the file makes it: `net = Net(10)`. */
  readonly made?: boolean;
}

/**
 * Variables and functions that use a module of the file, of one beside it or of PyTorch, then classes that nothing else in the file uses.
 * What turns out not to make a module is no network.
 */
export function candidates(statements: readonly Statement[], isBeside: (module: string) => boolean): Candidate[] {
  const classes = statements.filter(one => one.kind === "class");
  const imports = statements.flatMap(one => (one.kind === "import" ? one.names : []));
  const fromBeside = imports.filter(({ from }) => !isPackage(canonical(from)) && isBeside(from)).map(({ as }) => as);
  const moduleNames = new Set([...classes.map(({ name }) => name), ...fromBeside, "nn", "torch"]);
  const usesModule = (part: unknown): boolean => [...namesIn(part)].some(name => moduleNames.has(name));
  const made: (Candidate & { readonly uses: ReadonlySet<string> })[] = [];
  for (const one of statements) {
    if (
      one.kind === "function" &&
      makesValue(one.body) &&
      one.parameters.every(({ fallback, stars }) => fallback || stars)
    ) {
      if (usesModule(one.body)) made.push({ name: one.name, at: one.at, uses: namesIn(one.body) });
    } else if ((one.kind === "assign" || one.kind === "field") && one.value?.kind === "call" && usesModule(one.value)) {
      const target = one.kind === "assign" ? one.targets[0] : one.target;
      const { callee } = one.value;
      const isMade = callee.kind === "name" && classes.some(({ name }) => name === callee.name);
      if (target?.kind === "name") made.push({ name: target.name, at: one.at, made: isMade, uses: namesIn(one.value) });
    }
  }
  const bodies = new Map(
    statements.flatMap(one => (one.kind === "function" ? [[one.name, namesIn(one.body)] as const] : [])),
  );
  // A function that only tries a network out is no reason to pass it over.
  const used = reached(
    made.map(({ uses }) => uses),
    bodies,
  );
  // A class alone is used by none.
  const uses = classes.length < 2 ? [] : classes.map(one => reached([namesIn([one.bases, one.body])], bodies));
  const usedBy = (name: string) => classes.some((one, i) => one.name !== name && uses[i]?.has(name));
  const roots = classes.filter(({ name }) => !used.has(name) && !usedBy(name));
  return [...made, ...roots.map(({ name, at }) => ({ name, at }))];
}

/** Names that are used, and those that the functions among them use. */
function reached(
  uses: readonly ReadonlySet<string>[],
  bodies: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (names: ReadonlySet<string>): void => {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      const body = bodies.get(name);
      if (body) walk(body);
    }
  };
  uses.forEach(walk);
  return found;
}

const makesValue = (body: readonly Statement[]): boolean => {
  const last = body.at(-1);
  return last?.kind === "return" && last.value !== undefined;
};

/** Every name that is read in a part of the tree. */
function namesIn(part: unknown, found = new Set<string>()): Set<string> {
  if (typeof part !== "object" || part === null) return found;
  const { kind, name } = part as { kind?: string; name?: string };
  if (kind === "name") found.add(name!);
  for (const value of Object.values(part)) namesIn(value, found);
  return found;
}
