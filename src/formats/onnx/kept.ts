/** Nodes that no op is, kept as they stand in the file where it is known what they give: they run, and that is all. */
import { ArgumentError, type Constant, elementType, type ForeignAttribute, type TypedNumbers } from "../../op/index.js";
import { type OpaqueInput, opaque } from "../../ops/index.js";
import { product } from "../../shape/index.js";
import { attributesOf } from "./attributes.js";
import { integers } from "./fold.js";
import { hasRule, type Inferred, inferred, isPointwise } from "./infer.js";
import { alone, type Cells, isAlone, isBatch, onnxDims, openBatch, sampleShape } from "./layout.js";
import type { NodeSite } from "./rules.js";
import { type Attribute, attributeType, elementNameOf, type OnnxNode } from "./schema.js";
import { constantOf, type Known } from "./tensors.js";
import type { Computed, OnnxValue } from "./values.js";
import { meansTheSame, written } from "./versions.js";
import { views } from "./views.js";

export interface KeptSite extends Omit<NodeSite, "opset" | "producer"> {
  /** Version of the standard operators, or of another domain's. */
  readonly version: (domain: string) => number | undefined;
  /** What the file says of a value: sizes, with `openBatch` for the batch. */
  readonly told: (name: string) => Inferred | undefined;
  readonly unbatched: boolean;
}

/** Operators that draw random numbers: each run gives others. */
const drawing = new Set(
  "Bernoulli Dropout Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike".split(" "),
);
/** Numbers that may stand in a node; more are no setting but weights. */
const mostNumbers = 65_536;
const textDecoder = new TextDecoder();

const refuse = (why: string): never => {
  throw new ArgumentError(why);
};

/** The values of the node's outputs; refuses in an ArgumentError what cannot be kept. */
export function keptNode(site: KeptSite): readonly (OnnxValue | undefined)[] {
  const { making, unbatched, wish } = site;
  const domain = site.node.domain === "ai.onnx" ? "" : (site.node.domain ?? "");
  if (domain === "" && drawing.has(site.node.opType)) refuse("it draws random numbers");
  const told =
    site.node.version ?? site.version(domain) ?? refuse(`the file names no version of the operators of ${domain}`);
  const { node, version, axes } = domain === "" ? renewed(site.node, told) : { node: site.node, version: told };
  const attributes = node.attribute.map(foreignAttribute);
  const given = node.input.map(name => (name === "" ? undefined : site.value(name)));
  if (axes) given[1] = { kind: "stored", known: axes };
  const weights: Record<string, Constant> = {};
  const inputs = given.map((value, place): OpaqueInput => {
    if (value?.kind === "computed") return ["tensor", nameOf(value.type), sampleShape(value.cells)];
    if (value?.kind !== "stored") return ["nothing"];
    const { known } = value;
    if (known.type !== elementType.float32 || known.data.length !== product(known.dims)) {
      return ["constant", ...constantNumbers(known)];
    }
    weights[`input${place}`] = known;
    return ["weight", known.dims];
  });
  const tensors = given.filter(value => value?.kind === "computed");
  return outputsOf({ ...site, node }, domain, version, given).map((output, i): Computed => {
    const shape = sampleShape(output.cells);
    const attrs = {
      ...{ operator: node.opType, domain, version, attributes, inputs, outputs: node.output.length, output: i },
      ...{ type: nameOf(output.type), shape, each: unbatched },
    };
    const names = tensors.map(tensor => tensor.node);
    return {
      ...{ kind: "computed", type: output.type, cells: output.cells },
      node: making.node(opaque.name, names, attrs, i === 0 ? wish : `${wish}_${i}`, weights),
    };
  });
}

/** The node as a standard operator of the version that is written; refuses what is another operator there. */
function renewed(node: OnnxNode, version: number): { node: OnnxNode; version: number; axes?: Known } {
  if (version >= written || meansTheSame(node.opType, version, written)) return { node, version };
  // Reductions alone take their axes elsewhere.
  if (!node.opType.startsWith("Reduce")) refuse(`it means something else in version ${written}, which is written`);
  const axes = attributesOf(node).ints("axes");
  const attribute = node.attribute.filter(({ name }) => name !== "axes");
  return { node: { ...node, attribute }, version: written, ...(axes && { axes: integers(axes) }) };
}

