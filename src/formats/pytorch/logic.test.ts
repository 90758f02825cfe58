/** `not`, `and` and `or` against what JavaScript makes of the same brackets, for all values. */
import { expect, test } from "vitest";
import "../../ops/index.js";
import { readPyTorchFile } from "./index.js";

// Bracketed by hand as Python's reference says: `not` binds before `and`, `and` before `or`.
test.each<[string, (a: boolean, b: boolean, c: boolean) => boolean]>([
  ["not a or b", (a, b) => !a || b],
  ["not a and b", (a, b) => !a && b],
  ["a or not b or c", (a, b, c) => a || !b || c],
  ["a and not b or c", (a, b, c) => (a && !b) || c],
  ["not a or b and c", (a, b, c) => !a || (b && c)],
  ["not not a or b", (a, b) => a || b],
  ["not (a or b) and c", (a, b, c) => !(a || b) && c],
  ["not (not a or b) or c", (a, b, c) => !(!a || b) || c],
  ["not a == b or c", (a, b, c) => a !== b || c],
  ["not a is b and c", (a, b, c) => a !== b && c],
  ["a or b and not c or a", (a, b, c) => a || (b && !c) || a],
  ["c if not a or b else a", (a, b, c) => (!a || b ? c : a)],
])("%s", (text, wanted) => {
  for (let i = 0; i < 8; i++) {
    const [a, b, c] = [(i & 1) > 0, (i & 2) > 0, (i & 4) > 0] as const;
    const python = (value: boolean) => (value ? "True" : "False");
    const source = `from torch import nn
a, b, c = ${python(a)}, ${python(b)}, ${python(c)}
chosen = ${text}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Tanh() if chosen else nn.ReLU()
    def forward(self, x):
        return self.layer(x)
`;
    const { networks, errors } = readPyTorchFile(source, { inputs: [[3]] });
    expect(errors).toEqual([]);
    expect([a, b, c, networks[0]!.nodes[0]!.op]).toEqual([a, b, c, wanted(a, b, c) ? "tanh" : "relu"]);
  }
});
