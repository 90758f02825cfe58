/** How rnn, lstm and gru are spelled in Keras and Flux: a layer for each of theirs, the next over the states of all steps. */
import { type Language, type None, none, python, type Site, type Spelling, type Spellings } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import type { RecurrentAttrs } from "./recurrent.js";

/** What each cell says of itself. */
export interface CellSpellings<A> {
  /** Keras's layer, and arguments of its own; its states begin with 0. */
  readonly keras: (attrs: A) => readonly [layer: string, ...options: string[]];
  /** Flux's layer, and arguments behind the sizes; or why it is another cell. */
  readonly flux: (attrs: A) => readonly [layer: string, ...args: string[]] | None;
  /** Why there is none. */
  readonly missing?: Readonly<Partial<Record<Language, string>>>;
}

/** Sizes of what each layer is given. */
const widths = ([, features]: Shape, { layers, hiddenSize, bidirectional }: RecurrentAttrs): number[] =>
  Array.from({ length: layers }, (_, layer) => (layer === 0 ? features! : hiddenSize * (bidirectional ? 2 : 1)));

/** Layers with what is dropped between them. */
const withDropout = (layers: readonly string[], dropout: string | undefined): string[] =>
  layers.flatMap((layer, i) => (i === 0 || dropout === undefined ? [layer] : [dropout, layer]));

export const recurrentSpellings = <A extends RecurrentAttrs>(cell: CellSpellings<A>): Spellings<A> => ({
  keras: site => keras(cell, site),
  flux: site => flux(cell, site),
  ...Object.fromEntries(Object.entries(cell.missing ?? {}).map(([language, why]) => [language, () => none(why)])),
});

/**
 * Both directions side by side, the one backwards turned again where all states are wanted and at the first step where the
 * last one is (keras.io, Bidirectional): as here. Its reset gate acts on R h + c (`reset_after`, on unless told).
 */
function keras<A extends RecurrentAttrs>(cell: CellSpellings<A>, { attrs, inputs: [x] }: Site<A>): Spelling {
  const { hiddenSize, bias, bidirectional, dropout, output } = attrs;
  const [name, ...own] = cell.keras(attrs);
  const layers = widths(x!, attrs).map((_, layer) => {
    const all = layer < attrs.layers - 1 || output === "sequence";
    const options = [hiddenSize, ...own, ...(bias ? [] : ["use_bias=False"]), `return_sequences=${python(all)}`];
    const one = `layers.${name}(${options.join(", ")})`;
    return bidirectional ? `layers.Bidirectional(${one})` : one;
  });
  const line = withDropout(layers, dropout > 0 ? `layers.Dropout(${dropout})` : undefined);
  return { layer: line.length === 1 ? line[0]! : `keras.Sequential([${line.join(", ")}])` };
}

/** Arrays are [features, length, N]: what goes backwards is turned along the second axis before and after. */
function flux<A extends RecurrentAttrs>(cell: CellSpellings<A>, { attrs, inputs: [x] }: Site<A>): Spelling {
  const { hiddenSize, bias, bidirectional, dropout, output } = attrs;
  const own = cell.flux(attrs);
  if ("none" in own) return own;
  const [name, ...args] = own;
  const turn = "x -> reverse(x; dims=2)";
  const layers = widths(x!, attrs).map(width => {
    const one = `${name}(${[`${width} => ${hiddenSize}`, ...args].join(", ")}${bias ? "" : "; bias=false"})`;
    return bidirectional ? `Parallel(vcat, ${one}, Chain(${turn}, ${one}, ${turn}))` : one;
  });
  const line = withDropout(layers, dropout > 0 ? `Dropout(${dropout})` : undefined);
  const layer = line.length === 1 ? line[0]! : `Chain(${line.join(", ")})`;
  if (output === "sequence") return { layer };
  const ends = bidirectional
    ? (states: string) => `(y -> vcat(y[1:${hiddenSize}, end, :], y[${hiddenSize + 1}:end, 1, :]))(${states})`
    : (states: string) => `${states}[:, end, :]`;
  return { layer, call: (called, [input]) => ends(`${called}(${input})`) };
}
