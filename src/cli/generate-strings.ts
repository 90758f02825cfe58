/** netpick generate --strings: valid layer strings, and the share of those drawn that was. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drawLayerStrings } from "../generate/index.js";
import { figures } from "../op/index.js";
import "../ops/index.js";
import { makeFolder, writeWhole } from "../study/index.js";
import { FileError, writing } from "./failure.js";

export interface StringOptions {
  readonly networks?: number;
  readonly seed?: number;
  /** File of a vocabulary, a word a line. */
  readonly words?: string;
  /** Fewest and most words. */
  readonly length?: readonly [number, number];
  readonly once?: true;
  readonly strict?: true;
  readonly classes?: number;
  readonly out?: string;
  readonly json?: true;
}

export function run(options: StringOptions): number {
  const { networks: n = 24, seed = 42, words, length, once, strict, classes, out, json } = options;
  const { networks, drawn, broken } = drawLayerStrings({
    ...{ n, seed, strict, classes, replacement: !once },
    ...{ minLength: length?.[0], maxLength: length?.[1] },
    vocabulary: words === undefined ? undefined : readWords(words),
  });
  if (out !== undefined) write(out, networks.map(({ text }) => `${text}\n`).join(""));
  else {
    for (const { text, graph } of networks)
      console.log(json ? JSON.stringify({ name: graph.name, text, graph, figures: figures(graph) }) : text);
  }
  // Beside the strings, which may go into a file.
  console.error(
    `${n} of ${drawn} strings are valid, ${percent(n, drawn)}; ${broken}, ${percent(broken, drawn)}, would be built by the published builder and could not run.`,
  );
  return 0;
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function readWords(file: string): string[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.map(line => line.trim()).filter(line => line !== "" && !line.startsWith("#"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new FileError(`${file}: it cannot be read, got ${code}; check its name and permissions`);
  }
}

const write = (folder: string, text: string): void =>
  writing("generate", folder, () => {
    makeFolder(folder);
    writeWhole(join(folder, "strings.txt"), text);
  });
