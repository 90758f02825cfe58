/** `fit` under Node. */
import "./node.js";

export * from "./common.js";
