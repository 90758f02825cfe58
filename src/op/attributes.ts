/** Attribute schemas that ops share. Each refuses with a sentence that names the attribute. */
import * as z from "zod";
import type { Edges } from "../shape/index.js";

const got = (value: unknown): string => {
  if (value === undefined) return "nothing";
  // JSON has no Infinity and no NaN.
  return typeof value === "number" || typeof value === "function" ? String(value) : JSON.stringify(value);
};

/** A whole number of at least `least`. */
export const whole = (name: string, least: number) =>
  z
    .int({
      error: issue =>
        `${name} must be a whole number of at least ${least}, got ${got(issue.input)}; give ${least} or more`,
    })
    .min(least, {
      error: issue =>
        `${name} must be a whole number of at least ${least}, got ${got(issue.input)}; give ${least} or more`,
    });

/** One whole number for every spatial axis, or one for all: always read as one per axis. */
export const perAxis = (name: string, rank: number, least: number) => {
  const error = (issue: { input?: unknown }) =>
    `${name} must be a whole number of at least ${least}, or ${rank} of them, got ${got(issue.input)}; give ${Math.max(least, 1)} or [${Array(rank).fill(Math.max(least, 1)).join(", ")}]`;
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= least;
  return z
    .custom<number | readonly number[]>(
      value => isSize(value) || (Array.isArray(value) && value.length === rank && value.every(isSize)),
      { error },
    )
    .transform((value): readonly number[] => (typeof value === "number" ? Array<number>(rank).fill(value) : value));
};

/**
 * Padding: one whole number for every spatial axis, or one for all, or [begin, end] for an axis, or "same". What is equal
 * at both ends is always read as one number.
 */
export const edges = (name: string, rank: number) => {
  const error = (issue: { input?: unknown }) =>
    `${name} must be same, or a whole number of at least 0, or ${rank} of them or of [begin, end], got ${got(issue.input)}; give 1 or [${Array(rank).fill(1).join(", ")}]`;
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const isEdges = (value: unknown) =>
    isSize(value) || (Array.isArray(value) && value.length === 2 && value.every(isSize));
  return z
    .custom<number | readonly Edges[] | "same">(
      value =>
        value === "same" || isSize(value) || (Array.isArray(value) && value.length === rank && value.every(isEdges)),
      { error },
    )
    .transform((value): readonly Edges[] | "same" =>
      value === "same" ? value : typeof value === "number" ? Array<number>(rank).fill(value) : value.map(shortened),
    );
};

/** One number where both ends are equal. */
export const shortened = (edges: Edges): Edges =>
  typeof edges !== "number" && edges[0] === edges[1] ? edges[0] : edges;

export const flag = (name: string) =>
  z.boolean({ error: issue => `${name} must be true or false, got ${got(issue.input)}; give one of these` });

/** A number from `low` (included) to `high` (not included unless `closed`). */
export const between = (name: string, low: number, high: number) => {
  const error = (issue: { input?: unknown }) =>
    `${name} must be a number from ${low} to below ${high}, got ${got(issue.input)}; give e.g. ${(low + high) / 2}`;
  return z.custom<number>(value => typeof value === "number" && value >= low && value < high, { error });
};

/** A number that can be written down: neither infinite nor NaN. */
export const finite = (name: string) =>
  z.number({ error: issue => `${name} must be a finite number, got ${got(issue.input)}; give e.g. 1` });

/** A finite number above 0. */
export const positive = (name: string) => {
  const error = (issue: { input?: unknown }) =>
    `${name} must be a number above 0, got ${got(issue.input)}; give e.g. 1`;
  return z.number({ error }).gt(0, { error });
};

/** One of a few words. */
export const choice = <const Words extends readonly [string, ...string[]]>(name: string, words: Words) =>
  z.enum(words, {
    error: issue => `${name} must be ${words.join(" or ")}, got ${got(issue.input)}; give one of these`,
  });

/** A list of sizes. */
export const sizes = (name: string) =>
  z.custom<readonly number[]>(
    value => Array.isArray(value) && value.every(dim => Number.isSafeInteger(dim) && dim >= 1),
    {
      error: issue => `${name} must be a list of whole numbers from 1, got ${got(issue.input)}; give e.g. [1, 28, 28]`,
    },
  );

/** A schema of named attributes and no others. */
export const attributes = z.strictObject;
