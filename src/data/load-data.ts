/** One door to every data set: by name, or by the path of a folder. */

import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { anyOf } from "../nearest.js";
import { DataError } from "./data-error.js";
import type { DataSet } from "./data-set.js";
import { loadDigits } from "./digits.js";
import { loadIdxFolder } from "./idx-folder.js";
import { fashionMnist, type LoadOptions, loadNamedSet, mnist } from "./named-sets.js";
import { nearestName } from "./nearest-name.js";

const loaders: Readonly<Record<string, (options: LoadOptions) => Promise<DataSet>>> = {
  digits: loadDigits,
  mnist: options => loadNamedSet(mnist, options),
  "fashion-mnist": options => loadNamedSet(fashionMnist, options),
};

/** The names that `loadData` knows. */
export const dataSetNames: readonly string[] = Object.freeze(Object.keys(loaders));

/**
 * Loads a data set. The same source gives the same samples in the same order, every time.
 * @param source a name out of `dataSetNames`, or the path of a folder with the four IDX files (`./mnist` for a folder
 * that is called like a name)
 * @throws DataError in one sentence, if the source is unknown, missing or wrong
 */
export async function loadData(source: string, options: LoadOptions = {}): Promise<DataSet> {
  options.signal?.throwIfAborted();
  if (Object.hasOwn(loaders, source)) return await loaders[source]!(options);
  const status = await stat(source).catch(() => undefined);
  if (status?.isDirectory()) return await loadIdxFolder(source, basename(resolve(source)));
  const names = anyOf(dataSetNames);
  const got = JSON.stringify(source);
  if (status)
    throw new DataError(
      `data: the source is no folder, got the file ${got}; give the folder that holds the four IDX files, or ${names}`,
    );
  if (/[/\\]|^\./.test(source))
    throw new DataError(
      `data: the folder does not exist, got ${got}; give a folder that holds the four IDX files, or ${names}`,
    );
  const nearest = nearestName(source, dataSetNames);
  const advice = nearest ? `write ${nearest} if you meant that, else give` : "give";
  throw new DataError(`data: unknown data set, got ${got}; ${advice} ${names}, or the path of a folder`);
}
