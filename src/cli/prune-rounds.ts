/** Rounds of pruning and fine-tuning, while the accuracy holds. */
import type { Split } from "../data/index.js";
import { type Checkpoint, checkpointParts, editedCheckpoint } from "../fit/index.js";
import type { Graph } from "../graph/index.js";
import { figures } from "../op/index.js";
import { spelledBudget } from "../surgery/budget.js";
import { type Budget, BudgetError, SurgeryError } from "../surgery/index.js";
import { UsageError } from "./failure.js";
import type { Outcome } from "./operated.js";
import { percent, pruned, type Trained, tuningOf, type Work, withWeights } from "./prune-trained.js";

interface Round {
  readonly round: number;
  readonly params: number;
  readonly macs: number;
  readonly accuracy: number;
}

/** Round after round a share less, each fine-tuned with the optimizer's averages of the one before. */
export async function pruneInRounds(first: Trained, budget: Budget, work: Work): Promise<Outcome> {
  const { data, options } = work;
  const { keepAccuracy: asked = 0, fineTune = 1, round: share = 0.8, json } = options;
  const [deciding, telling] = halves(data.test, first);
  const now = (await first.evaluate(deciding)).accuracy;
  const least = asked > 0 ? asked : now + asked;
  const end = Object.keys(budget).length > 0 ? limitsOf(budget, first.network.graph) : { params: 0 };
  const isMet = within(first.network.graph, end);
  const rounds: Round[] = [];
  let best = first;
  let checkpoint: Checkpoint | undefined;
  let why = `what was asked is ${isMet ? "what it has" : "reached"}`;
  for (let round = 1; !within(best.network.graph, end); round++) {
    const cut = await nextCut(best, checkpoint, roundBudget(best.network.graph, end, share), work);
    if (!cut) {
      why = "nothing more can be cut";
      break;
    }
    const before = checkpoint;
    const from = before && editedCheckpoint(cut, before);
    const bare = withWeights(best, cut.graph, cut.weights!);
    const model = await bare.network.fit(data, {
      ...{ ...tuningOf(bare, work), epochs: (from?.epoch ?? 0) + fineTune, checkpoints: true },
      ...(from ? { from } : { weights: bare.weights }),
      onEvent: event => {
        if (event.kind === "epoch") checkpoint = event.checkpoint;
      },
    });
    const { accuracy } = await model.evaluate(deciding);
    const { params, macs } = figures(cut.graph);
    if (!json)
      console.error(
        `round ${round}: ${params} parameters, ${macs} multiply-accumulates, accuracy ${percent(accuracy)}`,
      );
    if (accuracy < least) {
      why = `round ${round} fell to ${percent(accuracy)}, below ${percent(least)}`;
      break;
    }
    rounds.push({ round, params, macs, accuracy });
    best = model;
  }
  if (rounds.length === 0 && !isMet) {
    throw new SurgeryError(
      `prune: no round keeps an accuracy of ${percent(least)}, got ${percent(now)} before, and ${why}; ask for less, or fine-tune for longer`,
    );
  }
  const accuracy = [(await first.evaluate(telling)).accuracy, (await best.evaluate(telling)).accuracy];
  const [old, left] = [figures(first.network.graph), figures(best.network.graph)];
  const { graph } = best.network;
  const costs = { params: [old.params, left.params], macs: [old.macs, left.macs] };
  return {
    ...{ graph, weights: best.weights, model: best, told: { ...costs, least, rounds, accuracy, why } },
    text: [
      `${graph.name}: ${old.params} to ${left.params} parameters, ${old.macs} to ${left.macs} multiply-accumulates in ${rounds.length} rounds; ${why}`,
      `accuracy on ${telling.count} test items that decided nothing: ${accuracy.map(percent).join(" to ")}`,
    ].join("\n"),
  };
}

/** What a round cuts; undefined where nothing is left to be cut. */
async function nextCut(model: Trained, checkpoint: Checkpoint | undefined, budget: Budget, work: Work) {
  try {
    return await pruned(model, budget, work, checkpoint && checkpointParts(checkpoint).beside);
  } catch (error) {
    if (error instanceof BudgetError) return undefined;
    throw error;
  }
}

/** What is counted. */
type Counted = Omit<Budget, "latency" | "channels">;
const costsOf = (graph: Graph): Required<Counted> => {
  const { params, macs, peakBytes } = figures(graph);
  return { params, macs, activationBytes: peakBytes };
};
const entries = (budget: Counted) => Object.entries(budget) as [keyof Counted, number][];

/** Shares as numbers. */
function limitsOf(budget: Counted, graph: Graph): Counted {
  spelledBudget(budget);
  const now = costsOf(graph);
  return Object.fromEntries(entries(budget).map(([what, most]) => [what, most < 1 ? most * now[what] : most]));
}
function within(graph: Graph, limits: Counted): boolean {
  const now = costsOf(graph);
  return entries(limits).every(([what, most]) => now[what] <= most);
}
function roundBudget(graph: Graph, limits: Counted, share: number): Budget {
  const now = costsOf(graph);
  const next = (what: keyof Counted, most: number) => Math.max(2, most, Math.floor(share * now[what]));
  return Object.fromEntries(entries(limits).map(([what, most]) => [what, next(what, most)]));
}

/** Every second sample on either side. */
function halves({ count, inputs, labels }: Split, { network }: Trained): readonly [Split, Split] {
  const elements = inputs.length / count;
  if (count < 2)
    throw new UsageError(`prune: rounds want test samples, got ${count} for ${network.name}; give other data`);
  const of = (first: number): Split => {
    const rows = Array.from({ length: Math.ceil((count - first) / 2) }, (_, i) => first + 2 * i);
    const taken = new (inputs.constructor as typeof Float32Array)(rows.length * elements);
    for (const [i, row] of rows.entries())
      taken.set(inputs.subarray(row * elements, (row + 1) * elements), i * elements);
    return { count: rows.length, inputs: taken, labels: Uint8Array.from(rows, row => labels[row]!) };
  };
  return [of(0), of(1)];
}
