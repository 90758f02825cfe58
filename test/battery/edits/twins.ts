/** Which node before an edit a node after it is, and which of its inputs are which of those before. */
import type { Graph, Node } from "../../../src/graph/index.js";
import { analyse } from "../../../src/op/index.js";
import { add } from "../../../src/ops/add.js";
import { concat } from "../../../src/ops/concat.js";
import { sameShape } from "../../../src/shape/index.js";
import { changed, type Places } from "./places.js";

export interface Twin {
  readonly was: Node;
  /** For every input, the number of the one before; undefined for one that was not there. */
  readonly inputs: readonly (number | undefined)[];
  /** Whether it reads what it read, by name. */
  readonly same: boolean;
}

export interface Edit {
  readonly before: Graph;
  readonly after: Graph;
  /** Of a tensor that there was before. */
  readonly placesOf: (name: string) => Places | undefined;
  /** Layers that begin anew, or work along what changes. */
  readonly anew: readonly string[];
  /** Whether windows of other sizes give the same. */
  readonly windows: boolean;
}

/** What these give without an input they give with zeros for it too. */
const gentle = [concat.name, add.name];

export function twinsOf(edit: Edit): (node: Node) => Twin | undefined {
  const { before, after, placesOf, anew, windows } = edit;
  const nodes = new Map(before.nodes.map(node => [node.name, node]));
  const found = new Map<string, Twin | undefined>();
  const reads = rewiredTwins(edit);
  const twin = (node: Node): Twin | undefined => {
    const was = nodes.get(node.name);
    if (was?.op !== node.op || anew.includes(node.name)) return undefined;
    if (!windows && windowOf(was) !== windowOf(node)) return undefined;
    const same = was.inputs.join() === node.inputs.join();
    const inputs = same ? node.inputs.map((_, i) => i) : reads(was, node);
    // Along an axis of which nothing is left there is less to read.
    const isEmpty = (name: string): boolean => !!placesOf(name)?.some(axis => axis.every(place => place < 0));
    if (!inputs || node.inputs.some((name, i) => inputs[i] !== undefined && isEmpty(name))) return undefined;
    return { was, inputs, same };
  };
  for (const node of after.nodes) found.set(node.name, twin(node));
  return node => found.get(node.name);
}

/**
 * Inputs of nodes that are connected otherwise: of sums and joined ones those of the same names. All others read what has
 * the shape of what they read before; where no channel came or went they must make the same of it.
 */
function rewiredTwins({ before, after, placesOf }: Edit): (was: Node, node: Node) => Twin["inputs"] | undefined {
  const [old, now] = [analyse(before).shapes, analyse(after).shapes];
  const stays = [...now].every(([name]) => !old.has(name) || !changed(placesOf(name)!, old.get(name)!));
  return (was, node) => {
    if (gentle.includes(node.op)) {
      // Of equal ones nobody can say which came or went.
      const times = (all: readonly string[], name: string): number => all.filter(one => one === name).length;
      if (was.inputs.some(name => ![0, times(was.inputs, name)].includes(times(node.inputs, name)))) return undefined;
      const [before, after] = [was, node].map(({ inputs }, i) =>
        inputs.filter(name => [node, was][i]!.inputs.includes(name)).join(),
      );
      if (before !== after && new Set(was.inputs).size < was.inputs.length) return undefined;
      const left = was.inputs.map((name, i) => ({ name, i }));
      return node.inputs.map(name => {
        const at = left.findIndex(one => one.name === name);
        return at < 0 ? undefined : left.splice(at, 1)[0]!.i;
      });
    }
    const fits = (name: string, i: number): boolean => sameShape(now.get(name)!, old.get(was.inputs[i]!)!);
    const isOne = stays && node.inputs.length === was.inputs.length && node.inputs.every(fits);
    return isOne ? node.inputs.map((_, i) => i) : undefined;
  };
}

const windowOf = ({ attrs: { kernelSize, padding, stride, dilation, outputPadding } }: Node): string =>
  JSON.stringify([kernelSize, padding, stride, dilation, outputPadding]);