interface Output {
  readonly cells: Cells;
  readonly type: number;
}

function outputsOf(
  { node, unbatched, told, outputs }: KeptSite,
  domain: string,
  version: number,
  given: readonly (OnnxValue | undefined)[],
): Output[] {
  const tensors = given.filter(value => value?.kind === "computed");
  const ruled = domain === "" && hasRule(node.opType);
  if (ruled && isPointwise(node.opType) && given.every(value => value?.kind !== "stored" || isScalar(value.known))) {
    const all = inferredOutputs(node, version, given, { outputs, unbatched: false });
    if (tensors.length === 1 && all) return all.map(({ type }) => ({ type, cells: tensors[0]!.cells }));
  }
  if (!unbatched && tensors.some(({ cells }) => !isAlone(cells[0]) || cells.slice(1).some(isBatch))) {
    return refuse("the batch is not alone in the first axis of what it is given");
  }
  if (domain === "" && !ruled && node.opType in views) return refuse("it tears the batch apart");
  const all = ruled
    ? inferredOutputs(node, version, given, { outputs, unbatched })
    : node.output.slice(0, outputs).map(told);
  if (!all || all.length < outputs || all.some(one => one === undefined)) {
    return refuse(ruled ? "what it gives is known only when it runs" : "the file does not say what it gives");
  }
  return (all as Inferred[]).slice(0, outputs).map(({ dims, type }) => {
    if (unbatched) return { cells: dims, type };
    const [first, ...rest] = dims;
    if (first !== openBatch || rest.some(size => size % openBatch === 0)) return refuse("it works along the batch");
    return { cells: [alone, ...rest], type };
  });
}

const isScalar = ({ dims }: Known): boolean => product(dims) === 1;

function inferredOutputs(
  node: OnnxNode,
  opset: number,
  given: readonly (OnnxValue | undefined)[],
  { outputs, unbatched }: Pick<KeptSite, "outputs" | "unbatched">,
): readonly Inferred[] | undefined {
  return inferred(node.opType, {
    inputs: given.map(value => {
      if (value?.kind === "stored") return value.known;
      return value?.kind === "computed" ? { dims: onnxDims(value.cells, openBatch), type: value.type } : undefined;
    }),
    constant: place => {
      const value = given[place];
      return value?.kind === "stored" ? Array.from(value.known.data) : undefined;
    },
    attributes: attributesOf(node),
    axis: (told, rank) => {
      const axis = told < 0 ? told + rank : told;
      if (axis < 0 || axis >= rank || (axis === 0 && !unbatched)) return refuse("it works along the batch");
      return axis;
    },
    opset,
    outputs,
  });
}

const nameOf = (type: number) => elementNameOf(type) ?? refuse(`its elements are of type ${type}`);

function constantNumbers({ dims, type, data }: Known): TypedNumbers {
  const name = nameOf(type);
  if (name === "float16" || name === "bfloat16") refuse(`it is given constants of ${name}`);
  if (data.length !== product(dims) || data.length > mostNumbers) {
    refuse(`it is given ${product(dims)} numbers of ${name}, more than ${mostNumbers}`);
  }
  const numbers = Array.from(data);
  if (numbers.some(one => one !== 0 && one % openBatch === 0)) refuse("the batch stands in sizes that it is given");
  return [name, dims, finite(numbers)];
}

/** JSON has no others. */
const finite = (numbers: readonly number[]): readonly number[] =>
  numbers.every(Number.isFinite) ? numbers : refuse("it is given numbers that are not finite");

function foreignAttribute(attribute: Attribute): ForeignAttribute {
  const { name, type, i = 0, f = 0, ints = [], floats = [], s = new Uint8Array(), strings = [], t } = attribute;
  if (type === attributeType.int) return [name, "int", i];
  if (type === attributeType.ints) return [name, "ints", ints];
  if (type === attributeType.float) return [name, "float", finite([f])[0]!];
  if (type === attributeType.floats) return [name, "floats", finite(floats)];
  if (type === attributeType.string) return [name, "string", textDecoder.decode(s)];
  if (type === attributeType.strings) return [name, "strings", strings.map(one => textDecoder.decode(one))];
  if (type === attributeType.tensor && t) return [name, "tensor", constantNumbers(constantOf(t))];
  return refuse(`its attribute ${name} is neither numbers nor text`);
}
