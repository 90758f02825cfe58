// Each op answers for itself in its record: outside ops/ nothing branches on an op's name. What a generator, a format or
// a description is about (which layers it draws or spells) is not a branch.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const src = resolve(import.meta.dirname, "../src");
const branch =
  /switch ?\((?:\w+\.)*(?:op|type)(?:\.name)?\)|\.op(?:\.name)? [!=]== "|case "(?:conv|linear|relu|add|concat)/;

const walk = folder =>
  readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
const found = walk(src)
  .filter(file => file.endsWith(".ts") && !file.endsWith(".test.ts") && !relative(src, file).startsWith("ops/"))
  .flatMap(file =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, i) => (branch.test(line) ? [`${relative(src, file)}:${i + 1}: ${line.trim()}`] : [])),
  );
for (const line of found) console.error(`op names outside ops/: ${line}`);
if (found.length > 0) process.exit(1);
console.log("op names: none is branched on outside ops/");
