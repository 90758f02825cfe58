/**
 * The basic block of residual networks (He et al. 2015, as in torchvision): two 3x3 convolutions with batch norms
 * around a shortcut. Where size or channels change, the shortcut is a 1x1 convolution with batch norm.
 */
import type { Assembler } from "../op/index.js";

export interface BasicBlockOptions {
  readonly outChannels: number;
  readonly stride?: number;
  /** Name of the activation's op; relu unless told. */
  readonly activation?: string;
}

/** Adds the block's nodes behind `x`, all named `name.…`; returns the last one's name. */
export function basicBlock(a: Assembler, x: string, name: string, options: BasicBlockOptions): string {
  const { outChannels, stride = 1, activation = "relu" } = options;
  const conv = (from: string, part: string, kernelSize: number, step: number): string => {
    const attrs = { outChannels, kernelSize, stride: step, padding: (kernelSize - 1) / 2, bias: false };
    return a.node("conv2d", [from], attrs, { name: `${name}.${part}` });
  };
  const norm = (from: string, part: string): string => a.node("batchNorm", [from], {}, { name: `${name}.${part}` });
  // torchvision writes the activations and the sum over their inputs, which is why the block holds four maps.
  const activate = (from: string, part: string): string =>
    a.node(activation, [from], { inPlace: true }, { name: `${name}.${part}` });

  const inner = activate(norm(conv(x, "conv1", 3, stride), "bn1"), `${activation}1`);
  const body = norm(conv(inner, "conv2", 3, 1), "bn2");
  const same = stride === 1 && a.shape(x)[0] === outChannels;
  const shortcut = same ? x : norm(conv(x, "downsample.0", 1, stride), "downsample.1");
  const sum = a.node("add", [body, shortcut], { inPlace: true }, { name: `${name}.add` });
  return activate(sum, `${activation}2`);
}
