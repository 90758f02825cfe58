/** What is written behind an option, as a number or numbers; refused in a sentence where it is none. */
import { InvalidArgumentError } from "commander";

export const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Give a whole number.");
  return value;
};
export const count = (text: string): number => {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError("Give 1 or more.");
  return value;
};
export const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError("Give a number above 0.");
  return value;
};

export const notNegative = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError("Give 0 or more.");
  return value;
};
export const fromTo = (text: string): number[] => {
  const [least, most = least, ...rest] = text.split("-").map(count);
  if (rest.length > 0) throw new InvalidArgumentError("Give two numbers, as 2-10.");
  return [least!, most!];
};
export const share = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("Give a number between 0 and 1.");
  return value;
};
export const latency = (text: string): { most: number } | { share: number } => {
  const [, digits, unit] = /^(\d+|\d*\.\d+)(ms|us|s|)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (unit === undefined || !(value > 0) || (unit === "" && value > 1)) {
    throw new InvalidArgumentError("Give milliseconds, as 2ms, or a share of now, as 0.5.");
  }
  return unit === "" ? { share: value } : { most: value * { us: 1e-3, ms: 1, s: 1e3 }[unit]! };
};
export const accuracy = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== "" && value > -1 && value <= 1) return value;
  throw new InvalidArgumentError("Give an accuracy, as 0.97, or how much may be lost, as -0.01.");
};
export const numbers = (text: string): number[] => text.split(",").map(notNegative);
/** All parts of all times that the option is given. */
export const collect =
  (separator: string) =>
  (text: string, before: readonly string[] = []): string[] => [...before, ...text.split(separator)];
