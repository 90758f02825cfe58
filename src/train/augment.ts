/**
 * Augmentation: what changes training samples at random before the forward pass, in standard operators, so that it
 * runs inside the training graph. Every sample of a batch is drawn on its own; evaluation never sees any of it.
 */
import { anyOf } from "../nearest.js";
import type { Emit, Value } from "../op/index.js";
import { deriveSeed } from "../random.js";
import { product, type Shape, show } from "../shape/index.js";
import { erased } from "./augment-erase.js";
import { drawnCells, type Fill, flipped, moved } from "./augment-moves.js";
import { checkKnown, got } from "./known.js";
import { TrainError } from "./pass.js";
import type { Normalise } from "./recipe.js";
import type { Source } from "./source.js";

/** Moved by whole pixels, up to so many each way, each equally likely. */
export interface ShiftSettings {
  readonly name: "shift";
  /** Along every axis behind the channels, or one number for each. */
  readonly by: number | readonly number[];
  /** What comes in: 0 as the data have it, before normalising, unless told, or the edge repeated. */
  readonly fill?: "zero" | "edge";
}
/** Mirrored with probability `p`. */
export interface FlipSettings {
  readonly name: "flip";
  /** Left and right, unless told, or top and bottom. */
  readonly direction?: "horizontal" | "vertical";
  /** 0.5 unless told. */
  readonly p?: number;
}
/** Padded all around, and a part of the old size cut out at random: torchvision's RandomCrop. */
export interface CropSettings {
  readonly name: "crop";
  /** Along every axis behind the channels, or one number for each. */
  readonly padding: number | readonly number[];
  /** With 0 unless told, the edge repeated, or the picture mirrored at its edge. */
  readonly paddingMode?: "zeros" | "edge" | "reflect";
}
/** A rectangle at random made one value (Zhong et al. 2017), with torchvision's defaults. */
export interface EraseSettings {
  readonly name: "erase";
  /** 0.5 unless told. */
  readonly p?: number;
  /** Least and largest share of the picture; 0.02 to 0.33 unless told. */
  readonly area?: readonly [number, number];
  /** Least and largest height over width; 0.3 to 3.3 unless told. */
  readonly ratio?: readonly [number, number];
  /** As the data have it, before normalising; 0 unless told. "random": normal numbers after normalising. */
  readonly value?: number | "random";
}
/** Normal numbers added to every element. */
export interface NoiseSettings {
  readonly name: "noise";
  /** Deviation as the data have it, before normalising, bytes counting as 0 to 1. */
  readonly std: number;
}

interface SettingsOf {
  readonly shift: ShiftSettings;
  readonly flip: FlipSettings;
  readonly crop: CropSettings;
  readonly erase: EraseSettings;
  readonly noise: NoiseSettings;
}
export type AugmentName = keyof SettingsOf;
export type AugmentSettings = SettingsOf[AugmentName];
/** One after another; for networks of several inputs by the input's name. */
export type Augment = readonly AugmentSettings[] | Readonly<Record<string, readonly AugmentSettings[]>>;

interface Place {
  /** Of one sample, channels first. */
  readonly shape: Shape;
  readonly normalise: Normalise;
  readonly seed: number;
}

const settingsOf: { readonly [N in AugmentName]: readonly Exclude<keyof SettingsOf[N], "name">[] } = {
  shift: ["by", "fill"],
  flip: ["direction", "p"],
  crop: ["padding", "paddingMode"],
  erase: ["p", "area", "ratio", "value"],
  noise: ["std"],
};

