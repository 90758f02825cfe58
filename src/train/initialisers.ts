/**
 * Initialisers: first values of weights, in place of PyTorch's default for each layer. They draw the weights with two
 * axes or more; biases become 0, and what begins as a constant (norms, running statistics) stays as it is.
 */
import { anyOf } from "../nearest.js";
import type { Random } from "../random.js";
import { product, type Shape } from "../shape/index.js";
import { checkKnown, got } from "./known.js";
import { TrainError } from "./pass.js";

/** He et al. 2015: variance gain² / fan. */
export interface KaimingSettings {
  /** What keeps its variance: activations (`fanIn`, unless told) or gradients. */
  readonly mode?: "fanIn" | "fanOut";
  /** sqrt(2), for relu, unless told. */
  readonly gain?: number;
}
/** Glorot and Bengio 2010: variance 2 gain² / (fan in + fan out). */
export interface XavierSettings {
  /** 1 unless told. */
  readonly gain?: number;
}
/** A normal distribution without its tails. */
export interface TruncatedNormalSettings {
  /** Deviation of the whole distribution. */
  readonly std: number;
  readonly mean?: number;
  /** Bounds; two deviations about the mean unless told. */
  readonly a?: number;
  readonly b?: number;
}
/** Saxe et al. 2013: rows, or columns where these are fewer, orthogonal and of length `gain`. */
export interface OrthogonalSettings {
  /** 1 unless told. */
  readonly gain?: number;
}
export interface ConstantWeights {
  readonly value: number;
}
interface SettingsOf {
  readonly kaimingNormal: KaimingSettings;
  readonly kaimingUniform: KaimingSettings;
  readonly xavierNormal: XavierSettings;
  readonly xavierUniform: XavierSettings;
  readonly truncatedNormal: TruncatedNormalSettings;
  readonly orthogonal: OrthogonalSettings;
  readonly constant: ConstantWeights;
}
type InitName = keyof SettingsOf;
export type InitSettings = { [N in InitName]: { readonly name: N } & SettingsOf[N] }[InitName];
type Draw = () => number;

/** Values of a weight with two axes or more. */
export const drawWeights = (settings: InitSettings, shape: Shape, source: Random): Float32Array =>
  initialisers[settings.name](settings as never, shape, source);

/** Refuses an initialiser that cannot be. */
export function checkInit(settings: InitSettings): void {
  const refuse = (where: string, sentence: string): never => {
    throw new TrainError(`${where}: ${sentence}`);
  };
  if (typeof settings !== "object" || settings === null) {
    refuse("init", `an initialiser must be an object, got ${got(settings)}; give e.g. { name: "kaimingNormal" }`);
  }
  const { name, ...numbers } = settings;
  if (!Object.hasOwn(initialisers, name)) {
    refuse("init", `there is no such initialiser, got ${name}; choose ${anyOf(Object.keys(initialisers))}`);
  }
  checkKnown(name, numbers, settingsOf[name]);
  for (const [field, value] of Object.entries<unknown>(numbers)) {
    if (value === undefined) continue;
    if (field === "mode" ? value !== "fanIn" && value !== "fanOut" : !Number.isFinite(value)) {
      refuse(
        name,
        `${field} must be ${field === "mode" ? "fanIn or fanOut" : "a number"}, got ${got(value)}; give another`,
      );
    }
  }
  if (settings.name === "constant" && settings.value === undefined) {
    refuse(name, "value must be a number, got nothing; give e.g. 0");
  }
  if (settings.name === "truncatedNormal") {
    const { mean, std, a, b } = withBounds(settings);
    if (!(std > 0)) refuse(name, `std must be above 0, got ${std}; give another`);
    // Elsewhere hardly a draw would fall between them.
    if (!(b - a >= std / 10 && a <= mean + 2 * std && b >= mean - 2 * std)) {
      refuse(name, `a must be below b and both near the mean, got ${a} and ${b}; give bounds about ${mean}`);
    }
  }
}

const settingsOf: { readonly [N in InitName]: readonly (keyof SettingsOf[N])[] } = {
  ...{ kaimingNormal: ["mode", "gain"], kaimingUniform: ["mode", "gain"] },
  ...{ xavierNormal: ["gain"], xavierUniform: ["gain"], orthogonal: ["gain"] },
  truncatedNormal: ["std", "mean", "a", "b"],
  constant: ["value"],
};

const initialisers: {
  readonly [N in InitName]: (settings: SettingsOf[N], shape: Shape, source: Random) => Float32Array;
} = {
  kaimingNormal: (settings, shape, source) => filled(shape, normal(source, kaiming(settings, shape))),
  kaimingUniform: (settings, shape, source) => filled(shape, uniform(source, kaiming(settings, shape))),
  xavierNormal: (settings, shape, source) => filled(shape, normal(source, xavier(settings, shape))),
  xavierUniform: (settings, shape, source) => filled(shape, uniform(source, xavier(settings, shape))),
  truncatedNormal: (settings, shape, source) => filled(shape, truncated(source, settings)),
  orthogonal: (settings, shape, source) => orthogonal(settings, shape, source),
  constant: ({ value }, shape) => filled(shape, () => value),
};

const filled = (shape: Shape, draw: Draw): Float32Array => Float32Array.from({ length: product(shape) }, draw);

/** As PyTorch counts: the second axis and the first, times the elements of the others. */
const fans = ([rows, columns, ...field]: Shape) => ({
  fanIn: columns! * product(field),
  fanOut: rows! * product(field),
});
const kaiming = ({ mode = "fanIn", gain = Math.SQRT2 }: KaimingSettings, shape: Shape): number =>
  gain / Math.sqrt(fans(shape)[mode]);
const xavier = ({ gain = 1 }: XavierSettings, shape: Shape): number => {
  const { fanIn, fanOut } = fans(shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
};

/** A uniform distribution of this deviation about 0. */
const uniform =
  (source: Random, std: number): Draw =>
  () =>
    (2 * source.float() - 1) * Math.sqrt(3) * std;

/** A normal distribution about 0 (Box and Muller 1958). */
export const normal =
  (source: Random, std: number): Draw =>
  () =>
    std * Math.sqrt(-2 * Math.log(1 - source.float())) * Math.cos(2 * Math.PI * source.float());

const withBounds = ({ std, mean = 0, a = mean - 2 * std, b = mean + 2 * std }: TruncatedNormalSettings) => ({
  ...{ std, mean, a, b },
});

function truncated(source: Random, settings: TruncatedNormalSettings): Draw {
  const { std, mean, a, b } = withBounds(settings);
  const draw = normal(source, std);
  return () => {
    for (;;) {
      const value = mean + draw();
      if (value >= a && value <= b) return value;
    }
  };
}

/** Normal vectors, each made orthogonal to those before it; twice, because once leaves what rounding left. */
function orthogonal({ gain = 1 }: OrthogonalSettings, shape: Shape, source: Random): Float32Array {
  const [rows, columns] = [shape[0]!, product(shape.slice(1))];
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const draw = normal(source, 1);
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, draw);
    for (let pass = 0; pass < 2; pass++) {
      for (const before of vectors) {
        const along = dot(before, vector);
        for (let j = 0; j < length; j++) vector[j]! -= along * before[j]!;
      }
    }
    const size = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map(value => value / size));
  }
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return gain * (rows <= columns ? vectors[row]![column]! : vectors[column]![row]!);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
