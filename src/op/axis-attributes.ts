/** Attribute schemas of ops that name axes or take plain numbers. */
import * as z from "zod";

const got = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** An axis of one sample, from 0; a negative one counts from the end. */
export const axis = (name: string) =>
  z.custom<number>(value => Number.isSafeInteger(value), {
    error: issue =>
      `${name} must be a whole number, got ${got(issue.input)}; give 0 for the first or -1 for the last axis`,
  });

/** One axis, or several: always read as a list. */
export const axisList = (name: string) =>
  z
    .custom<number | readonly number[]>(
      value => (Array.isArray(value) && value.length > 0 ? value : [value]).every(Number.isSafeInteger),
      {
        error: issue => `${name} must be an axis or a list of axes, got ${got(issue.input)}; give e.g. 0 or [0, -1]`,
      },
    )
    .transform((value): readonly number[] => (typeof value === "number" ? [value] : value));

/** A place along an axis, from 0; a negative one counts from the end. */
export const signedPlace = (name: string) =>
  z.custom<number>(value => Number.isSafeInteger(value), {
    error: issue =>
      `${name} must be a whole number, got ${got(issue.input)}; give 0 for the first or -1 for the last place`,
  });

/** A list of places along an axis. */
export const places = (name: string) =>
  z.custom<readonly number[]>(
    value =>
      Array.isArray(value) && value.length > 0 && value.every(place => Number.isSafeInteger(place) && place >= 0),
    {
      error: issue => `${name} must be a list of whole numbers from 0, got ${got(issue.input)}; give e.g. [1, 0]`,
    },
  );
