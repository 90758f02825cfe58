/** Which op a word means, and under which names its attributes stand. */
import { nearest } from "../../nearest.js";
import { allOps, type Op } from "../../op/index.js";
import type { Shape } from "../../shape/index.js";

/** What stands behind a layer without being written: the published conv is followed by ReLU. */
export const behind: Readonly<Record<string, string>> = { conv: "relu" };

/** The attribute that the published notation gives as a factor of the incoming channels. */
export const channelFactor = { parameter: "channel_factor", attribute: "outChannels" } as const;
/** How many layers further back the other inputs of an op of several stand. */
export const back = "back";
/** The parameters that the published notation writes even where they are as usual. */
export const alwaysWritten: readonly string[] = ["kernelSize", "stride", "padding", "eps", "p"];

export const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();

let known: ReadonlyMap<string, Op> = new Map();
/** The op whose name that is, however it is spelled. Ops may be registered at any time. */
function found(name: string): Op | undefined {
  if (known.size !== allOps.size) known = new Map([...allOps.values()].map(op => [plain(op.name), op]));
  return known.get(name);
}

/**
 * The op of a word where the input has `shape`: `conv` is the one for as many axes as there are, `conv2d` that one,
 * `dropout0d` the one that looks at no axis. Undefined where there is none.
 */
export function opOfWord(word: string, shape: Shape): Op | undefined {
  const wanted = plain(word);
  if (wanted.endsWith("0d")) return found(wanted.slice(0, -2));
  const rank = shape.length - 1;
  // Where none is for so many axes, one for others says what it needs.
  for (const axes of [rank, 2, 1, 3]) {
    const ranked = found(`${wanted}${axes}d`);
    if (ranked) return axes === rank ? ranked : (found(wanted) ?? ranked);
  }
  return found(wanted);
}

/** The shortest word that means the op there; the words that have something behind them only where it is. */
export function wordOfOp({ name }: Op, shape: Shape, followedBy: string | undefined): string {
  const general = name.replace(/\dd$/, "").toLowerCase();
  const candidates = [general, name.toLowerCase(), `${name.toLowerCase()}0d`];
  return candidates.find(word => opOfWord(word, shape)?.name === name && behind[word] === followedBy)!;
}

/** What an unknown word most likely meant. */
export const nearestWord = (word: string): string =>
  nearest(word, [...new Set([...allOps.keys()].map(name => name.replace(/\dd$/, "").toLowerCase()))]);
