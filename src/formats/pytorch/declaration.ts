/** A module as an op spells it, with the arguments that say something, or with all of them by name. */
import { type Argument, bind, isFallback, type Literal, parseCall, python, type Signature } from "../../op/index.js";
import { knownCalls } from "./known-calls.js";

export function declaration(module: string, explicit: boolean): string {
  // What no op is read from has nothing to leave out, and may be no call with constants.
  const known = knownCalls(module.slice(0, module.indexOf("(")))[0];
  if (!known) return module;
  const { name, arguments: given } = parseCall(module);
  const positional = given.filter(argument => argument.name === undefined);
  const keywords = new Map(given.flatMap(one => (one.name === undefined ? [] : [[one.name, one] as const])));
  const bound = new Map<string, unknown>(bind<Argument>(known.signature, positional, keywords));
  return `${name}(${printed(known.signature, bound, explicit).join(", ")})`;
}

const isArgument = (value: unknown): value is Argument =>
  typeof value === "object" && value !== null && !Array.isArray(value) && "value" in value;

function printed({ parameters }: Signature, bound: ReadonlyMap<string, unknown>, explicit: boolean): string[] {
  const plain = new Map([...bound].map(([key, one]) => [key, isArgument(one) ? one.value : one]));
  return parameters.flatMap(parameter => {
    const { name, fallback, rest } = parameter;
    if (rest) return [];
    const argument = bound.get(name);
    const value = plain.get(name) as Literal;
    // Of those that the op does not spell some are younger than others of PyTorch's versions.
    if (explicit) return isArgument(argument) ? [`${name}=${python(value)}`] : [];
    if (isFallback(parameter, value, plain)) return [];
    const text = python(isArgument(argument) && argument.isList ? value : shortened(value));
    return [fallback === undefined ? text : `${name}=${text}`];
  });
}

/** One size for all axes. */
const shortened = (value: Literal): Literal =>
  Array.isArray(value) && value.length > 0 && value.every(one => one === value[0]) ? value[0] : value;
