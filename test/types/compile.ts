/** Programs given as text, compiled against the sources by the compiler itself: vitest's own type tests do not know TypeScript 7. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface Diagnostic {
  readonly line: number;
  /** First column, from 1. */
  readonly column: number;
  readonly code: string;
  readonly text: string;
}

export interface Compiled {
  readonly errors: readonly Diagnostic[];
  /** A figure of `--extendedDiagnostics`, by its name. */
  figure(name: string): number;
}

/** Compile one program, in which `netpick` stands for `front`: the sources of the describing room unless told. */
export async function compile(program: string, front = "src/build/index.js"): Promise<Compiled> {
  const folder = await mkdtemp(join(tmpdir(), "netpick-types-"));
  try {
    await writeFile(join(folder, "tsconfig.json"), config);
    await writeFile(join(folder, "program.mts"), program.replaceAll('"netpick"', JSON.stringify(join(root, front))));
    return read(await run(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const config = JSON.stringify({
  compilerOptions: {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    target: "es2023",
    lib: ["es2023"],
    module: "nodenext",
    moduleResolution: "nodenext",
    types: [],
  },
  files: ["program.mts"],
});

/** One checker, so that instantiations are counted alike on every machine. */
const args = ["--singleThreaded", "--extendedDiagnostics", "--pretty", "false", "-p"];

const run = (folder: string): Promise<string> =>
  new Promise(done => {
    // The compiler ends with an exit status for errors in the program; they are on its standard output.
    const options = { maxBuffer: 1e9 };
    execFile(join(root, "node_modules/.bin/tsc"), [...args, folder], options, (_, stdout) => done(stdout));
  });

function read(output: string): Compiled {
  const errors: Diagnostic[] = [];
  const figures = new Map<string, number>();
  for (const line of output.split("\n")) {
    const place = /^(.*)\((\d+),(\d+)\): error (TS\d+): (.*)$/.exec(line);
    const figure = /^([A-Z][A-Za-z ]*):\s+([\d.]+)[Ks]?$/.exec(line);
    if (place) {
      // An error outside the program is a mistake of the test's surroundings and must not pass unseen.
      const text = place[1]!.endsWith("program.mts") ? place[5]! : line;
      errors.push({ line: Number(place[2]), column: Number(place[3]), code: place[4]!, text });
    } else if (figure) figures.set(figure[1]!, Number(figure[2]));
    else if (line.startsWith("error ")) throw new Error(line);
  }
  return { errors, figure: name => figures.get(name)! };
}
