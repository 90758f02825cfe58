/** Graphs as JSON, read with every field checked. */
import * as z from "zod";
import { type AttrValue, freeze, type Graph, GraphError } from "./graph.js";
import { verify } from "./verify.js";

const attrValue: z.ZodType<AttrValue> = z.lazy(() =>
  z.union([z.number(), z.boolean(), z.string(), z.array(attrValue)]),
);

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

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};
