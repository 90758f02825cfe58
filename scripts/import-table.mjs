// Who may import whom: the only place that lists it (docs/architecture.md explains the rooms). Prints every import that
// breaks the table, and every Node built-in in a room that must run in a browser; exits with 1 when there is one.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const src = resolve(import.meta.dirname, "../src");

/** Rooms in the order of the house; each may import itself and those named. */
const values = ["random", "nearest", "disjoint-sets", "shape", "graph", "op", "ops"];
const table = {
  random: [],
  nearest: [],
  "disjoint-sets": [],
  text: [],
  version: [],
  "write-whole": [],
  shape: [],
  graph: ["shape"],
  op: ["random", "nearest", "disjoint-sets", "shape", "graph"],
  ops: ["random", "shape", "graph", "op"],
  build: [...values, "text"],
  formats: values,
  data: ["nearest"],
  generate: [...values, "formats"],
  surgery: [...values, "formats", "text"],
  train: [...values, "formats"],
  runtime: ["formats"],
  fit: [...values, "build", "formats", "data", "train", "runtime", "write-whole"],
  study: [
    ...values,
    "version",
    "write-whole",
    "build",
    "formats",
    "data",
    "generate",
    "train",
    "runtime",
    "fit",
    "text",
  ],
  report: ["text", "study"],
  cli: "everything",
  index: "everything",
  web: "everything",
};

/** Rooms that must run in a browser, and files of others that must. */
const browser = [
  "random",
  "nearest",
  "disjoint-sets",
  "text",
  "shape",
  "graph",
  "op",
  "ops",
  "build",
  "formats",
  "generate",
  "surgery",
  "train",
  "fit",
  "web",
  "data/data-error.ts",
  "data/digit-files.ts",
  "runtime/guard.ts",
  "runtime/session.ts",
  "runtime/web.ts",
];
/** Files of these rooms that are Node's. */
const nodes = ["fit/index.ts", "fit/node.ts", "fit/fit-work.ts", "fit/disk.ts"];
const inBrowser = file =>
  [roomOf(file), relative(src, file)].some(name => browser.includes(name)) && !nodes.includes(relative(src, file));

const files = walk(src).filter(file => file.endsWith(".ts") && !/\.test(-d)?\.ts$|\/fixtures\//.test(file));
const broken = files.flatMap(check);
for (const line of broken) console.error(line);
if (broken.length > 0) process.exit(1);
console.log(`import table: ${files.length} files keep it`);

function check(file) {
  const from = roomOf(file);
  if (!(from in table)) return [`${relative(src, file)}: there is no room ${from}; add it to the table`];
  const imports = [
    ...readFileSync(file, "utf8").matchAll(/((?:import|export) type [^;]*?)?(?:from|import)\s*\(?\s*"([^"]+)"/g),
  ];
  return imports.flatMap(([, typesOnly, name]) => {
    if (name.startsWith("node:")) {
      return inBrowser(file) ? [`${relative(src, file)}: it must run in a browser, got ${name}`] : [];
    }
    if (!name.startsWith(".")) return [];
    const to = resolve(dirname(file), name.replace(/\.js$/, ".ts"));
    const room = roomOf(to);
    if (room !== from && table[from] !== "everything" && !table[from].includes(room)) {
      return [`${relative(src, file)}: ${from} may not import ${room}, got ${name}`];
    }
    if (inBrowser(file) && !inBrowser(to) && !typesOnly) {
      return [`${relative(src, file)}: it must run in a browser, got ${name}, which need not`];
    }
    return [];
  });
}

function roomOf(file) {
  const [first] = relative(src, file).split("/");
  return first.replace(/\.(ts|js)$/, "");
}

function walk(folder) {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}
