export * from "./native.js";
export * from "./pool.js";
export * from "./session.js";
export type { Work } from "./worker.js";
