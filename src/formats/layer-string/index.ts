export { LayerStringError } from "./error.js";
export { printLayerString } from "./print.js";
export {
  buildLayers,
  type LayerStringFile,
  type LayerStringOptions,
  readLayerString,
  readLayerStrings,
} from "./read.js";
export { parseLayerString, printLayer, type WrittenLayer } from "./text.js";
