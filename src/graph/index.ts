export * from "./graph.js";
export * from "./hash.js";
export * from "./json.js";
export * from "./print.js";
export * from "./verify.js";
