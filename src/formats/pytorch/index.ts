/** PyTorch source, read and written without Python. */
import "../../ops/index.js";

export { longestSource } from "./limits.js";
export { pythonNames, stateDictNames } from "./names.js";
export type { Beside } from "./neighbours.js";
export { noNetwork, type PyTorchFile, type PyTorchOptions, readPyTorch, readPyTorchFile } from "./read.js";
export { PyTorchError } from "./source.js";
export { PyTorchWriteError, type WriteOptions, writePyTorch } from "./write.js";
