/** PyTorch as a peer: one process of Debian's python3 that answers many cases. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Graph } from "../../src/graph/index.js";
import { analyse, type None, type PyTorch } from "../../src/op/index.js";
import { product } from "../../src/shape/index.js";
import type { Weights } from "../../src/train/index.js";

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
/** A network by its nodes, in order. */
export interface NetworkNode {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly spelling: OpCase["spelling"];
  readonly weights: Readonly<Record<string, Sent>>;
  readonly shares?: string | undefined;
}
export interface NetworkCase {
  readonly training: boolean;
  readonly nodes: readonly NetworkNode[];
  readonly inputs: Readonly<Record<string, Sent>>;
  /** Gradients that arrive at the outputs, by node. */
  readonly dy: Readonly<Record<string, Sent>>;
}
/** By name: `y/OUTPUT`, `d/INPUT`, `d/PARAMETER`, `carried/PARAMETER`. */
export interface NetworkAnswer {
  readonly exact: Readonly<Record<string, Sent>>;
  /** Largest error of PyTorch's own float32. */
  readonly strays: Readonly<Record<string, number>>;
  /** The same where every node's result is moved by the last digit. */
  readonly moved: Readonly<Record<string, number>>;
}
export interface TrainingAnswer {
  readonly losses: readonly number[];
  readonly weights: Readonly<Record<string, Sent>>;
}

/** Most characters of questions to one process: all its answers must fit into one string. */
const mostAsked = 2 ** 25;

/** PyTorch's answers, in the order of the cases. */
export function askPyTorch<Answer>(cases: readonly object[]): Answer[] {
  const parts: string[][] = [];
  let asked = Number.POSITIVE_INFINITY;
  for (const question of cases.map(one => JSON.stringify(one))) {
    if (asked + question.length > mostAsked) {
      parts.push([]);
      asked = 0;
    }
    parts.at(-1)!.push(question);
    asked += question.length;
  }
  return parts.flatMap(part => askOnce<Answer>(part.join("\n")));
}

const script = fileURLToPath(new URL("pytorch.py", import.meta.url));

function askOnce<Answer>(input: string): Answer[] {
  const { error, status, stdout, stderr } = spawnSync(python, [script], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  // A peer that breaks off leaves a broken pipe behind, and its reason in `stderr`.
  if (status !== 0) throw reason(stderr, error);
  return stdout
    .trim()
    .split("\n")
    .map(line => JSON.parse(line) as Answer);
}

export interface Peer {
  ask<Answer>(question: object): Promise<Answer>;
  /** Ends it when it has answered. */
  close(): Promise<void>;
}

/** PyTorch beside this process: it answers one question after the other while this process goes on. */
export function startPyTorch(): Peer {
  const peer = spawn(python, [script]);
  const open: { done: (answer: unknown) => void; failed: (error: Error) => void }[] = [];
  let complaint = "";
  /** Why it answers no more. */
  let ended: Error | undefined;
  peer.stderr.on("data", text => {
    complaint += text;
  });
  createInterface(peer.stdout).on("line", line => open.shift()!.done(JSON.parse(line)));
  const end = (error?: Error): void => {
    ended ??= reason(complaint, error);
    for (const { failed } of open.splice(0)) failed(ended);
  };
  peer.on("error", end).on("close", () => end());
  // A broken pipe has its reason on `stderr`.
  peer.stdin.on("error", () => {});
  return {
    ask: <Answer>(question: object) =>
      new Promise<Answer>((done, failed) => {
        if (ended) return failed(ended);
        open.push({ done: done as (answer: unknown) => void, failed });
        peer.stdin.write(`${JSON.stringify(question)}\n`);
      }),
    close: async () => {
      peer.stdin.end();
      if (!ended) await once(peer, "close");
    },
  };
}

function reason(stderr: string, error?: Error): Error {
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT" || /ModuleNotFoundError/.test(stderr))
    return new Error("peers: python3-torch is not installed; apt-get install python3-torch");
  return new Error(`peers: PyTorch broke off, got ${stderr.trim().split("\n").at(-1)}`);
}

/** A spelling as JSON; inputs of expressions are `x[0]`, `x[1]`, ... */
export function spelled(spelling: PyTorch | None, inputs: number): OpCase["spelling"] {
  if ("none" in spelling) throw new Error(`peers: ${spelling.none}`);
  const names = Array.from({ length: inputs }, (_, i) => `x[${i}]`);
  if ("expression" in spelling) return { expression: spelling.expression(names) };
  const { module, before, call } = spelling;
  return { module, ...(before && { before: before("x[0]") }), ...(call && { call: call("m", names) }) };
}

/** A network's nodes as PyTorch reads them. */
export const networkNodes = (graph: Graph, weights: Weights): NetworkNode[] =>
  analyse(graph).placed.map(({ node, op, site, weights: specs }) => ({
    name: node.name,
    inputs: node.inputs,
    spelling: spelled(op.pytorch(site), node.inputs.length),
    weights: Object.fromEntries(
      specs.map(({ role, shape }) => [role, send(weights[`${node.shares ?? node.name}.${role}`]!, shape)]),
    ),
    shares: node.shares,
  }));

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
