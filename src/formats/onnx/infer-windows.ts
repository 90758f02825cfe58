/** What is known of a node whose results are to be told, and the rules of those that work in windows over space. */
import { elementType } from "../../op/index.js";
import type { NodeAttributes } from "./attributes.js";

export interface Inferred {
  /** Sizes as ONNX has them, the batch among them. */
  readonly dims: readonly number[];
  /** ONNX's number for the type of the elements. */
  readonly type: number;
}
export interface InferSite {
  /** What it is given, in order; undefined for what is left out. */
  readonly inputs: readonly (Inferred | undefined)[];
  /** Numbers of a constant that it is given. */
  readonly constant: (place: number) => readonly number[] | undefined;
  readonly attributes: NodeAttributes;
  /** An axis counted from the front; refuses the batch's. */
  readonly axis: (axis: number, rank: number) => number;
  readonly opset: number;
  /** How many outputs anybody reads. */
  readonly outputs: number;
}
/** One for each output; undefined where it cannot be told, or would reach over samples. */
export type Infer = (site: InferSite) => readonly Inferred[] | undefined;

/** Windows over space; the channels as they are, or as many as told. */
function windows({ attributes }: InferSite, x: Inferred, kernel: readonly number[], channels: number): number[] {
  const space = x.dims.slice(2);
  const [ones, mode] = [space.map(() => 1), attributes.text("auto_pad", "NOTSET")];
  const [strides, dilations] = [attributes.ints("strides") ?? ones, attributes.ints("dilations") ?? ones];
  const pads = attributes.ints("pads") ?? [...space, ...space].map(() => 0);
  const round = attributes.int("ceil_mode", 0) === 1 ? Math.ceil : Math.floor;
  const sizes = space.map((size, i) => {
    if (mode.startsWith("SAME")) return Math.ceil(size / strides[i]!);
    const [begin, end] = mode === "VALID" ? [0, 0] : [pads[i]!, pads[i + space.length]!];
    const rest = size + begin + end - dilations[i]! * (kernel[i]! - 1) - 1;
    const count = round(rest / strides[i]!) + 1;
    // A last window must begin within the input.
    return (count - 1) * strides[i]! < size + begin ? count : count - 1;
  });
  return [x.dims[0]!, channels, ...sizes];
}
export const pooled: Infer = site => {
  const [x] = site.inputs as [Inferred];
  const dims = windows(site, x, site.attributes.ints("kernel_shape") ?? [], x.dims[1]!);
  if (site.outputs === 1) return [{ ...x, dims }];
  // Places of the largest are counted over the whole batch.
  site.axis(0, x.dims.length);
  return [
    { ...x, dims },
    { dims, type: elementType.int64 },
  ];
};
export const convolved =
  (weights: number, type?: number): Infer =>
  site => {
    const [x, weight] = [site.inputs[0]!, site.inputs[weights]!];
    return [{ dims: windows(site, x, weight.dims.slice(2), weight.dims[0]!), type: type ?? x.type }];
  };
export const transposedConvolution: Infer = ({ inputs: [x, weight], attributes }) => {
  const space = x!.dims.slice(2);
  const [ones, none] = [space.map(() => 1), [...space, ...space].map(() => 0)];
  const [strides, dilations] = [attributes.ints("strides") ?? ones, attributes.ints("dilations") ?? ones];
  const [more, pads] = [attributes.ints("output_padding") ?? none, attributes.ints("pads") ?? none];
  const wanted = attributes.ints("output_shape");
  const mode = attributes.text("auto_pad", "NOTSET");
  const sizes = space.map((size, i) => {
    if (wanted) return wanted.at(i - space.length)!;
    if (mode.startsWith("SAME")) return size * strides[i]!;
    const reach = dilations[i]! * (weight!.dims[i + 2]! - 1) + 1;
    return strides[i]! * (size - 1) + more[i]! + reach - pads[i]! - pads[i + space.length]!;
  });
  return [{ ...x!, dims: [x!.dims[0]!, weight!.dims[1]! * attributes.int("group", 1), ...sizes] }];
};
