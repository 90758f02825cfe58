/**
 * Time of `netpick check --json` over 1,002 PyTorch files of the published kind, start-up and all, and whether the figures are
 * exact: node scripts/bench-check.mjs [FOLDER] (after npm run build). The files are the published networks of
 * test/fixtures, spelled as their study spells them, and random ones of the same plan; they stay in FOLDER where it is named.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writePyTorch } from "../dist/formats/pytorch/index.js";
import { netpickingNetworks } from "../dist/generate/index.js";
import { figures } from "../dist/op/index.js";

const count = 1002;
const repeats = 7;
const command = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** A class with the declarations and calls of a network of the study. */
const spelled = (name, declared, called) => `import torch
import torch.nn as nn
from torchvision.models.resnet import BasicBlock


class ${name}(nn.Module):
    def __init__(self, in_shape=(784,)):
        super(${name}, self).__init__()
        self.in_shape = in_shape
${declared.map(([layer, what]) => `        self.${layer} = ${what}\n`).join("")}
    def forward(self, *inputs):
        x = inputs[0]
${called.map(value => `        x = ${value}\n`).join("")}        return x
`;

function constant(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `(${value.map(constant).join(", ")}${value.length === 1 ? "," : ""})`;
  return JSON.stringify(value);
}

/** A published network, from the list of its layers. */
function published({ name, layers, program, params, memoryElements, autogradOps, macs }) {
  const names = [...new Set(program.flatMap(([kind, layer]) => (kind === "layer" ? [layer] : [])))];
  const declared = layers.map(([type, args], i) => {
    const listed = Object.entries(args ?? {}).map(([key, value]) => `${key}=${constant(value)}`);
    return [names[i], `${type === "BasicBlock" ? "" : "nn."}${type}(${listed.join(", ")})`];
  });
  const called = program.map(([kind, what]) => {
    if (kind === "layer") return `self.${what}(x)`;
    if (kind === "flatten") return "torch.flatten(x, 1)";
    return what[0] === "*self.in_shape" ? "x.view(x.shape[0], *self.in_shape)" : `x.view(-1, ${what.join(", ")})`;
  });
  return { name, text: spelled(name, declared, called), expected: { params, memoryElements, autogradOps, macs } };
}

/** A random network; the figures of its graph, which no source has been through, are what must be read. */
function drawn({ graph }, i) {
  const name = `${graph.name}_${i}`;
  const declarations = new Map(
    [...writePyTorch(graph, { explicit: true }).matchAll(/^ {8}self\.(\w+) = (.*)$/gm)].map(([, layer, what]) => [
      layer,
      what,
    ]),
  );
  const declared = [];
  const called = [];
  let channels = 0;
  let block;
  for (const { name: node, op, attrs } of graph.nodes) {
    if (op === "reshape") called.push(`x.view(-1, ${attrs.shape.join(", ")})`);
    else if (node.startsWith("block") && node.split(".")[0] === block) continue;
    else {
      const layer = `f${declared.length}`;
      block = /^block\d+(?=\.)/.exec(node)?.[0];
      declared.push([layer, block ? `BasicBlock(inplanes=${channels}, planes=${channels})` : declarations.get(node)]);
      called.push(`self.${layer}(x)`);
    }
    channels = attrs.outChannels ?? channels;
  }
  const { params, memoryElements, autogradOps, macs } = figures(graph);
  return { name, text: spelled(name, declared, called), expected: { params, memoryElements, autogradOps, macs } };
}

const fixture = new URL("../test/fixtures/netpicking_networks.json", import.meta.url);
const first = JSON.parse(readFileSync(fixture, "utf8")).networks.map(published);
const networks = [...first, ...[...netpickingNetworks({ seed: 42, n: count - first.length })].map(drawn)];

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "netpick-bench-"));
mkdirSync(folder, { recursive: true });
for (const { name, text } of networks) writeFileSync(join(folder, `${name}.py`), text);

const args = [command, "check", "--json", ...networks.map(({ name }) => `${name}.py`)];
const times = [];
let wrong = 0;
for (let run = 0; run < repeats; run++) {
  const start = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 30 });
  times.push((performance.now() - start) / 1000);
  process.stderr.write(stderr);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map(line => JSON.parse(line));
  wrong += networks.filter(({ name, expected }, i) => {
    const { class: read, ...figured } = lines[i] ?? {};
    return read !== name || Object.entries(expected).some(([key, value]) => figured[key] !== value);
  }).length;
}
if (!process.argv[2]) rmSync(folder, { recursive: true });
times.sort((a, b) => a - b);
const size = networks.reduce((sum, { text }) => sum + text.length, 0) / 1e6;
const [least, median, most] = [times[0], times[repeats >> 1], times.at(-1)].map(time => time.toFixed(2));
console.log(
  `${networks.length} files, ${size.toFixed(2)} MB: ${least} s at best, median ${median}, at worst ${most}; ${wrong} wrong`,
);
process.exitCode = wrong > 0 ? 1 : 0;
