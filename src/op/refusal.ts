/** Errors that say what cannot be, as opposed to faults of the program. */
import { GraphError } from "../graph/index.js";
import { ShapeMismatch } from "../shape/index.js";
import { ArgumentError } from "./pytorch.js";
import { OpError } from "./record.js";

const kinds = [OpError, ShapeMismatch, GraphError, ArgumentError];

/** Whether a graph, an op or a call of PyTorch's was refused: whoever reads a file adds the place. */
export const isRefusal = (error: unknown): error is Error => kinds.some(kind => error instanceof kind);
