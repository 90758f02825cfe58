/** Sizes that changed, in as many lines as a person reads. */
import { product, type Shape } from "../shape/index.js";
import { many } from "../text/figures.js";

export type Changes = Readonly<Record<string, readonly [before: Shape | undefined, after: Shape | undefined]>>;

/** More lines than these are summed up by module. */
const most = 24;

/**
 * A line for every change; where these are many, one for every module of layers that learn, and how many others follow
 * them.
 */
export function sizeLines(changes: Changes, learns: (layer: string) => boolean): string[] {
  const all = Object.entries(changes).map(([name, [before, after]]) => ({ name, before, after }));
  if (all.length <= most) return all.map(lineOf);
  const both = all.filter(isResized);
  const own = both.filter(({ name }) => learns(name));
  const shown = own.length > 0 ? own : both;
  const rest = both.length - shown.length;
  return [
    ...shortened(all.filter(one => !isResized(one)).map(lineOf)),
    ...shortened([...modulesOf(shown)].map(([module, layers]) => summed(module, layers))),
    ...(rest > 0 ? [`and ${many(rest, "layer")} without weights`] : []),
  ];
}

interface Changed {
  readonly name: string;
  readonly before: Shape | undefined;
  readonly after: Shape | undefined;
}
interface Resized extends Changed {
  readonly before: Shape;
  readonly after: Shape;
}
const isResized = (one: Changed): one is Resized => one.before !== undefined && one.after !== undefined;

function lineOf({ name, before, after }: Changed): string {
  const shape = (one: Shape | undefined): string => (one ? `[${one.join(", ")}]` : "none");
  return `${name}: ${shape(before)} to ${shape(after)}`;
}

const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];

/** Layers by their module: of `layer1.0.conv1` as much of the name as leaves few enough. */
function modulesOf(layers: readonly Resized[]): ReadonlyMap<string, readonly Resized[]> {
  const deepest = Math.max(...layers.map(({ name }) => name.split(".").length));
  for (let depth = deepest; ; depth--) {
    const modules = new Map<string, Resized[]>();
    for (const layer of layers) {
      const module = layer.name.split(".").slice(0, depth).join(".");
      modules.set(module, [...(modules.get(module) ?? []), layer]);
    }
    if (modules.size <= most || depth === 1) return modules;
  }
}

function summed(module: string, layers: readonly Resized[]): string {
  const [only] = layers as [Resized];
  if (layers.length === 1) return lineOf(only);
  const shares = layers.map(({ before, after }) => Math.round((100 * product(after)) / product(before)));
  const [least, largest] = [Math.min(...shares), Math.max(...shares)];
  const range = least === largest ? `${least} %` : `${least} to ${largest} %`;
  return `${module}: ${layers.length} layers to ${range} of their sizes`;
}
