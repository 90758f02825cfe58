/** How convolution and pooling are spelled in Keras, Flux, Arraymancer and Grenade. */
import { none, reversed, type Site, type Spelling, type Spellings, tuple } from "../op/index.js";
import type { Edges, Rank } from "../shape/index.js";
import { bothEnds, type PaddingMode } from "./borders.js";

interface Windowed {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly Edges[];
  readonly dilation?: readonly number[];
}
interface Conv extends Windowed {
  readonly outChannels: number;
  readonly groups: number;
  readonly bias: boolean;
  readonly dilation: readonly number[];
  readonly paddingMode?: PaddingMode;
}
interface Pool extends Windowed {
  readonly ceilMode?: true;
  readonly countIncludePad?: false;
}

const all = (numbers: readonly Edges[] | undefined, value: number): boolean =>
  (numbers ?? []).every(one => one === value);
const listed = (numbers: readonly Edges[]): string => numbers.map(one => bothEnds(one).join(", ")).join(", ");
const numbers = (edges: readonly Edges[]): number[] => edges.flatMap(edge => bothEnds(edge).slice(0, 1));
const isEven = (edges: readonly Edges[]): boolean => edges.every(edge => bothEnds(edge)[0] === bothEnds(edge)[1]);

type Call = (layer: string, inputs: readonly string[]) => string;
/** Keras pads only by the rule "same", which is another one: the border is laid before. */
const kerasBorder = (padding: readonly Edges[], value: string): { call?: Call } => {
  if (all(padding, 0)) return {};
  const ends = ["(0, 0)", "(0, 0)", ...padding.map(edge => tuple(bothEnds(edge)))];
  return { call: (layer, [x]) => `${layer}(ops.pad(${x}, (${ends.join(", ")})${value}))` };
};
const channelsFirst = 'data_format="channels_first"';

/** Julia's axes are reversed; unequal ends stand one after another for every axis. */
const fluxPadding = (padding: readonly Edges[]): string =>
  isEven(padding) ? reversed(numbers(padding)) : `(${listed([...padding].reverse())})`;

/** Grenade's windows fill their input: (output - 1) * stride = input - kernel. */
const fills = ({ inputs: [x], output, attrs: a }: Site<Windowed>): boolean =>
  a.kernelSize.every((kernel, axis) => (output[axis + 1]! - 1) * a.stride[axis]! === x![axis + 1]! - kernel);

export const convSpellings = (rank: Rank): Spellings<Conv> => ({
  keras: ({ attrs: a }) => {
    const mode = a.paddingMode ?? "zeros";
    if (mode === "replicate") return none("ops.pad cannot replicate");
    if (a.stride.some(s => s > 1) && !all(a.dilation, 1)) return none("it takes stride or dilation above 1, not both");
    const layer = `layers.Conv${rank}D(${a.outChannels}, ${tuple(a.kernelSize)}, strides=${tuple(a.stride)}, dilation_rate=${tuple(a.dilation)}, groups=${a.groups}, use_bias=${a.bias ? "True" : "False"}, ${channelsFirst})`;
    return { layer, ...kerasBorder(a.padding, mode === "zeros" ? "" : ', mode="reflect"') };
  },
  flux: ({ attrs: a, inputs: [x] }) => {
    if (a.paddingMode) return none("its Conv pads with zeros");
    return {
      layer: `Conv(${reversed(a.kernelSize)}, ${x![0]} => ${a.outChannels}; stride=${reversed(a.stride)}, pad=${fluxPadding(a.padding)}, dilation=${reversed(a.dilation)}, groups=${a.groups}, bias=${a.bias})`,
    };
  },
  arraymancer: ({ attrs: a, inputs: [x] }) => {
    if (rank !== 2) return none("its one convolution is Conv2D");
    const plain = all(a.dilation, 1) && a.groups === 1 && a.bias && !a.paddingMode && isEven(a.padding);
    if (!plain) return none("its Conv2D has a bias, equal borders of zeros, and neither dilation nor groups");
    return {
      layer: `Conv2D(@[${x!.join(", ")}], ${a.outChannels}, ${tuple(a.kernelSize)}, padding = ${tuple(numbers(a.padding))}, stride = ${tuple(a.stride)})`,
    };
  },
  grenade: site => {
    const { attrs: a, inputs } = site;
    if (rank !== 2) return none("its one convolution has two axes");
    const plain = all(a.padding, 0) && all(a.dilation, 1) && a.groups === 1 && !a.bias && fills(site);
    if (!plain) {
      return none("its Convolution has neither bias, padding, dilation nor groups, and its windows fill the input");
    }
    return { layer: ["Convolution", inputs[0]![0], a.outChannels, ...a.kernelSize, ...a.stride].join(" ") };
  },
});

export function poolSpellings(rank: Rank, kind: "Max" | "Average"): Spellings<Pool> {
  const max = kind === "Max";
  /** What no other language has. */
  const checked = (spell: (site: Site<Pool>) => Spelling) => (site: Site<Pool>) => {
    const { attrs: a } = site;
    if (a.ceilMode || !all(a.dilation, 1)) return none("its pooling has neither dilation nor windows beyond the end");
    if (!max && a.countIncludePad === false && !all(a.padding, 0)) return none("its mean is of the padding, too");
    return spell(site);
  };
  return {
    keras: checked(({ attrs: a }) => ({
      layer: `layers.${kind}Pooling${rank}D(${tuple(a.kernelSize)}, strides=${tuple(a.stride)}, ${channelsFirst})`,
      ...kerasBorder(a.padding, max ? ', constant_values=float("-inf")' : ""),
    })),
    flux: checked(({ attrs: a }) => {
      if (!max && !all(a.padding, 0)) return none("whether its mean is of the padding, too, is not said");
      return {
        layer: `${max ? "Max" : "Mean"}Pool(${reversed(a.kernelSize)}; stride=${reversed(a.stride)}, pad=${fluxPadding(a.padding)})`,
      };
    }),
    arraymancer: checked(({ attrs: a, inputs: [x] }) => {
      if (!max || rank !== 2) return none("its one pooling is MaxPool2D");
      return {
        layer: `MaxPool2D(@[${x!.join(", ")}], ${tuple(a.kernelSize)}, ${tuple(numbers(a.padding))}, ${tuple(a.stride)})`,
      };
    }),
    grenade: checked(site => {
      const { attrs: a } = site;
      if (!max || rank !== 2 || !all(a.padding, 0) || !fills(site)) {
        return none("its Pooling is of the largest over two axes, without padding, and its windows fill the input");
      }
      return { layer: ["Pooling", ...a.kernelSize, ...a.stride].join(" ") };
    }),
  };
}
