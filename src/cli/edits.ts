/** Edits as the command line spells them. */
import type { Change, Operation, Replacement } from "../surgery/index.js";
import { UsageError } from "./failure.js";

/** An option of `netpick edit` and its text, in the order in which they were written. */
export type Asked = readonly [option: string, text: string];

type Edit = (operation: Operation, text: string) => Operation;

const edits: Readonly<Record<string, Edit>> = {
  resize: (operation, text) => operation.resize(Object.fromEntries(text.split(",").map(changeOf))),
  remove: (operation, text) => text.split(",").reduce((one, name) => one.remove(name), operation),
  insert: (operation, text) => {
    const [after, name, layer] = parts(text, 3, "insert: a layer is AFTER=NAME=OP:SETTING=VALUE,...");
    const { op, attrs } = layerOf(layer!);
    return operation.insert(after!, { name: name!, op, attrs });
  },
  replace: (operation, text) => {
    const [name, layers] = parts(
      text,
      2,
      "replace: a layer is LAYER=OP:SETTING=VALUE,..., several with + between them",
    );
    return operation.replace(name!, layers!.split("+").map(layerOf));
  },
  kernel: (operation, text) => {
    const [name, told] = parts(text, 2, "kernel: a size is LAYER=5, LAYER=3/5 or LAYER=5:padding=0");
    const [size, ...rest] = told!.split(":");
    return operation.kernel(name!, settingOf(size!) as number, settingsOf(rest.join(":")));
  },
  fit: (operation, text) => {
    const [of, told] = parts(text, 2, "fit: a size is TENSOR=28/28, or TENSOR=OTHER for that of another") as [
      string,
      string,
    ];
    const sizes = settingOf(told);
    const size = typeof sizes === "number" ? [sizes] : (sizes as string | number[]);
    return operation.fitSpatial({ of, size });
  },
  classes: (operation, text) => {
    const [list, output] = text.split("=").reverse();
    return operation.classes(list!.split(",").map(Number), output === undefined ? {} : { output });
  },
  widen: (operation, text) => operation.widen(Object.fromEntries(text.split(",").map(changeOf))),
  deepen: (operation, text) => {
    const [after, layer] = text.includes("=")
      ? parts(text, 2, "deepen: a layer is LAYER or LAYER=OP:SETTING=VALUE,...")
      : [text];
    return operation.deepen(after!, layer === undefined ? {} : layerOf(layer));
  },
  grow: (operation, text) => operation.grow(settingsOf(text)),
  connect: (operation, text) => {
    const [from, to, at] = edge(text, "connect");
    return operation.connect(from, to, at === undefined ? {} : { at });
  },
  disconnect: (operation, text) => {
    const [from, to, nr] = edge(text, "disconnect");
    return operation.disconnect(from, to, nr === undefined ? {} : { nr });
  },
};

/** All edits, one after another. */
export const allEdits = (operation: Operation, asked: readonly Asked[]): Operation =>
  asked.reduce((one, [option, text]) => edits[option]!(one, text), operation);

/** `conv1=-3`, `conv2=+8`: channels fewer or more; `conv3=16`: so many. */
function changeOf(text: string): [string, Change] {
  const found = /^(.+)=([+-]?)(\d+)$/.exec(text);
  if (!found) throw new UsageError(`edit: a change is LAYER=-3, LAYER=+8 or LAYER=16, got ${text}; write it so`);
  const [, name, sign, digits] = found as unknown as [string, string, string, string];
  const count = Number(digits);
  return [name, sign === "" ? { to: count } : { by: sign === "-" ? -count : count }];
}

/** What stands between the first `=` signs; the last part may have more of them. */
function parts(text: string, count: number, form: string): string[] {
  const all = text.split("=");
  const made = [...all.slice(0, count - 1), all.slice(count - 1).join("=")];
  if (all.length >= count && made.every(part => part !== "")) return made;
  throw new UsageError(`${form}, got ${text}; write it so`);
}

function edge(text: string, verb: string): [string, string, number | undefined] {
  const found = /^([^=]+)=(.+?)(?:@(\d+))?$/.exec(text);
  if (!found) throw new UsageError(`${verb}: an edge is FROM=TO or FROM=TO@1, got ${text}; write it so`);
  return [found[1]!, found[2]!, found[3] === undefined ? undefined : Number(found[3])];
}

/** `conv2d:outChannels=8,kernelSize=3/5,padding=same` */
function layerOf(text: string): Required<Omit<Replacement, "name">> {
  const [op, ...rest] = text.split(":");
  return { op: op!, attrs: settingsOf(rest.join(":")) };
}

const settingsOf = (text: string): Record<string, unknown> =>
  Object.fromEntries(
    text
      .split(",")
      .filter(part => part !== "")
      .map(part => {
        const [key, ...value] = part.split("=");
        return [key!, value.length === 0 ? true : settingOf(value.join("="))];
      }),
  );

/** A number, numbers with / between, true, false, or a word. */
function settingOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  const numbers = text.split("/").map(one => (one.trim() === "" ? Number.NaN : Number(one)));
  if (numbers.some(Number.isNaN)) return text;
  return numbers.length === 1 ? numbers[0] : numbers;
}
