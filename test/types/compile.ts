/** Programs given as text, compiled against the sources by the compiler itself: vitest's own type tests do not know TypeScript 7. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface Diagnostic {
  readonly program: string;
  readonly line: number;
  /** From 1, as the line. */
  readonly column: number;
  readonly code: string;
  readonly text: string;
}

export interface Compiled {
  readonly errors: readonly Diagnostic[];
  /** A figure of `--extendedDiagnostics`, by its name. */
  figure(name: string): number;
}

/** Compile programs by name, in which `netpick` stands for `front`: the sources of the describing room unless told. */
export async function compile(programs: Readonly<Record<string, string>>, front = "src/build/index.js") {
  const folder = await mkdtemp(join(tmpdir(), "netpick-types-"));
  try {
    const names = Object.keys(programs);
    await writeFile(join(folder, "tsconfig.json"), config(names));
    for (const name of names) {
      const text = programs[name]!.replaceAll('"netpick"', JSON.stringify(join(root, front)));
      await writeFile(join(folder, `${name}.mts`), text);
    }
    return read(await run(folder), names);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const config = (names: readonly string[]): string =>
  JSON.stringify({
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
    files: names.map(name => `${name}.mts`),
  });

/** One checker, so that instantiations are counted alike on every machine. */
const args = ["--singleThreaded", "--extendedDiagnostics", "--pretty", "false", "-p"];

const run = (folder: string): Promise<string> =>
  new Promise(done => {
    // The compiler ends with an exit status for errors in the programs; they are on its standard output.
    const options = { maxBuffer: 1e9 };
    execFile(join(root, "node_modules/.bin/tsc"), [...args, folder], options, (_, stdout) => done(stdout));
  });

function read(output: string, names: readonly string[]): Compiled {
  const errors: Diagnostic[] = [];
  const figures = new Map<string, number>();
  for (const line of output.split("\n")) {
    const place = /([\w-]+)\.m?ts\((\d+),(\d+)\): error (TS\d+): (.*)$/.exec(line);
    const figure = /^([A-Z][A-Za-z ]*):\s+([\d.]+)[Ks]?$/.exec(line);
    if (place) {
      const [program, row, column, code, text] = place.slice(1) as [string, string, string, string, string];
      // Errors in the sources themselves are the business of `npm run types`.
      if (names.includes(program)) errors.push({ program, line: Number(row), column: Number(column), code, text });
    } else if (figure) figures.set(figure[1]!, Number(figure[2]));
    else if (line.startsWith("error ")) throw new Error(line);
  }
  return { errors, figure: name => figures.get(name)! };
}
