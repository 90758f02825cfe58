/**
 * The inception module (Szegedy et al. 2014, as in torchvision's GoogLeNet): four branches side by side, joined along
 * the channels; every convolution with batch norm. As there, the branch that the article calls 5x5 has a 3x3 kernel.
 */
import { type Activations, attributes, type In, type Layer, layer, readAttrs, whole } from "../op/index.js";
import { type Add, needsSpatial, type Shape, type Whole, type WholeArg } from "../shape/index.js";
import { activationName, type BlockRule, blockOn, type NeedsPlanes } from "./block-parts.js";
import type { ConvRule } from "./conv-types.js";

const kind = "inception";
const attrs = attributes({
  conv1x1: whole("conv1x1", 1),
  reduce3x3: whole("reduce3x3", 1),
  conv3x3: whole("conv3x3", 1),
  reduce5x5: whole("reduce5x5", 1),
  conv5x5: whole("conv5x5", 1),
  pool: whole("pool", 1),
  activation: activationName.default("relu"),
});
/** torchvision's, which is TensorFlow's. */
const eps = 1e-3;

type Rule<
  S extends Shape,
  C1 extends number,
  R3 extends number,
  C3 extends number,
  R5 extends number,
  C5 extends number,
  P extends number,
> = BlockRule<
  [
    Whole<typeof kind, "conv1x1", C1>,
    Whole<typeof kind, "reduce3x3", R3>,
    Whole<typeof kind, "conv3x3", C3>,
    Whole<typeof kind, "reduce5x5", R5>,
    Whole<typeof kind, "conv5x5", C5>,
    Whole<typeof kind, "pool", P>,
    NeedsPlanes<typeof kind, S>,
  ],
  ConvRule<2, S, Add<Add<C1, C3>, Add<C5, P>>, 1, 1, 0, 1, 1>
>;

export interface InceptionLayer<
  C1 extends number,
  R3 extends number,
  C3 extends number,
  R5 extends number,
  C5 extends number,
  P extends number,
> extends Layer {
  readonly out: Rule<In<this>, C1, R3, C3, R5, C5, P>;
}

/**
 * The module as a layer: `[C, H, W]` to `[conv1x1 + conv3x3 + conv5x5 + pool, H, W]`. The six numbers of channels stand
 * as in a row of the article's table: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection.
 */
export const Inception = <
  C1 extends number,
  R3 extends number,
  C3 extends number,
  R5 extends number,
  C5 extends number,
  P extends number,
>(
  conv1x1: WholeArg<typeof kind, "conv1x1", C1>,
  reduce3x3: WholeArg<typeof kind, "reduce3x3", R3>,
  conv3x3: WholeArg<typeof kind, "conv3x3", C3>,
  reduce5x5: WholeArg<typeof kind, "reduce5x5", R5>,
  conv5x5: WholeArg<typeof kind, "conv5x5", C5>,
  pool: WholeArg<typeof kind, "pool", P>,
  options?: { readonly activation?: keyof Activations },
): InceptionLayer<C1, R3, C3, R5, C5, P> => {
  const all = { conv1x1, reduce3x3, conv3x3, reduce5x5, conv5x5, pool, ...options };
  const { activation, ...channels } = readAttrs({ name: kind, attrs }, all);
  return layer({
    kind,
    place: (ground, x, name) => {
      needsSpatial(kind, 2, ground.shape(x));
      const { node, conv, norm, activate } = blockOn(ground, name);
      const unit = (from: string, part: string, outChannels: number, kernelSize = 1): string =>
        activate(
          activation,
          norm(conv(from, `${part}.conv`, outChannels, { kernelSize }), `${part}.bn`, { eps }),
          `${part}.${activation}`,
        );
      const branch1 = unit(x, "branch1", channels.conv1x1);
      const branch2 = unit(unit(x, "branch2.0", channels.reduce3x3), "branch2.1", channels.conv3x3, 3);
      const branch3 = unit(unit(x, "branch3.0", channels.reduce5x5), "branch3.1", channels.conv5x5, 3);
      const pooled = node("maxPool2d", x, { kernelSize: 3, stride: 1, padding: 1 }, "branch4.0");
      const branch4 = unit(pooled, "branch4.1", channels.pool);
      return ground.node("concat", [branch1, branch2, branch3, branch4], {}, { name: `${name}.concat` });
    },
  });
};
