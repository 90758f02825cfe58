import { integer, number, percent, seconds, times } from "./figures.js";
import type { Kind } from "./table.js";

/** A cell of a table as it is printed; null, a figure that does not exist, is a dash. */
export function spell(value: string | number | null, kind: Kind): string {
  if (value === null) return "–";
  if (typeof value === "string") return printable(value);
  if (!Number.isFinite(value)) return "not a number";
  switch (kind) {
    case "integer":
      return integer(value);
    case "share":
      return percent(value);
    case "seconds":
      return seconds(value);
    case "ratio":
      return `${times(value)}x`;
    default:
      return number(value);
  }
}

/** Names come from files: control characters in them could steer the reader's terminal. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "\u{fffd}");
