/** netpick generate: networks of the netpicking plan. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { netpickingPlan } from "../generate/index.js";
import { figures } from "../op/index.js";
import "../ops/index.js";
import { textTable } from "../report/table.js";
import { FileError } from "./read-networks.js";
import { terminalWidth } from "./terminal.js";

interface Options {
  readonly networks?: number;
  readonly seed?: number;
  readonly views?: "published" | "any";
  readonly maxParams?: number;
  readonly maxMacs?: number;
  readonly maxMemory?: number;
  readonly out?: string;
  readonly json?: true;
}

export async function run(options: Options): Promise<number> {
  const { networks: n = 24, seed = 42, views = "published", out, json } = options;
  const limits = {
    ...(options.maxParams !== undefined && { params: options.maxParams }),
    ...(options.maxMacs !== undefined && { macs: options.maxMacs }),
    ...(options.maxMemory !== undefined && { memoryElements: options.maxMemory }),
  };
  const plan = [...netpickingPlan({ n, seed, views, limits })];
  if (out !== undefined) await writeAll(out, plan);
  if (json) for (const network of plan) console.log(JSON.stringify({ ...network, figures: figures(network.graph) }));
  else if (out === undefined) console.log(table(plan));
  else
    console.log(
      `${plan.length} networks in ${out}; netpick check ${join(out, `${plan[0]!.name}.json`)} shows the first.`,
    );
  return 0;
}

type Plan = ReturnType<typeof netpickingPlan> extends Iterable<infer N> ? N[] : never;

async function writeAll(folder: string, plan: Plan): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, graph } of plan) {
      const file = join(folder, `${name}.json`);
      await writeFile(`${file}.tmp`, `${JSON.stringify(graph, null, 1)}\n`);
      await rename(`${file}.tmp`, file);
    }
  } catch (error) {
    throw new FileError(
      `generate: cannot write to ${folder}, got ${(error as NodeJS.ErrnoException).code}; choose another folder`,
    );
  }
}

function table(plan: Plan): string {
  const text = (title: string) => ({ title, kind: "text" as const });
  const integer = (title: string) => ({ title, kind: "integer" as const });
  return textTable(
    {
      title: "Networks",
      columns: [
        text("network"),
        text("class"),
        text("activation"),
        ...["parameters", "macs", "memory, elements", "ops"].map(integer),
      ],
      rows: plan.map(({ name, computation, activation, graph }) => {
        const { params, macs, memoryElements, ops } = figures(graph);
        return [name, computation, activation, params, macs, memoryElements, ops];
      }),
    },
    terminalWidth(),
  );
}
