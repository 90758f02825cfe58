/** The program of a layer list, call by call, on the shapes that its layers give. */
import type { Graph } from "../graph/index.js";
import { type Assembler, assemble } from "../op/index.js";
import { product, type Shape, show } from "../shape/index.js";
import type { LayerList, ListedStep } from "./layer-list.js";
import { attempt, LayerListError } from "./layer-list-error.js";
import { addModule, type Module, readModule } from "./layer-list-module.js";

export function readProgram(list: LayerList): Graph {
  const modules = list.layers.map((layer, i) => readModule(layer, i, list.name));
  return list.program === undefined ? inOrder(list, modules) : asCalled(list, modules, list.program);
}

/** Layers one after another, seen first as the first one needs it, and flat where one reads vectors. */
function inOrder(list: LayerList, modules: readonly Module[]): Graph {
  const a = assemble(list.name);
  const seen = ownShape(list, modules);
  let x = view(a, a.input("x", [product(seen)]), seen, list.name);
  modules.forEach((module, i) => {
    // Linear layers and the last one read vectors.
    const axes = module.axes ?? (i === modules.length - 1 ? 1 : undefined);
    if (axes === 1 && a.shape(x).length > 1) x = flatten(a, x);
    x = addModule(a, x, module, `f${i}`, list.name);
  });
  return a.finish(x);
}

function asCalled(list: LayerList, modules: readonly Module[], program: readonly ListedStep[]): Graph {
  const a = assemble(list.name);
  let x = a.input("x", [inputElements(list, modules, program)]);
  const find = finder(list, modules);
  const called = new Map<Module, string>();
  for (const step of program) {
    if (step[0] === "view") x = view(a, x, viewShape(list, modules, step[1], a.shape(x)), list.name);
    else if (step[0] === "flatten") x = flatten(a, x);
    else {
      const module = find(step[1]);
      x = addModule(a, x, module, step[1], list.name, called.get(module));
      if (!called.has(module)) called.set(module, x);
    }
  }
  const idle = modules.findIndex(module => !called.has(module));
  if (idle >= 0) {
    throw new LayerListError(
      `${list.name}: the program never calls layer ${idle}, got ${modules[idle]!.title}; call it or leave it out`,
    );
  }
  return a.finish(x);
}

/** `fN` is entry N of the layers; other names stand for the entries in the order in which they first appear. */
function finder({ name, layers }: LayerList, modules: readonly Module[]): (called: string) => Module {
  const order: string[] = [];
  return called => {
    const number = /^f(\d+)$/.exec(called)?.[1];
    if (number === undefined && !order.includes(called)) order.push(called);
    const i = number === undefined ? order.indexOf(called) : Number(number);
    const module = modules[i];
    if (module) return module;
    throw new LayerListError(
      `${name}: the program calls a layer that does not exist, got ${called}; there are ${layers.length}, f0 to f${layers.length - 1}`,
    );
  };
}

/** Elements of a sample: what the first view spells out. */
function inputElements(list: LayerList, modules: readonly Module[], program: readonly ListedStep[]): number {
  const [first] = program;
  if (first?.[0] === "view") {
    const sizes = first[1].map(Number);
    if (sizes.every(size => Number.isSafeInteger(size) && size > 0)) return product(sizes);
  }
  return product(ownShape(list, modules));
}

/** Samples of the study: images of 28 x 28. */
const pixels = 784;
/** Shapes in which the study's convolutions see them. */
const publishedViews: readonly Shape[] = [
  [16, 49],
  [1, 28, 28],
  [1, 16, 7, 7],
];

/** The shape that a network calls its own: as stated, or as its first layer needs it. */
function ownShape({ name, in_shape }: LayerList, [first]: readonly Module[]): Shape {
  if (in_shape) return in_shape;
  const { axes, inputs, title } = first!;
  if (axes === 1) return [inputs ?? pixels];
  const known = publishedViews.find(shape => shape.length === axes && (inputs === undefined || shape[0] === inputs));
  if (known) return known;
  if (axes === 2 && inputs !== undefined && pixels % inputs === 0) return [inputs, pixels / inputs];
  throw new LayerListError(
    `${name}: the shape of its input is not told by layer 0, got ${title}; begin the program with a view, or state in_shape`,
  );
}

function viewShape(
  list: LayerList,
  modules: readonly Module[],
  sizes: readonly (string | number)[],
  now: Shape,
): Shape {
  if (sizes.length === 1 && sizes[0] === "*self.in_shape") return ownShape(list, modules);
  const shape = sizes.map(size => (size === "" ? Number.NaN : Number(size)));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = product(now) / shape.reduce((total, size, i) => (i === open ? total : total * size), 1);
  if (shape.every(size => Number.isSafeInteger(size) && size > 0)) return shape;
  throw new LayerListError(
    `${list.name}: a view must list whole numbers from 1, at most one of them -1, got [${sizes.join(", ")}] on ${show(now)}; correct it`,
  );
}

const view = (a: Assembler, x: string, shape: Shape, network: string): string =>
  attempt(network, "a view", () => a.node("reshape", [x], { shape }));

const flatten = (a: Assembler, x: string): string => a.node("flatten", [x]);
