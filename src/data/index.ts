/** Data sets: the built-in digits, MNIST and Fashion-MNIST by name, and folders of IDX files. */

export { DataError } from "./data-error.js";
export type { DataSet, Examples, Split, Values } from "./data-set.js";
export { type IdxArray, readIdx } from "./idx.js";
export { dataSetNames, loadData } from "./load-data.js";
export { cacheFolder, type DownloadProgress, type LoadOptions } from "./named-sets.js";
