/**
 * The notation itself: `conv=channel_factor:2,kernel_size:3-dropout=p:0.2-`. A minus ends a layer, an equals sign parts a
 * layer from its parameters, a comma parts parameters, a colon parts name and value.
 */
import { LayerStringError } from "./error.js";

export type Value = number | boolean | string | readonly Value[];

export interface Parameter {
  readonly name: string;
  readonly value: Value;
}
/** A layer as it is written, wherever it will stand. */
export interface WrittenLayer {
  readonly word: string;
  readonly parameters: readonly Parameter[];
  /** Offset into the string. */
  readonly at: number;
}

/** Real strings stay far below. */
const mostLayers = 8_000;
const longestString = 1_000_000;

// The minus of a number (1e-5, -1) ends no layer.
const layerText = /(?:[^-]|(?<=\d[eE])-(?=\d)|(?<=:)-(?=\d))*/y;
const wordText = /^[A-Za-z]\w*$/;

/** The layers of a string, at least one; a LayerStringError says where it is not as in the notation. */
export function parseLayerString(text: string): WrittenLayer[] {
  const whole = { layer: 0, word: "", at: 0 };
  if (text.length > longestString) {
    throw new LayerStringError(`it must have at most ${longestString} characters, got ${text.length}; split it`, whole);
  }
  const layers: WrittenLayer[] = [];
  for (let at = 0; at < text.length; at = layerText.lastIndex + 1) {
    if (layers.length === mostLayers) {
      throw new LayerStringError(`there must be at most ${mostLayers} layers, got more; leave some out`, whole);
    }
    layerText.lastIndex = at;
    layers.push(parseLayer(layerText.exec(text)![0], at, layers.length + 1));
  }
  if (layers.length > 0) return layers;
  throw new LayerStringError(
    'there is no layer, got ""; give one, e.g. maxpool=kernel_size:2,stride:2,padding:0-',
    whole,
  );
}

function parseLayer(text: string, at: number, layer: number): WrittenLayer {
  const equals = text.indexOf("=");
  const word = (equals < 0 ? text : text.slice(0, equals)).trim();
  const refused = (sentence: string, offset = 0) =>
    new LayerStringError(sentence, { layer, word: shown(word), at: at + offset });
  if (!wordText.test(word))
    throw refused(`a layer must begin with its name, got ${quoted(text)}; write name=parameter:value-`);
  if (equals < 0) return { word, parameters: [], at };
  const parameters: Parameter[] = [];
  let offset = equals + 1;
  for (const part of text.slice(offset).split(",")) {
    const [name = "", value = "", ...rest] = part.split(":").map(side => side.trim());
    if (!wordText.test(name) || value === "" || rest.length > 0) {
      throw refused(`a parameter must be name:value, got ${quoted(part)}; write e.g. kernel_size:3`, offset);
    }
    if (parameters.some(one => one.name === name)) {
      throw refused(`a parameter stands twice, got ${name}; give it once`, offset);
    }
    parameters.push({ name, value: parseValue(value) });
    offset += part.length + 1;
  }
  return { word, parameters, at };
}

const numeral = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** A number, true, false, sizes as 3x5 (one alone: 3x), ends of an axis as 1/2, or a word. */
function parseValue(text: string): Value {
  if (numeral.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  if (!/^[-+\d./eEx]+$/.test(text)) return text;
  if (text.includes("x")) return text.replace(/x$/, "").split("x").map(parseValue);
  return text.includes("/") ? text.split("/").map(parseValue) : text;
}

/** The value as `parseValue` reads it; numbers without an exponent. */
export function printValue(value: Value): string {
  if (typeof value === "number") return decimal(value);
  if (typeof value === "boolean" || typeof value === "string") return String(value);
  if (value.length === 1) return `${printValue(value[0]!)}x`;
  return value.map(one => (Array.isArray(one) ? one.map(printValue).join("/") : printValue(one))).join("x");
}

function decimal(value: number): string {
  const [mantissa, exponent = "0"] = value.toExponential().split("e") as [string, string?];
  const power = Number(exponent);
  if (!String(value).includes("e") || value < 0) return String(value);
  const digits = mantissa.replace(".", "");
  return power < 0 ? `0.${"0".repeat(-power - 1)}${digits}` : digits.padEnd(power + 1, "0");
}

export const printLayer = (word: string, parameters: readonly Parameter[]): string => {
  const given = parameters.map(({ name, value }) => `${name}:${printValue(value)}`);
  return `${[word, ...(given.length > 0 ? [given.join(",")] : [])].join("=")}-`;
};

const shown = (word: string): string => (word.length > 40 ? `${word.slice(0, 40)}...` : word);
const quoted = (text: string): string => JSON.stringify(shown(text));
