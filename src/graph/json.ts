/** Graphs as JSON, read with every field checked. */
import * as z from "zod";
import { type AttrValue, freeze, type Graph, GraphError } from "./graph.js";
import { verify } from "./verify.js";

/** Lists in lists: deeper than any attribute's. */
const deepest = 8;
const isAttrValue = (value: unknown, depth = 0): boolean =>
  Array.isArray(value)
    ? depth < deepest && value.every(one => isAttrValue(one, depth + 1))
    : typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
const attrValue = z.custom<AttrValue>(value => isAttrValue(value));

const schema = z.strictObject({
  name: z.string(),
  inputs: z.array(z.strictObject({ name: z.string(), shape: z.array(z.number()) })),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      op: z.string(),
      inputs: z.array(z.string()),
      attrs: z.record(z.string(), attrValue).default({}),
      shares: z.string().exactOptional(),
    }),
  ),
  outputs: z.array(z.string()),
});

/** The graph that a parsed JSON value describes. Attributes are checked by the ops (see `resolve` in op/). */
export function graphFromJson(value: unknown): Graph {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const place = issue.path.length === 0 ? "the graph" : issue.path.join(".");
    const mend = issue.code === "invalid_type" ? `give ${article(issue.expected)}` : issue.message;
    throw new GraphError(`graph: ${place} is not as expected, got ${short(at(value, issue.path))}; ${mend}`);
  }
  return freeze(verify(parsed.data));
}

const article = (word: string): string => `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);

const isEndless = (value: unknown, depth = 0): boolean =>
  typeof value === "object" &&
  value !== null &&
  (depth > deepest || Object.values(value).some(one => isEndless(one, depth + 1)));

const short = (value: unknown): string => {
  const text = JSON.stringify(value, (_, part) => (isEndless(part) ? "..." : part)) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
