/** How an op is spelled in languages that are written and never read. */
import { type None, none, type Site } from "./record.js";

type Call = (layer: string, inputs: readonly string[]) => string;

/** A layer that is declared and then called, or an expression over the names of the inputs. */
export type Spelling =
  | {
      readonly layer: string;
      /** How the layer is called, where that is not with its one input alone. */
      readonly call?: Call;
    }
  | { readonly expression: (inputs: readonly string[]) => string }
  | None;
type Spell<A> = (site: Site<A>) => Spelling;

/** By language; one that is missing cannot say the op. */
export interface Spellings<A> {
  /** Keras 3, all tensors channels first. */
  readonly keras?: Spell<A>;
  /** Flux in Julia: axes stand in reverse order, the batch last, so that numbers lie in memory as here. */
  readonly flux?: Spell<A>;
  /** Arraymancer's `network` in Nim: layers with the shape of their input, functions behind a dot. */
  readonly arraymancer?: Spell<A>;
  /** Grenade in Haskell: the name of the layer's type. */
  readonly grenade?: Spell<A>;
}
export type Language = keyof Spellings<object>;

/** A function of every element, by its name in each language. */
export const elementFunction = (names: Readonly<Partial<Record<Language, string>>>): Spellings<unknown> => {
  const by = (language: Language, made: (name: string) => Spelling) => {
    const name = names[language];
    return name === undefined ? {} : { [language]: () => made(name) };
  };
  return {
    ...by("keras", name => ({ expression: ([x]) => `ops.${name}(${x})` })),
    ...by("flux", name => ({ expression: ([x]) => `${name}.(${x})` })),
    ...by("arraymancer", name => ({ expression: ([x]) => `${x}.${name}` })),
    ...by("grenade", name => ({ layer: name })),
  };
};

/** An operator between inputs of as many axes. */
export const infix = (keras: string, flux: string): Spellings<unknown> => {
  const by =
    (operator: string): Spell<unknown> =>
    ({ inputs: shapes }) =>
      shapes.every(shape => shape.length === shapes[0]!.length)
        ? { expression: inputs => inputs.join(` ${operator} `) }
        : none("its operators want as many axes of all");
  return { keras: by(keras), flux: by(flux) };
};

/** A call of the layer of that name, as its spelling says. */
export const called = (spelling: { readonly call?: Call }, layer: string, inputs: readonly string[]): string =>
  spelling.call ? spelling.call(layer, inputs) : `${layer}(${inputs[0]})`;

/** A tuple of Python and Nim, and that of Julia, whose axes are reversed. */
export const tuple = (items: readonly (number | string)[]): string =>
  items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
export const reversed = (items: readonly (number | string)[]): string => tuple([...items].reverse());
