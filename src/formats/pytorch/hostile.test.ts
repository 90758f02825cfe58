/** Hostile source: refused at a place, never a fault of the language's own, and never slow. */
import { expect, test } from "vitest";
import "../../ops/index.js";
import { PyTorchError, readPyTorchFile } from "./index.js";

function read(text: string): PyTorchError[] {
  try {
    return [...readPyTorchFile(text, { inputs: [[3, 32, 32]] }).errors];
  } catch (error) {
    if (error instanceof PyTorchError) return [error];
    throw error;
  }
}

/** Of the processor, so that what else the machine does does not count. */
function milliseconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const net = (init: string, forward = "return x"): string =>
  `import torch\nfrom torch import nn\nimport torch.nn.functional as F\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    ${init}\n  def forward(self, x):\n    ${forward}\n`;

test.each<[string, string]>([
  ["a loop without an end", net("while True: pass")],
  ["a long loop", net("for i in range(10000):\n      for j in range(10000): self.a = i * j")],
  ["a list that doubles", net("a = [0]\n    for i in range(64): a = a + a")],
  ["a list that holds itself", net("a = []\n    a.append(a)\n    b = []\n    b.append(b)\n    self.c = a == b")],
  ["a text that doubles", net("a = 'a'\n    for i in range(64): a = f'{a}{a}'")],
  ["a long list", net("self.a = [0] * 10 ** 9")],
  ["a recursion", net("self.a = self", "return self.forward(x)")],
  [
    "a recursion by modules",
    net("self.a = nn.Sequential(nn.ReLU())\n    self.a.add_module('b', self.a)", "return self.a(x)"),
  ],
  ["a deep expression", net(`self.a = ${"(".repeat(20_000)}1${")".repeat(20_000)}`)],
  ["a long sum", net(`self.a = ${"1 + ".repeat(100_000)}1`)],
  ["a chain of calls", net("pass", `return x${".relu()".repeat(50_000)}`)],
  ["many nodes", net("pass", "for i in range(10 ** 4):\n      for j in range(10): x = x.relu()\n    return x")],
  [
    "nodes that join all before them",
    net("pass", "a = [x]\n    for i in range(2000): a.append(torch.cat(a, 1)[:, :3])\n    return x"),
  ],
  ["many parts", net("pass", "return x.split(1, 1)")],
  ["a text that is replaced", net("a = 'a' * 20000\n    self.a = a.replace('a', a).replace('a', a)")],
  ["a text that is joined", net("a = 'a' * 20000\n    self.a = a.join(a)")],
  ["a format that grows", net("a = 'x' * 20000\n    self.a = ('%s' * 9000) % ((a,) * 9000)")],
  ["many branches of elif", net(`${"if 0: pass\n    ".repeat(1)}${"pass\n    ".repeat(20_000)}`)],
  [
    "a class of itself",
    "from torch import nn\nclass A(A): pass\nclass B(nn.Module):\n  def forward(self, x): return A(x)\n",
  ],
  ["nothing", ""],
  ["zeros", "\0".repeat(100_000)],
  ["an endless line", "x".repeat(2_000_000)],
])("%s takes less than a second", (_, text) => {
  const before = process.cpuUsage();
  const errors = read(text);
  expect(milliseconds(before)).toBeLessThan(1000);
  for (const { message } of errors) expect(message.length).toBeLessThan(2000);
  expect(process.memoryUsage().rss).toBeLessThan(2 ** 29);
});
