/**
 * Layer lists: networks as the Netpicking study published them, PyTorch's modules with their arguments and the order of
 * the calls in `forward`. Modules are found among the ops by their names, arguments among the attributes by theirs.
 */
import * as z from "zod";
import type { Graph } from "../graph/index.js";
import { LayerListError } from "./layer-list-error.js";
import { readProgram } from "./layer-list-program.js";

export { LayerListError };

/** Figures as the file states them. */
export interface PublishedFigures {
  readonly params?: number;
  readonly memoryElements?: number;
  readonly autogradOps?: number;
  readonly macs?: number;
}

export interface ListedNetwork {
  readonly name: string;
  /** The class of the network, e.g. `Conv2d`; empty where the file tells none. */
  readonly group: string;
  /** As the file spells it, e.g. `ReLU`; `None` where it tells none. */
  readonly activation: string;
  readonly graph: Graph;
  readonly published: PublishedFigures;
}

const argument = z.union([z.number(), z.boolean(), z.string(), z.null(), z.array(z.number())]);
const layerSchema = z.union([z.tuple([z.string()]), z.tuple([z.string(), z.record(z.string(), argument)])]);
const size = z.union([z.int(), z.string()]);
const stepSchema = z.union([
  z.tuple([z.literal("view"), z.array(size).min(1)]),
  z.tuple([z.literal("layer"), z.string()]),
  z.tuple([z.literal("flatten")]),
]);
const count = z.int().nonnegative().exactOptional();
const networkSchema = z.object({
  name: z.string().min(1),
  group: z.string().default(""),
  activation: z.string().nullable().default("None"),
  params: count,
  memoryElements: count,
  autogradOps: count,
  macs: count,
  in_shape: z.array(z.int().positive()).min(1).exactOptional(),
  layers: z.array(layerSchema).min(1),
  program: z.array(stepSchema).exactOptional(),
});

/** One layer: PyTorch's name of the module, and its arguments. */
export type ListedLayer = z.infer<typeof layerSchema>;
export type ListedStep = z.infer<typeof stepSchema>;
/** A network as it stands in the file. */
export type LayerList = z.infer<typeof networkSchema>;

/** Every network of a file `{ "networks": [...] }`. */
export function readLayerLists(file: unknown): ListedNetwork[] {
  const networks = (file as { networks?: unknown } | null)?.networks;
  if (!Array.isArray(networks)) {
    throw new LayerListError(`layer list: networks must be a list, got ${short(networks)}; give { "networks": [...] }`);
  }
  return networks.map((one, i) => {
    const list = readFields(one, i);
    const { name, group, activation, params, memoryElements, autogradOps, macs } = list;
    const published = Object.fromEntries(
      Object.entries({ params, memoryElements, autogradOps, macs }).filter(([, value]) => value !== undefined),
    );
    return { name, group, activation: activation ?? "None", graph: readProgram(list), published };
  });
}

/** The graph of one network of such a file. */
export const layerListToGraph = (network: unknown): Graph => readProgram(readFields(network, 0));

function readFields(network: unknown, i: number): LayerList {
  const parsed = networkSchema.safeParse(network);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const given = (network as { name?: unknown } | null)?.name;
  const title = typeof given === "string" && given !== "" ? given : `network ${i}`;
  const place = issue!.path.length === 0 ? "it" : issue!.path.join(".");
  const value = issue!.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], network);
  throw new LayerListError(`${title}: ${place} is not as in a layer list, got ${short(value)}; ${mend(issue!.path)}`);
}

const forms: Readonly<Record<string, string>> = {
  layers: 'give e.g. ["Linear", { "out_features": 10 }]',
  program: 'give ["view", ["1", "28", "28"]], ["layer", "f0"] or ["flatten"]',
  in_shape: "give e.g. [1, 28, 28]",
};
const mend = ([field]: readonly PropertyKey[]): string => forms[String(field)] ?? "correct it";

const short = (value: unknown): string => {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
