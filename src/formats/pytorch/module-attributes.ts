/** What every module has. */
import type { Core } from "./core.js";
import { modulesIn } from "./native-classes.js";
import { undecided } from "./operators.js";
import { training } from "./other-functions.js";
import { isParameter } from "./parameters.js";
import { type Args, describe, type Instance, isModule, listOf, own, special, tupleOf, type Value } from "./values.js";

export function moduleAttribute(self: Instance, name: string, core: Core): Value | undefined {
  if (name === "training") return training;
  if (name === "__class__") return self.of;
  if (name === "__call__" || name === "forward") {
    return { kind: "builtin", name, call: (args, at) => core.call(self, args, at) };
  }
  const work = own(methods, name);
  return work && { kind: "builtin", name, call: (args, at) => work(self, args, core, at) };
}

const children = (self: Instance) =>
  [...self.attributes].filter((entry): entry is [string, Instance] => isModule(entry[1]) && !isParameter(entry[1]));
/** Modules inside a module, itself first, without the parameters. */
const inside = (self: Instance) => modulesIn(self).filter(([, one]) => !isParameter(one));
const same = (self: Instance): Value => self;

const methods: Readonly<Record<string, (self: Instance, args: Args, core: Core, at: number) => Value>> = {
  add_module: (self, { positional: [name, module = null] }) => register(self, String(name), module),
  register_module: (self, { positional: [name, module = null] }) => register(self, String(name), module),
  register_buffer: (self, { positional: [name] }) => {
    self.attributes.set(String(name), special("opaque", "a buffer"));
    return null;
  },
  register_parameter: (self, { positional: [name, value = null] }) => {
    self.attributes.set(String(name), value);
    return null;
  },
  modules: self => listOf(inside(self).map(([, module]) => module)),
  named_modules: self => listOf(inside(self).map(entry => tupleOf(entry))),
  children: self => listOf(children(self).map(([, module]) => module)),
  named_children: self => listOf(children(self).map(entry => tupleOf(entry))),
  // Weights have no values while a file is read.
  parameters: () => listOf([]),
  named_parameters: () => listOf([]),
  apply: same,
  train: same,
  eval: same,
  to: same,
  cuda: same,
  cpu: same,
  float: same,
  half: same,
  double: same,
  requires_grad_: same,
  get_submodule: (self, { positional: [path] }, core, at) =>
    String(path)
      .split(".")
      .reduce<Value>((module, name) => core.attribute(module, name, at), self),
  extra_repr: () => "",
  __getitem__: (self, { positional: [index = null] }) =>
    undecided(
      `python: this has no items, got ${describe(self)}[${describe(index)}]; use nn.Sequential or nn.ModuleList`,
    ),
};

function register(self: Instance, name: string, module: Value): Value {
  if (!isModule(module) && module !== null)
    undecided(`add_module: a module is needed, got ${describe(module)}; give a layer`);
  self.attributes.set(name, module);
  return null;
}