const augmenters: {
  readonly [N in AugmentName]: {
    readonly emit: (emit: Emit, x: Value, settings: SettingsOf[N], place: Place) => Value;
    /** Refuses settings, or samples of that shape. */
    readonly check: (settings: SettingsOf[N], shape: Shape) => void;
  };
} = {
  shift: {
    emit: (emit, x, { by, fill = "zero" }, place) =>
      moved(emit, x, place.shape, perAxis(by, place.shape), cells(emit, x, place), blank(fill, place)),
    check: ({ by, fill = "zero" }, shape) => {
      checkSpace("shift", shape);
      checkAmounts("shift", "by", by, shape, () => true);
      checkWord("shift", "fill", fill, ["zero", "edge"]);
    },
  },
  flip: {
    emit: (emit, x, { direction = "horizontal", p = 0.5 }, place) =>
      flipped(emit, x, place.shape, place.shape.length - (direction === "horizontal" ? 1 : 2), {
        p,
        drawn: drawnCells(emit, x, 1, place.seed),
      }),
    check: ({ direction = "horizontal", p = 0.5 }, shape) => {
      checkSpace("flip", shape, direction === "vertical" ? 2 : 1);
      checkWord("flip", "direction", direction, ["horizontal", "vertical"]);
      checkShare("flip", { p });
    },
  },
  crop: {
    emit: (emit, x, { padding, paddingMode = "zeros" }, place) => {
      const fill = paddingMode === "zeros" ? "zero" : paddingMode;
      return moved(emit, x, place.shape, perAxis(padding, place.shape), cells(emit, x, place), blank(fill, place));
    },
    check: ({ padding, paddingMode = "zeros" }, shape) => {
      checkSpace("crop", shape);
      checkWord("crop", "paddingMode", paddingMode, ["zeros", "edge", "reflect"]);
      // Mirrored at its edge, a picture has no more than its other pixels to show.
      checkAmounts("crop", "padding", padding, shape, (amount, size) => paddingMode !== "reflect" || amount < size);
    },
  },
  erase: {
    emit: (emit, x, settings, { shape, normalise, seed }) => erased(emit, x, shape, { settings, normalise, seed }),
    check: ({ p = 0.5, area = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 }, shape) => {
      if (shape.length !== 3) {
        refuse("erase", "samples must be pictures of channels, height and width", show(shape), "leave it out");
      }
      checkShare("erase", { p });
      checkRange("erase", "area", area, 1);
      checkRange("erase", "ratio", ratio, Number.MAX_VALUE);
      if (value !== "random" && !Number.isFinite(value)) {
        refuse("erase", 'value must be a number or "random"', value, "give another");
      }
    },
  },
  noise: {
    emit: (emit, x, { std }, { normalise, seed }) =>
      emit.op("Add", [
        x,
        emit.op("RandomNormalLike", [x], { seed: { float: seed }, scale: { float: std / normalise.deviation } }),
      ]),
    check: ({ std }) => {
      if (!(std > 0 && Number.isFinite(std))) refuse("noise", "std must be above 0", std, "give another");
    },
  },
};

/** `samples` [batch, ...shape], normalised, changed by one after another; the seed decides what is drawn. */
export const augmented = (
  emit: Emit,
  samples: Value,
  settings: readonly AugmentSettings[],
  { shape, normalise, seed }: Place,
): Value =>
  settings.reduce((x, one, i) => {
    // 24 bits: ONNX keeps seeds as float32.
    const own = deriveSeed("augment", seed, i, one.name) >>> 8;
    return augmenters[one.name].emit(emit, x, one as never, { shape, normalise, seed: own });
  }, samples);

/** What is done to each input, in their order; refuses what cannot be done to it. */
export function augmentOf(
  inputs: readonly { readonly name: string; readonly shape: Shape }[],
  sources: readonly Pick<Source, "type">[],
  augment: Augment = [],
): (readonly AugmentSettings[])[] {
  if (isList(augment) && augment.length > 0 && inputs.length > 1) {
    refuse("augment", `there are ${inputs.length} inputs`, "one list", `give { ${inputs[0]!.name}: [...] }`);
  }
  const known = inputs.map(({ name }) => name);
  if (typeof augment !== "object" || augment === null || "name" in augment) {
    refuse("augment", "it must be a list", got(augment), 'give e.g. [{ name: "flip" }]');
  }
  const byName = isList(augment) ? { [known[0]!]: augment } : augment;
  const unknown = Object.keys(byName).find(name => !known.includes(name));
  if (unknown !== undefined) refuse("augment", "there is no such input", unknown, `known are ${known.join(", ")}`);
  return inputs.map(({ name, shape }, i) => {
    const list = byName[name] ?? [];
    if (list.length > 0 && sources[i]!.type === "int32") {
      refuse("augment", `whole numbers of ${name} stand for what they are`, list[0]!.name, "leave it out");
    }
    for (const one of list) checkAugment(one, shape);
    return list;
  });
}

