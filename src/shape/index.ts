export * from "./shape.js";
export * from "./window.js";
