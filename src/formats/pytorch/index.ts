export { type PyTorchFile, type PyTorchOptions, readPyTorch, readPyTorchFile } from "./read.js";
export { PyTorchError } from "./source.js";
