/** PyTorch as a peer: one process of Debian's python3 that answers many cases. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { None, PyTorch } from "../../src/op/index.js";
import { product } from "../../src/shape/index.js";

const python = "/usr/bin/python3";

/** Float32 numbers on their way to PyTorch. */
export interface Sent {
  readonly dims: readonly number[];
  readonly data: string;
}
export const send = (values: Float32Array, dims: readonly number[]): Sent => {
  if (values.length !== product(dims)) throw new RangeError(`peers: ${values.length} numbers are not [${dims}]`);
  return { dims, data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64") };
};
/** Double-precision numbers on their way back. */
export const receive = (sent: Sent): Float64Array =>
  new Float64Array(Uint8Array.from(Buffer.from(sent.data, "base64")).buffer);

export interface OpCase {
  /** `call` is an expression over the module `m` and its inputs `x`. */
  readonly spelling:
    | { readonly module: string; readonly before?: string; readonly call?: string }
    | { readonly expression: string };
  readonly training: boolean;
  readonly x: readonly Sent[];
  readonly weights: Readonly<Record<string, Sent>>;
  readonly dy: Sent;
}
export interface OpAnswer {
  readonly y: Sent;
  /** Null where no gradient arrives. */
  readonly dx: readonly (Sent | null)[];
  readonly dw: Readonly<Record<string, Sent>>;
  readonly carried: Readonly<Record<string, Sent>>;
}
export interface TrainingAnswer {
  readonly losses: readonly number[];
  readonly weights: Readonly<Record<string, Sent>>;
}

/** PyTorch's answers, in the order of the cases. */
export function askPyTorch<Answer>(cases: readonly object[]): Answer[] {
  const script = fileURLToPath(new URL("pytorch.py", import.meta.url));
  const input = cases.map(one => JSON.stringify(one)).join("\n");
  const { error, status, stdout, stderr } = spawnSync(python, [script], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  // A peer that breaks off leaves a broken pipe behind, and its reason in `stderr`.
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT" || /ModuleNotFoundError/.test(stderr)) {
    throw new Error("peers: python3-torch is not installed; apt-get install python3-torch");
  }
  if (status !== 0) throw new Error(`peers: PyTorch broke off, got ${stderr.trim().split("\n").at(-1)}`);
  return stdout
    .trim()
    .split("\n")
    .map(line => JSON.parse(line) as Answer);
}

/** A spelling as JSON; inputs of expressions are `x[0]`, `x[1]`, ... */
export function spelled(spelling: PyTorch | None, inputs: number): OpCase["spelling"] {
  if ("none" in spelling) throw new Error(`peers: ${spelling.none}`);
  const names = Array.from({ length: inputs }, (_, i) => `x[${i}]`);
  if ("expression" in spelling) return { expression: spelling.expression(names) };
  const { module, before, call } = spelling;
  return { module, ...(before && { before: before("x[0]") }), ...(call && { call: call("m", names) }) };
}

/** Largest |found - expected| in units of `absolute + relative |expected|`: at most 1 is within tolerance. */
export function worstError(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  absolute: number,
  relative: number,
): { units: number; error: number } {
  if (found.length !== expected.length) return { units: Number.POSITIVE_INFINITY, error: Number.POSITIVE_INFINITY };
  let worst = { units: 0, error: 0 };
  for (let i = 0; i < found.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!);
    const units = error / (absolute + relative * Math.abs(expected[i]!));
    if (!(units <= worst.units)) worst = { units, error };
  }
  return worst;
}
