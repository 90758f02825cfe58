/** The data sets that are known by name: where they lie, where they come from, and what they hash to. */

import { mkdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { DataError, reasonOf } from "./data-error.js";
import type { DataSet } from "./data-set.js";
import { download, type PublishedFile } from "./download.js";
import { findIdxFiles, idxFiles, loadIdxFolder } from "./idx-folder.js";

export interface NamedSet {
  readonly name: string;
  readonly classes: number;
  /** What `DataSet.hash` must be, however the files are packed. */
  readonly hash: string;
  /** Folders in which a system's own package puts the files. */
  readonly systemFolders: readonly string[];
  /** Addresses to which the name of a file is added, tried in this order. */
  readonly hosts: readonly string[];
  /** The four files in the order of `idxFiles`. */
  readonly files: readonly PublishedFile[];
  /** What else helps someone without a network, e.g. "install the Debian package ...". */
  readonly remedy?: string;
}

export interface DownloadProgress {
  /** Name of the data set. */
  readonly name: string;
  /** The file that is being downloaded now. */
  readonly file: string;
  /** Bytes that have come, over all files that are downloaded in this call. */
  readonly done: number;
  /** Bytes that will have come at the end. */
  readonly total: number;
}

export interface LoadOptions {
  /** Called while files are downloaded, and not at all where they need not be. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Ends a download; the promise is then rejected with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

const published = (sums: readonly (readonly [bytes: number, sha256: string])[]): PublishedFile[] =>
  sums.map(([bytes, sha256], index) => ({ name: `${idxFiles[index]}.gz`, bytes, sha256 }));

export const mnist: NamedSet = {
  name: "mnist",
  classes: 10,
  hash: "52c7eab3cf6143dea03937ef673520ff91082ac4fad1bc41b48b0c2895ac1509",
  systemFolders: [],
  hosts: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
  files: published([
    [9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"],
    [28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"],
    [1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"],
    [4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"],
  ]),
};

export const fashionMnist: NamedSet = {
  name: "fashion-mnist",
  classes: 10,
  hash: "0db2a06c80f25d442ea3de18d7509e51da8d4e0d0ea94cd9b501e8f67c5e5752",
  systemFolders: ["/usr/share/datasets/fashion-mnist"],
  hosts: [
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
  ],
  files: published([
    [26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"],
    [29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"],
    [4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"],
    [5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"],
  ]),
  remedy: "install the Debian package dataset-fashion-mnist",
};

/** `$NETPICK_CACHE`, else `$XDG_CACHE_HOME/netpick`, else `~/.cache/netpick`. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.NETPICK_CACHE) return env.NETPICK_CACHE;
  // The XDG specification has relative paths ignored.
  const caches = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homedir(), ".cache");
  return join(caches, "netpick");
}

/** From the cache, else from the system's own folder, else downloaded into the cache; checked against the set's hash. */
export async function loadNamedSet(set: NamedSet, options: LoadOptions = {}, cache = cacheFolder()): Promise<DataSet> {
  const own = join(cache, set.name);
  const folder = (await firstComplete([own, ...set.systemFolders])) ?? own;
  if (folder === own) await downloadMissing(set, own, options);
  const loaded = await loadIdxFolder(folder, set.name, set.classes);
  if (loaded.hash !== set.hash)
    throw new DataError(
      `data: ${folder} does not hold ${set.name} as published, got hash ${loaded.hash}; remove that folder, or use --data ${folder} to take the files as they are`,
    );
  return loaded;
}

async function firstComplete(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) if ((await missingFiles(folder)).length === 0) return folder;
  return undefined;
}

/** The places in `idxFiles` of the files that are not in the folder; all four, if there is no folder. */
async function missingFiles(folder: string): Promise<number[]> {
  const status = await stat(folder).catch(() => undefined);
  if (!status) return idxFiles.map((_, index) => index);
  return (await findIdxFiles(folder)).flatMap((path, index) => (path ? [] : [index]));
}

async function downloadMissing(set: NamedSet, folder: string, options: LoadOptions): Promise<void> {
  const files = (await missingFiles(folder)).map(index => set.files[index]!);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length > 0)
    await mkdir(folder, { recursive: true }).catch(error => {
      throw new DataError(
        `data: cannot make the cache folder ${folder}, got ${reasonOf(error)}; set NETPICK_CACHE to a folder that may be written, or use --data DIR for a folder that has the files`,
      );
    });
  let before = 0;
  for (const file of files) {
    const onBytes = (bytes: number) =>
      options.onProgress?.({ name: set.name, file: file.name, done: before + bytes, total });
    await downloadFromAny(set, file, folder, onBytes, options.signal);
    before += file.bytes;
  }
}

async function downloadFromAny(
  set: NamedSet,
  file: PublishedFile,
  folder: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reasons: string[] = [];
  for (const host of set.hosts) {
    try {
      return await download(`${host}${file.name}`, join(folder, file.name), file, { onBytes, signal });
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${reasonOf(error)} from ${host}`);
    }
  }
  const byHand = `put ${set.files.map(({ name }) => name).join(", ")} in ${folder}, or use --data DIR for a folder that has them`;
  const remedies = set.remedy ? `${set.remedy}, or ${byHand}` : byHand;
  throw new DataError(`data: cannot download ${file.name} of ${set.name}, got ${reasons.join(" and ")}; ${remedies}`);
}
