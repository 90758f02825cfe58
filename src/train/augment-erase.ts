/** Random erasing (Zhong et al. 2017), as torchvision draws: of ten rectangles the first that fits, else none. */
import type { Emit, Value } from "../op/index.js";
import type { Shape } from "../shape/index.js";
import type { EraseSettings } from "./augment.js";
import { along, drawnCells, placesOf } from "./augment-moves.js";
import type { Normalise } from "./recipe.js";

const int64 = 7;
const attempts = 10;

interface Place {
  readonly settings: EraseSettings;
  readonly normalise: Normalise;
  readonly seed: number;
}

/** `x` [batch, channels, height, width] with a rectangle of its own erased in each sample. */
export function erased(emit: Emit, x: Value, shape: Shape, { settings, normalise, seed }: Place): Value {
  const { p = 0.5, area = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = settings;
  const [, height, width] = shape as [number, number, number];
  const drawn = drawnCells(emit, x, 2 * attempts + 3, seed);
  const part = (from: number, count: number): Value =>
    emit.op("Slice", [drawn, emit.ints([from]), emit.ints([from + count]), emit.ints([1])]);

  const areas = scaled(emit, part(0, attempts), area[0] * height * width, area[1] * height * width);
  const ratios = emit.op("Exp", [scaled(emit, part(attempts, attempts), Math.log(ratio[0]), Math.log(ratio[1]))]);
  const heights = emit.op("Round", [emit.op("Sqrt", [emit.op("Mul", [areas, ratios])])]);
  const widths = emit.op("Round", [emit.op("Sqrt", [emit.op("Div", [areas, ratios])])]);
  const fits = emit.op(
    "Cast",
    [emit.op("And", [emit.op("Less", [heights, emit.float(height)]), emit.op("Less", [widths, emit.float(width)])])],
    { to: int64 },
  );
  const first = emit.op("ArgMax", [fits], { axis: 1, keepdims: 1 });
  const chosen = (sizes: Value): Value => emit.op("GatherElements", [sizes, first], { axis: 1 });
  const rows = band(emit, chosen(heights), part(2 * attempts, 1), height);
  const columns = band(emit, chosen(widths), part(2 * attempts + 1, 1), width);

  const asked = emit.op("LessOrEqual", [part(2 * attempts + 2, 1), emit.float(p)]);
  const any = emit.op("Equal", [emit.op("GatherElements", [fits, first], { axis: 1 }), emit.ints(1)]);
  const here = emit.op("And", [asked, any]);
  const inside = emit.op("And", [along(emit, emit.op("And", [rows, here]), shape, 0), along(emit, columns, shape, 1)]);
  const filling =
    value === "random"
      ? emit.op("RandomNormalLike", [x], { seed: { float: seed ^ 1 } })
      : emit.float((value - normalise.mean) / normalise.deviation);
  return emit.op("Where", [inside, filling, x]);
}

/** Numbers from 0 to 1 made numbers from low to high. */
const scaled = (emit: Emit, u: Value, low: number, high: number): Value =>
  emit.op("Add", [emit.op("Mul", [u, emit.float(high - low)]), emit.float(low)]);

/** Which of `size` places lie in a stretch of `length` [batch, 1] that begins where `u` [batch, 1] decides: [batch, size]. */
function band(emit: Emit, length: Value, u: Value, size: number): Value {
  const free = emit.op("Sub", [emit.float(size), length]);
  const begin = emit.op("Min", [emit.op("Floor", [emit.op("Mul", [u, emit.op("Add", [free, emit.float(1)])])]), free]);
  const end = emit.op("Add", [begin, length]);
  const places = emit.op("Cast", [placesOf(emit, size)], { to: 1 });
  return emit.op("And", [emit.op("GreaterOrEqual", [places, begin]), emit.op("Less", [places, end])]);
}
