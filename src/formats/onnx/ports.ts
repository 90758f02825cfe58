/** Inputs and outputs of an ONNX file, and what it says of the values between: where the batch is, and which sizes are known. */
import type { ElementType } from "../../op/index.js";
import type { Shape } from "../../shape/index.js";
import type { Inferred } from "./infer.js";
import { alone, type Cell, isBatch, openBatch } from "./layout.js";
import { OnnxError } from "./read.js";
import { elementNameOf, type OnnxGraph, type ValueInfo } from "./schema.js";
import type { Making, OnnxValue } from "./values.js";
import { inputCells } from "./views.js";

export interface PortOptions {
  /** Shapes of samples by input, where the file leaves sizes open. */
  readonly inputs?: Readonly<Record<string, Shape>>;
  /** The tensors have no axis for the batch: the file's whole input is one sample. */
  readonly unbatched?: boolean;
}

const dimsOf = ({ type }: ValueInfo): (number | undefined)[] | undefined =>
  type?.tensorType?.shape?.dim.map(dim => ("dimValue" in dim && dim.dimValue > 0 ? dim.dimValue : undefined));

/** Samples of the inputs: as many as their first axes are long, where that is told. */
export function batchOf(ports: readonly ValueInfo[]): number {
  const sizes = ports.map(port => dimsOf(port)?.[0]);
  const isOpen = ports.some(port => dimsOf(port)?.includes(undefined));
  return isOpen ? openBatch : (sizes.find(size => size !== undefined) ?? openBatch);
}

export function inputValue(making: Making, port: ValueInfo, options: PortOptions): OnnxValue {
  const { name, type } = port;
  const dims = dimsOf(port);
  const told = options.inputs?.[name];
  const cells = told
    ? [alone, ...told]
    : dims && (options.unbatched ? (dims as Cell[]) : inputCells(dims, making.batch));
  if (!cells) {
    throw new OnnxError(`onnx: input ${name} must be a tensor with a shape, got none; tell its shape`);
  }
  if (elementNameOf(type.tensorType.elemType) === undefined) {
    throw new OnnxError(
      `onnx: input ${name} must be numbers, got type ${type.tensorType.elemType}; leave out what makes numbers of them`,
    );
  }
  const open = dims?.filter(dim => dim === undefined).length ?? 0;
  if (!told && (open > 1 || (options.unbatched && open > 0))) {
    const text = dims!.map(dim => dim ?? "?").join(", ");
    throw new OnnxError(
      `onnx: only the batch may be open, got [${text}] for input ${name}; tell the shape of a sample`,
    );
  }
  if (!cells.some(isBatch) && !options.unbatched) {
    throw new OnnxError(`onnx: input ${name} must have an axis for the batch, got []; give a tensor`);
  }
  return making.input(name, cells, type.tensorType.elemType);
}

/** What the file says of values: their sizes, with `openBatch` where the batch is. */
export function toldBy(
  graph: OnnxGraph,
  ports: readonly ValueInfo[],
  batch: number | undefined,
): (name: string) => Inferred | undefined {
  const infos = new Map([...(graph.valueInfo ?? []), ...graph.output].map(info => [info.name, info]));
  const batches = new Set(ports.map(port => batchNameOf(port)));
  return name => {
    const info = infos.get(name);
    const dims = info && dimsOf(info);
    if (!dims || dims.length === 0) return undefined;
    const isNamed = dims[0] === undefined && batches.has(batchNameOf(info));
    const isFirst = batch !== undefined && (isNamed || dims[0] === batch);
    const sizes = [isFirst ? openBatch : dims[0], ...dims.slice(1)];
    return sizes.includes(undefined) ? undefined : { dims: sizes as number[], type: info.type.tensorType.elemType };
  };
}

/** What the file calls the size of the first axis, if it has a name and no number. */
function batchNameOf({ type }: ValueInfo): string | undefined {
  const first = type?.tensorType?.shape?.dim[0];
  return first && "dimParam" in first ? first.dimParam : undefined;
}

/** What the file says of inputs and outputs; an input that is a constant, too, is none. */
export function portsOf({ input, initializer, output }: OnnxGraph) {
  const stored = new Set(initializer.map(({ name }) => name));
  const ports = input.filter(({ name }) => !stored.has(name));
  return {
    outputNames: output.map(({ name }) => name),
    inputTypes: ports.map(({ type }): ElementType => elementNameOf(type.tensorType.elemType) ?? "float32"),
  };
}
