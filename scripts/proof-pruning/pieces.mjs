/** Long work in pieces: what a piece gave is kept in a folder, and the next run goes on behind it. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Time is up, and there is more to do. */
export class Later extends Error {}

/** `piece(name, work)`: what the work gave, now or in an earlier run; after so many seconds no work begins. */
export function piecesIn(folder, seconds) {
  mkdirSync(folder, { recursive: true });
  const end = performance.now() + 1000 * seconds;
  return async (name, work) => {
    const path = join(folder, `${name}.json`);
    if (!existsSync(path)) {
      if (performance.now() > end) throw new Later();
      const found = JSON.stringify(await work(), pack);
      // Whoever ends the run in the middle leaves no half of a file.
      writeFileSync(`${path}.part`, `${found}\n`);
      renameSync(`${path}.part`, path);
      console.error(`${name} is done`);
    }
    return read(path);
  };
}

export const read = path => JSON.parse(readFileSync(path, "utf8"), unpack);

const pack = (_, value) =>
  value instanceof Float32Array
    ? { float32: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") }
    : value;
const unpack = (_, value) => {
  if (typeof value?.float32 !== "string") return value;
  const bytes = Buffer.from(value.float32, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
