/** Every op, by importing it: the one list, and it names no op's nature. */
export * from "./add.js";
export * from "./basic-block.js";
export * from "./batch-norm.js";
export * from "./concat.js";
export * from "./conv.js";
export * from "./dropout.js";
export * from "./flatten.js";
export * from "./identity.js";
export * from "./linear.js";
export * from "./log-softmax.js";
export * from "./pool.js";
export * from "./relu.js";
export * from "./reshape.js";
export * from "./selu.js";
export * from "./sigmoid.js";
export * from "./tanh.js";
