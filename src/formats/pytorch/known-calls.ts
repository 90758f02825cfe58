/** PyTorch's calls that the records of the ops know, by name. */
import { allOps, signature } from "../../op/index.js";
import type { Known } from "./values.js";

let calls = new Map<string, Known[]>();
let opsSeen = 0;

/** `nn.Linear`, `F.relu`, `torch.cat`, `Tensor.view`, `Tensor.__add__`. */
export function knownCalls(name: string): readonly Known[] {
  return all().get(name) ?? [];
}

/** Names that begin so, for errors. */
export const knownNames = (beginning: string): string[] => [...all().keys()].filter(name => name.startsWith(beginning));

function all(): ReadonlyMap<string, Known[]> {
  if (allOps.size === opsSeen) return calls;
  calls = new Map();
  opsSeen = allOps.size;
  for (const op of allOps.values()) {
    for (const reading of op.fromPytorch ?? []) {
      for (const text of reading.signatures) {
        const one = signature(text);
        calls.set(one.name, [...(calls.get(one.name) ?? []), { op, reading, signature: one }]);
      }
    }
  }
  return calls;
}
