/**
 * clip: every element brought into a range: min(max(x, min), max), of which either may be left out. At both ends its gradient
 * is that of the inside, as `clamp` of PyTorch has it.
 */
import {
  type FromPyTorch,
  finite,
  inPlaceOf,
  type KeepingMaker,
  type KeepsShape,
  type Literal,
  layerOf,
  type PointwiseOptions,
  pointwiseWith,
  scalarOf,
} from "../op/index.js";

export interface ClipAttrs {
  readonly min?: number;
  readonly max?: number;
}

/** The ends that are told; infinity is none. */
const ends = (min: Literal | undefined, max: Literal | undefined): object => ({
  ...(Number.isFinite(min) ? { min } : {}),
  ...(Number.isFinite(max) ? { max } : {}),
});

/** `torch.clamp` and `torch.clip`, with both ends, and the functions of one of them. */
const clamps = (name: string, parameters: string): readonly string[] => [
  `torch.${name}(input, ${parameters})`,
  `Tensor.${name}(self, ${parameters})`,
];
const calls: readonly FromPyTorch[] = [
  { signatures: ["clamp", "clip"].flatMap(name => clamps(name, "min=None, max=None")) },
  { signatures: ["clamp_min"].flatMap(name => clamps(name, "min")) },
  { signatures: ["clamp_max"].flatMap(name => clamps(name, "max")) },
].flatMap(({ signatures }): FromPyTorch[] => [
  { signatures, attrs: ({ min, max }) => ends(min, max) },
  {
    signatures: signatures.map(text => text.replace("(", "_(").replace(")", ", inplace=True)")),
    attrs: args => ({ ...ends(args.min, args.max), ...inPlaceOf(args) }),
  },
]);

export const clip = pointwiseWith<ClipAttrs>({
  name: "clip",
  fields: { min: finite("min").exactOptional(), max: finite("max").exactOptional() },
  draw: random => ({
    ...(random.chance() ? { min: random.int(-20, 0) / 10 } : {}),
    ...(random.chance() ? { max: random.int(1, 20) / 10 } : {}),
  }),
  forward: (emit, x, { min, max }) =>
    emit.op("Clip", [x, ...[min, max].map(end => (end === undefined ? "" : emit.float(end)))]),
  backward: (emit, { x, dy }, { min, max }) => {
    const within = [
      ...(min === undefined ? [] : [emit.op("GreaterOrEqual", [x, emit.float(min)])]),
      ...(max === undefined ? [] : [emit.op("LessOrEqual", [x, emit.float(max)])]),
    ];
    if (within.length === 0) return dy;
    const inside = within.reduce((a, b) => emit.op("And", [a, b]));
    return emit.op("Where", [inside, dy, emit.float(0)]);
  },
  fromOnnx: [
    {
      operators: ["Clip"],
      batch: "anywhere",
      read: site => {
        const told = (name: string, at: number): number | undefined => {
          const value = scalarOf(site.constant(at)) ?? site.float(name, Number.NaN);
          // Version 6 writes the largest numbers where there is no end.
          return Math.abs(value) < 3.4e38 ? value : undefined;
        };
        if (site.tensor(1) || site.tensor(2)) return undefined;
        const [min, max] = [told("min", 1), told("max", 2)];
        return min === 0 && max === 6 ? undefined : { attrs: ends(min, max) };
      },
    },
  ],
  fromPytorch: [
    ...calls,
    {
      signatures: ["nn.Hardtanh(", "F.hardtanh(input, "].map(call => `${call}min_val=-1, max_val=1, inplace=False)`),
      // That is what PyTorch's ReLU6 is.
      attrs: args =>
        args.min_val === 0 && args.max_val === 6
          ? undefined
          : { min: args.min_val, max: args.max_val, ...inPlaceOf(args) },
    },
  ],
  pytorch: ({ min, max, inPlace }) => {
    const told = [
      ...(min === undefined && max !== undefined ? [] : [`min=${min ?? 'float("-inf")'}`]),
      ...(max === undefined ? [] : [`max=${max}`]),
    ];
    return { expression: ([x]) => `${x}.clamp${inPlace ? "_" : ""}(${told.join(", ")})` };
  },
  idempotent: true,
});

type ClipOptions = ClipAttrs & PointwiseOptions;
export const Clip: KeepingMaker<ClipOptions> = layerOf(clip);

declare module "../op/tensor.js" {
  interface Operators {
    /** Every element brought into the range from `min` to `max`, of which either may be left out. */
    readonly clip: KeepsShape<ClipOptions>;
  }
  interface Activations {
    readonly clip: unknown;
  }
}
