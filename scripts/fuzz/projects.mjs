// A project of several Python files as one text, which is mutated as a whole, and read from the disk as its user would.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FileError } from "../../dist/cli/failure.js";
import { readNetworks } from "../../dist/cli/read-networks.js";
import { mutatedText, pythonPieces } from "./mutate.mjs";

/** The first imports the others. */
const files = ["model.py", "blocks.py", "parts/__init__.py", "parts/ops.py", "parts/shapes.py"];
const between = "\n#----------------\n";
const folder = join(tmpdir(), `netpick-fuzz-${process.pid}-project`);
const place = name => join(folder, name);

const imports = [
  "from . import *\n",
  "from .. import parts\n",
  "from ................ import ops\n",
  "import parts.ops\n",
  "import parts.parts.parts as ops\n",
  "from blocks import Block as Net\n",
  "from model import *\n",
  "from .shapes import halved as conv\n",
  "__all__ = ['Head', 'Net', 3]\n",
  "ops.ops.",
  "parts.",
  between,
];

/** The text of each file; what is cut into too many is as if it were not there. */
function written(input) {
  const texts = input.split(between);
  for (const [i, name] of files.entries()) {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), texts[i] ?? "");
  }
  return place(files[0]);
}

const linesOf = path => readFileSync(path, "utf8").split("\n").length;

export const projects = {
  ending: ".py",
  seeds: () => [files.map(name => readFileSync(new URL(`project/${name}`, import.meta.url), "utf8")).join(between)],
  mutate: (random, text) => mutatedText(random, text, [...pythonPieces, ...imports]),
  read: input => readNetworks(written(input)),
  refuses: (error, _) => {
    const { line, column, in: other } = error.place;
    const file = other ?? place(files[0]);
    return (
      error instanceof FileError &&
      files.map(place).includes(file) &&
      line <= linesOf(file) &&
      column >= 1 &&
      error.message.startsWith(`${file}:${line}:${column}: `)
    );
  },
};
