// Lines of code per room, tests apart: npm run size
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const src = resolve(import.meta.dirname, "../src");
const walk = folder =>
  readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
const rooms = new Map();
for (const file of walk(src).filter(name => name.endsWith(".ts"))) {
  const room = relative(src, file).includes("/") ? `${relative(src, file).split("/")[0]}/` : relative(src, file);
  const lines = readFileSync(file, "utf8").split("\n").length - 1;
  const test = /\.test(-d)?\.ts$|\/fixtures\//.test(file);
  const size = rooms.get(room) ?? { files: 0, lines: 0, tests: 0 };
  if (test) size.tests += lines;
  else {
    size.files++;
    size.lines += lines;
  }
  rooms.set(room, size);
}
const print = (room, { files, lines, tests }) =>
  console.log(room.padEnd(14), ...[files, lines, tests].map(n => String(n).padStart(7)));
console.log("room".padEnd(14), "  files", "  lines", "  tests");
const total = { files: 0, lines: 0, tests: 0 };
for (const [room, size] of [...rooms].sort()) {
  print(room, size);
  for (const key of Object.keys(total)) total[key] += size[key];
}
print("all", total);
