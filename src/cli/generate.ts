/** netpick generate: networks of the netpicking plan, or of random layer strings. */
import { join } from "node:path";
import { netpickingPlan, type PlannedNetwork } from "../generate/index.js";
import { figures } from "../op/index.js";
import "../ops/index.js";
import { limitsOf, makeFolder, writeWhole } from "../study/index.js";
import { textTable } from "../text/table.js";
import { writing } from "./failure.js";
import { run as generateStrings, type StringOptions } from "./generate-strings.js";
import { quoted, terminalWidth } from "./terminal.js";

interface Options extends StringOptions {
  readonly strings?: true;
  readonly views?: "published" | "any";
  readonly maxParams?: number;
  readonly maxMacs?: number;
  readonly maxMemory?: number;
}

export async function run(options: Options): Promise<number> {
  if (options.strings) return generateStrings(options);
  const { networks: n = 24, seed = 42, views = "published", out, json } = options;
  const plan = netpickingPlan({ n, seed, views, limits: limitsOf(options) });
  if (out !== undefined) writeAll(out, plan);
  if (json) for (const network of plan) console.log(JSON.stringify({ ...network, figures: figures(network.graph) }));
  else if (out === undefined) console.log(table(plan));
  else
    console.log(
      `${plan.length} networks in ${out}; netpick check ${quoted(join(out, `${plan[0]!.name}.json`))} shows the first.`,
    );
  return 0;
}

const writeAll = (folder: string, plan: readonly PlannedNetwork[]): void =>
  writing("generate", folder, () => {
    makeFolder(folder);
    for (const { name, graph } of plan) writeWhole(join(folder, `${name}.json`), `${JSON.stringify(graph, null, 1)}\n`);
  });

function table(plan: readonly PlannedNetwork[]): string {
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
