/** Files that import from others of their project. */
import { expect, test } from "vitest";
import "../../ops/index.js";
import { figures } from "../../op/index.js";
import { readPyTorchFile } from "./index.js";

/** Reads `net.py` of a project of these files; modules stand in one folder, `parts` is a package in it. */
function read(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const beside = (module: string, importer: string) => {
    asked.push(module);
    const folder = importer.startsWith("parts/") && module.startsWith(".") ? "parts/" : "";
    const path = folder + module.replace(/^\./, "").replaceAll(".", "/");
    const file = [`${path}.py`, `${path}/__init__.py`.replace(/^\//, "")].find(name => files[name] !== undefined);
    return file === undefined ? undefined : { file, text: files[file]! };
  };
  return { asked, ...readPyTorchFile(files["net.py"]!, { file: "net.py", inputs: [[4]], beside }) };
}

const block = `from torch import nn
class Block(nn.Module):
  def __init__(self, size):
    super().__init__()
    self.linear = nn.Linear(size, size)
  def forward(self, x):
    return self.linear(x)
`;
const net = (imports: string, use: string) =>
  `from torch import nn\n${imports}\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.block = ${use}\n  def forward(self, x):\n    return self.block(x)\n`;

// A linear layer of 4 by 4 with bias has 20 parameters.
test.each<[string, string, string, Record<string, string>]>([
  ["from .blocks import Block", "from .blocks import Block", "Block(4)", { "blocks.py": block }],
  ["from blocks import *", "from blocks import *", "Block(4)", { "blocks.py": block }],
  ["from . import blocks", "from . import blocks", "blocks.Block(4)", { "blocks.py": block }],
  ["import blocks", "import blocks", "blocks.Block(4)", { "blocks.py": block }],
  ["import parts.blocks as b", "import parts.blocks as b", "b.Block(4)", { "parts/blocks.py": block }],
  [
    "import parts.blocks",
    "import parts.blocks",
    "parts.blocks.Block(4)",
    { "parts/__init__.py": "", "parts/blocks.py": block },
  ],
  [
    "a package that hands on",
    "from parts import Block",
    "Block(4)",
    { "parts/__init__.py": "from .blocks import Block", "parts/blocks.py": block },
  ],
  [
    "files that import one another",
    "from .blocks import Block\nfrom .sizes import SIZE",
    "Block(SIZE)",
    { "blocks.py": `from .sizes import SIZE\n${block}\nLIKE = SIZE`, "sizes.py": "from .blocks import LIKE\nSIZE = 4" },
  ],
])("%s", (_, imports, use, files) => {
  const { networks, errors } = read({ ...files, "net.py": net(imports, use) });
  expect(errors.map(({ message }) => message)).toEqual([]);
  expect(networks.map(({ name }) => name)).toEqual(["Net"]);
  expect(figures(networks[0]!).params).toBe(20);
});

test("a function that makes an imported network is one", () => {
  const { networks } = read({
    "blocks.py": block,
    "net.py": "from blocks import Block\ndef four(): return Block(4)\n",
  });
  expect(networks.map(({ name }) => name)).toEqual(["four"]);
});

test("an error in another file names that file and its line", () => {
  const broken = block.replace("nn.Linear(size, size)", "nn.Linear(size, size, sice=3)");
  const { errors } = read({ "blocks.py": broken, "net.py": net("from .blocks import Block", "Block(4)") });
  expect(errors.map(({ file, line }) => [file, line])).toEqual([["blocks.py", 5]]);
});

test("another file that is no Python is refused where it stands, if it is used", () => {
  const files = { "blocks.py": "class Block(:\n", "net.py": net("from .blocks import Block", "Block(4)") };
  expect(read(files).errors.map(({ file, line }) => [file, line])).toEqual([["blocks.py", 1]]);
  expect(read({ ...files, "net.py": net("from .blocks import Block", "nn.Linear(4, 4)") }).errors).toEqual([]);
});

test("a file that is not there is told by the name that is missing", () => {
  const { errors } = read({ "net.py": net("from .blocks import Block", "Block(4)") });
  expect(errors[0]!.sentence).toBe(
    ".blocks.Block: this is not understood, got a call of it; give the file that it is imported from beside this one, or build the network with torch.nn",
  );
});

test("PyTorch's own packages are never looked for", () => {
  const { asked } = read({ "net.py": net("import torch\nimport torch.nn.functional as F\nimport math", "nn.ReLU()") });
  expect(asked).toEqual([]);
});

test("a base class's fields are filled by super().__init__", () => {
  const settings = `from dataclasses import dataclass
from blocks import Block
@dataclass
class Base:
  size: int
class Settings(Base):
  def __init__(self, twice):
    super().__init__(twice // 2)
`;
  const { networks, errors } = read({
    "blocks.py": block,
    "net.py": `${settings}\ndef four():\n  return Block(Settings(8).size)\n`,
  });
  expect(errors).toEqual([]);
  expect(figures(networks[0]!).params).toBe(20);
});

test("a layer of which nothing was made says so", () => {
  const head = "class Head(nn.Linear):\n  def __init__(self):\n    self.size = 3\n";
  const { errors } = read({ "net.py": net(head, "Head()") });
  expect(errors[0]!.sentence).toBe(
    "Head: it must be made before it is called, got a class that never calls super().__init__; call it in __init__",
  );
});
