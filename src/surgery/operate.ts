/** Edits of a network, one after another, and what came of them. */
import type { Graph } from "../graph/index.js";
import type { Budget } from "./budget.js";
import { type Change, changed, spelled } from "./change.js";
import { type Deepening, deepen } from "./deepen.js";
import { SurgeryError } from "./error.js";
import type { SpatialWish } from "./fit-spatial.js";
import { type Growth, grow } from "./grow.js";
import { fitSizes, type KernelOptions, resizeKernel } from "./kernel.js";
import { prune } from "./prune.js";
import type { Weights } from "./rebuild.js";
import { type Replacement, replaceLayer } from "./replace.js";
import { type Report, reportOf } from "./report.js";
import { selectClasses } from "./select-classes.js";
import { realign, type State, type Strategy } from "./state.js";
import { connect, disconnect, insert, removeLayer } from "./structure.js";
import { checkSubject, type Subject } from "./subject.js";
import { widen } from "./widen.js";

export interface Edited {
  readonly graph: Graph;
  readonly weights: Weights | undefined;
  readonly beside: Readonly<Record<string, Weights>>;
  readonly report: Report;
}

export interface Operation {
  /** Sizes of several layers at once. */
  resize(changes: Readonly<Record<string, Change>>, strategy?: Strategy): Operation;
  /** Cut the least useful channels until the budget is met; by the L1 norm of their weights unless told. */
  prune(budget: Budget, strategy?: Strategy): Operation;
  /** Bring sizes in line with the strategy alone: channels of negative worth go. */
  align(strategy?: Strategy): Operation;
  /** Take a layer out; what read it reads what it read. */
  remove(name: string, strategy?: Strategy): Operation;
  /** A new layer behind another; what read that one, or only `readers` of it, reads the new one. */
  insert(after: string, added: Added, strategy?: Strategy): Operation;
  /** Another layer, or several one behind the other, in the place of one. */
  replace(name: string, by: Replacement | readonly Replacement[], strategy?: Strategy): Operation;
  /** Another kernel size; unless told otherwise with padding that keeps the size of what the layer gives. */
  kernel(name: string, size: number | readonly number[], options?: Strategy & KernelOptions): Operation;
  /** The nearest kernels, strides, paddings and dilations on the way to a tensor such that it has the wanted size. */
  fitSpatial(wish: SpatialWish, strategy?: Strategy): Operation;
  /** Only the classes of these places, in this order, of the output, or of the one that is named. */
  classes(places: readonly number[], options?: Strategy & { readonly output?: string }): Operation;
  /** More channels, the function kept: channels are repeated, and what reads them shares its weights out. */
  widen(changes: Readonly<Record<string, Change>>, strategy?: Strategy): Operation;
  /** One more layer behind another, the function kept: it begins as the identity. */
  deepen(after: string, options?: Strategy & Deepening): Operation;
  /** More channels in all layers that may have them, in one proportion, as many as the bounds allow. */
  grow(growth: Growth, strategy?: Strategy): Operation;
  /** One more input, at a position, the last unless told. */
  connect(from: string, to: string, options?: Strategy & { readonly at?: number }): Operation;
  /** One input fewer: of equal ones the `nr`th, the first unless told. */
  disconnect(from: string, to: string, options?: Strategy & { readonly nr?: number }): Operation;
  /** Edits of which all are done or, where one is refused, none. */
  together(edits: (operation: Operation) => Operation, strategy?: Strategy): Operation;
  /** Do all of it, or throw a SurgeryError and leave everything as it was. */
  apply(): Promise<Edited>;
}
export interface Added {
  readonly name: string;
  readonly op: string;
  readonly attrs: object;
  readonly readers?: readonly string[];
}

interface Edit {
  readonly run: (state: State) => Promise<State>;
  readonly onFailure: Strategy["onFailure"];
}
const editsOf = new WeakMap<Operation, readonly Edit[]>();

/** A trained model: its network, and the values of the parameters. */
export interface Trained {
  readonly network: { readonly graph: Graph };
  readonly weights: Weights;
}

/** Operate on a network or a model: nothing happens before `apply`, and what was given never changes. */
export function operate(subject: Subject | Trained | Graph, strategy: Strategy = {}): Operation {
  if ("network" in subject) return operation({ graph: subject.network.graph, weights: subject.weights }, strategy, []);
  return operation("graph" in subject ? subject : { graph: subject }, strategy, []);
}

function operation(subject: Subject, strategy: Strategy, edits: readonly Edit[]): Operation {
  const then = (run: Edit["run"], own: Strategy = {}): Operation =>
    operation(subject, strategy, [...edits, { run, onFailure: own.onFailure ?? strategy.onFailure }]);
  const both = <S extends Strategy>(own?: S): S & Strategy => ({ ...strategy, ...(own as S) });
  const made: Operation = {
    resize: (changes, own) => then(state => resize(state, changes, both(own)), own),
    prune: (budget, own) => then(state => prune(state, budget, both(own)), own),
    align: own => then(state => realign(state, "align", both(own), {}), own),
    remove: (name, own) => then(state => removeLayer(state, name, both(own)), own),
    insert: (after, added, own) => then(state => insert(state, after, added, both(own)), own),
    replace: (name, by, own) => then(state => replaceLayer(state, name, Array.isArray(by) ? by : [by], both(own)), own),
    kernel: (name, size, own) => then(async state => resizeKernel(state, name, size, both(own)), own),
    fitSpatial: (wish, own) => then(async state => fitSizes(state, wish, both(own)), own),
    classes: (places, own) => then(async state => selectClasses(state, places, both(own)), own),
    widen: (changes, own) => then(async state => widen(state, changes, both(own)), own),
    deepen: (after, own) => then(async state => deepen(state, after, both(own)), own),
    grow: (growth, own) => then(async state => grow(state, growth, both(own)), own),
    connect: (from, to, { at, ...own } = {}) => then(state => connect(state, from, to, at, both(own)), own),
    disconnect: (from, to, { nr = 1, ...own } = {}) => then(state => disconnect(state, from, to, nr, both(own)), own),
    together: (inner, own) => {
      const all = editsOf.get(inner(operation(subject, both(own), [])))!;
      return then(state => all.reduce(async (before, { run }) => run(await before), Promise.resolve(state)), own);
    },
    apply: () => applyAll(subject, edits),
  };
  editsOf.set(made, edits);
  return made;
}

async function applyAll(subject: Subject, edits: readonly Edit[]): Promise<Edited> {
  checkSubject(subject);
  const { graph, weights, beside = {} } = subject;
  const first: State = { graph, weights, beside, lineage: new Map(), steps: [] };
  const refused: string[] = [];
  let state = first;
  for (const { run, onFailure = "throw" } of edits) {
    try {
      state = await run(state);
    } catch (error) {
      if (!(error instanceof SurgeryError) || onFailure === "throw") throw error;
      refused.push(error.message);
      if (onFailure === "undo") {
        state = first;
        break;
      }
    }
  }
  return { graph: state.graph, weights: state.weights, beside: state.beside, report: reportOf(first, state, refused) };
}

const resize = (state: State, changes: Readonly<Record<string, Change>>, strategy: Strategy): Promise<State> =>
  realign(state, `resize ${spelled(changes)}`, strategy, { targets: changed(changes) });