const isList = (augment: Augment): augment is readonly AugmentSettings[] => Array.isArray(augment);

/** Refuses an augmentation that cannot be. */
function checkAugment(settings: AugmentSettings, shape: Shape): void {
  const name = (settings as { readonly name?: string } | null)?.name;
  if (name === undefined || !Object.hasOwn(augmenters, name)) {
    const choose = `choose ${anyOf(Object.keys(augmenters))}`;
    refuse("augment", "there is no such augmentation", name ?? JSON.stringify(settings), choose);
  }
  const { name: _, ...rest } = settings;
  checkKnown(settings.name, rest, settingsOf[settings.name]);
  augmenters[settings.name].check(settings as never, shape);
}

/** A number for every axis behind the channels, drawn for every sample. */
const cells = (emit: Emit, x: Value, { shape, seed }: Place): Value => drawnCells(emit, x, shape.length - 1, seed);

const perAxis = (amount: number | readonly number[], shape: Shape): readonly number[] =>
  typeof amount === "number" ? shape.slice(1).map(() => amount) : amount;

/** What the data's 0 is to the network. */
const blank = (fill: "zero" | "edge" | "reflect", { normalise }: Place): Fill =>
  fill === "zero" ? { value: (0 - normalise.mean) / normalise.deviation } : fill;

function refuse(name: string, wrong: string, given: unknown, mend: string): never {
  throw new TrainError(`${name}: ${wrong}, got ${given}; ${mend}`);
}

function checkSpace(name: string, shape: Shape, axes = 1): void {
  if (shape.length > axes) return;
  const wanted = axes === 1 ? "an axis behind the channels" : "height and width behind the channels";
  refuse(name, `samples must have ${wanted}`, show(shape), "leave it out, or give the network the samples' true shape");
}

function checkAmounts(
  name: string,
  field: string,
  asked: number | readonly number[],
  shape: Shape,
  fits: (amount: number, size: number) => boolean,
): void {
  const amounts = typeof asked === "object" ? asked : shape.slice(1).map(() => asked);
  const bad = amounts.length !== shape.length - 1 || !amounts.every(n => Number.isSafeInteger(n) && n >= 0);
  const given = typeof asked === "object" ? show(asked) : (asked ?? "none");
  if (bad || product(amounts.map(amount => amount + 1)) === 1) {
    refuse(
      name,
      `${field} must be a whole number of at least 1, or ${shape.length - 1} for the axes of ${show(shape)}`,
      given,
      "give others",
    );
  }
  if (!amounts.every((amount, i) => fits(amount, shape[i + 1]!))) {
    refuse(name, `${field} must be smaller than the sizes of ${show(shape)} to reflect`, given, "give less");
  }
}

function checkWord(name: string, field: string, word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  refuse(name, `there is no such ${field}`, word, `choose ${anyOf(known)}`);
}

function checkShare(name: string, fields: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(fields)) {
    if (!(value > 0 && value <= 1)) refuse(name, `${field} must be above 0 and at most 1`, value, "give another");
  }
}

function checkRange(name: string, field: string, [low, high]: readonly [number, number], most: number): void {
  if (low > 0 && low <= high && high <= most) return;
  const bound = most === 1 ? " and at most 1" : "";
  refuse(name, `${field} must be two numbers above 0${bound}, the smaller first`, `[${low}, ${high}]`, "give others");
}
