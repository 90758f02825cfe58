/** The attributes of a node by name. */

import { rounded } from "../../op/index.js";
import type { Attribute, OnnxNode, OnnxTensor } from "./schema.js";
import { constantOf, type Known } from "./tensors.js";

export interface NodeAttributes {
  int(name: string, fallback: number): number;
  ints(name: string): readonly number[] | undefined;
  float(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  texts(name: string): readonly string[];
  tensor(name: string): Known | undefined;
  /** What a Constant holds. */
  constant(): Known[] | undefined;
}

const decoder = new TextDecoder();

export function attributesOf({ attribute = [] }: OnnxNode): NodeAttributes {
  const find = (name: string): Attribute | undefined => attribute.find(one => one.name === name);
  const tensor = (name: string): Known | undefined => {
    const found: OnnxTensor | undefined = find(name)?.t;
    return found && constantOf(found);
  };
  return {
    int: (name, fallback) => {
      const found = find(name);
      return found ? (found.i ?? 0) : fallback;
    },
    ints: name => {
      const found = find(name);
      return found && (found.ints ?? []);
    },
    float: (name, fallback) => {
      const found = find(name);
      return found ? rounded(found.f ?? 0) : fallback;
    },
    text: (name, fallback) => {
      const found = find(name)?.s;
      return found ? decoder.decode(found) : fallback;
    },
    texts: name => (find(name)?.strings ?? []).map(one => decoder.decode(one)),
    tensor,
    constant: () => {
      const value = tensor("value");
      if (value) return [value];
      const [one] = attribute;
      if (one?.name === "value_int") return [{ dims: [], type: 7, data: [one.i ?? 0] }];
      if (one?.name === "value_float") return [{ dims: [], type: 1, data: [one.f ?? 0] }];
      if (one?.name === "value_ints") return [{ dims: [one.ints!.length], type: 7, data: one.ints! }];
      if (one?.name === "value_floats") return [{ dims: [one.floats!.length], type: 1, data: one.floats! }];
      return undefined;
    },
  };
}
