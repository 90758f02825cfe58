/** Layers that lay a border around their input. */
import { bind, signature } from "../../op/index.js";
import type { Core } from "./core.js";
import { undecided } from "./operators.js";
import { otherFunctions } from "./other-functions.js";
import { describe, isList, isTensor, listOf, type Native, type Value } from "./values.js";

const modes: Readonly<Record<string, string>> = {
  Zero: "constant",
  Constant: "constant",
  Reflection: "reflect",
  Replication: "replicate",
  Circular: "circular",
};
const pattern = /^nn\.(Zero|Constant|Reflection|Replication|Circular)Pad([123])d$/;

export const isPadding = (name: string): boolean => pattern.test(name);

export function padding(name: string, core: Core): Native {
  const [, kind = "", rank = ""] = pattern.exec(name)!;
  const parameters = signature(`${name}(padding${kind === "Constant" ? ", value" : ""})`);
  return {
    init: (self, args) => {
      self.layer = { name, args, bound: bind(parameters, args.positional, args.keywords) };
    },
    call: (self, { positional: [x = null] }, at) => {
      if (!isTensor(x)) return undecided(`${name}: the input must be a tensor, got ${describe(x)}; give one`);
      const { bound } = self.layer!;
      const value = (bound.get("value") ?? 0) as Value;
      const size = bound.get("padding") as Value;
      const ends = isList(size) ? size : listOf(Array<Value>(2 * Number(rank)).fill(size));
      const pad = otherFunctions("F.pad", core)!;
      return core.call(pad, { positional: [x, ends, modes[kind]!, value], keywords: new Map() }, at);
    },
  };
}
