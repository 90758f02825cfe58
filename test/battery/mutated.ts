/** Mutations of source text: what a hostile or broken file may look like. */
import type { Random } from "../../src/random.js";

const pieces = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ":",
  ",",
  ".",
  "=",
  "*",
  "**",
  "-",
  "/",
  "//",
  "%",
  "\n",
  "    ",
  "\t",
  "\\",
  '"',
  "'",
  '"""',
  "#",
  "\0",
  "é",
  "🙂",
  "self",
  "x",
  "0",
  "-1",
  "1e308",
  "10**10**10",
  "999999999999",
  "None",
  "True",
  "lambda: x",
  "while True:\n  pass\n",
  "for i in range(10**9): x\n",
  "[0] * 10**9",
  "'a' * 10**9",
  "x = x + x\n",
  "self(x)",
  "self.forward(x)",
  "nn.Sequential(",
  "nn.Linear(10**9, 10**9)",
  "nn.ModuleList([self])",
  "x.view(x.shape[0], -1)",
  "x.chunk(10**9, 1)",
  "torch.cat([x] * 1000, 1)",
  "F.pad(x, (10**9, 10**9))",
  "super().__init__()",
  "return",
  "yield x",
  "class A(A):\n  pass\n",
  "def f(f=f): return f(f)\n",
  'f"{x}"',
  "import ",
  "from torch import *\n",
  "del x",
  "not ",
  " if ",
  " else ",
  " in ",
  " is ",
  "x[::0]",
  "x[:, ::-1]",
  "(".repeat(300),
  "-".repeat(1000),
  "x.".repeat(500),
  "[".repeat(5000),
];

/** The text with one to five places changed: cut, doubled, exchanged, or a piece put in. */
export function mutated(random: Random, text: string): string {
  let result = text;
  for (let i = random.int(1, 5); i > 0; i--) {
    const at = random.int(0, result.length);
    const end = Math.min(result.length, at + random.int(0, random.pick([1, 5, 40, 400])));
    const part = result.slice(at, end);
    const put = random.pick([
      () => "",
      () => part + part,
      () => random.pick(pieces),
      () => random.pick(pieces) + part,
      () => result.slice(end, end + 30) + part,
    ]);
    result = result.slice(0, at) + put() + result.slice(end);
  }
  return result;
}
